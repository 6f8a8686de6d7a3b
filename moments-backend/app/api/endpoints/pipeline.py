"""`/api/generate_moments` and `/api/pipeline`: HTTP only; the work is done in `app/services/pipeline`."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.dependencies import ActiveRunsDep, ContainerDep, RunStateDep, VideoId
from app.api.openapi import RUNS, WATCH, WATCH_ALL, problem_responses
from app.api.params.run_list import RunListParams
from app.models.pipeline import EXAMPLES, GenerateMomentsRequest, RunCreated, RunState

router = APIRouter(tags=["pipeline"])


@router.post("/generate_moments", status_code=202, responses=problem_responses(404, 409, 422, 503))
async def generate_moments(
    request: Annotated[GenerateMomentsRequest, Body(openapi_examples=EXAMPLES)], clients: ContainerDep
) -> RunCreated:
    """Put a run into the queue: for a video of the library, or for a link, which is fetched first."""
    return await clients.submission.submit(request)


@router.get("/pipeline", responses=RUNS)
async def list_runs(
    request: Request, response: Response, clients: ContainerDep, parameters: Annotated[RunListParams, Query()]
) -> list[RunState]:
    """The runs of all videos, newest first, a page at a time; the next one's address is in `Link`."""
    shown, following = await clients.watching.list_page(**parameters.to_query())
    if following:
        response.headers["link"] = parameters.next_link(following, request)
    return shown


@router.get("/pipeline/events", response_class=EventSourceResponse, responses=WATCH_ALL)
async def watch_all_runs(active: ActiveRunsDep, clients: ContainerDep) -> AsyncIterator[ServerSentEvent]:
    """Every run as server-sent events named `status`: those that go on, and then whatever changes of any.

    The stream does not end. One of it serves a whole page: a browser has few connections to a server.
    """
    async with aclosing(clients.watching.subscribe_all(active)) as states:
        async for shown in states:
            yield ServerSentEvent(data=shown, event="status")


@router.get("/pipeline/{video_id}/status", responses=problem_responses(404, 422, 503))
async def get_pipeline_status(video_id: VideoId, clients: ContainerDep) -> RunState:
    """The video's last run as it is now, stage by stage."""
    return await clients.watching.state(video_id)


@router.get("/pipeline/{video_id}/events", response_class=EventSourceResponse, responses=WATCH)
async def watch_pipeline(
    video_id: VideoId, state: RunStateDep, clients: ContainerDep
) -> AsyncIterator[ServerSentEvent]:
    """The run as server-sent events named `status`: its state now, each one that follows, and the last.

    The stream ends with the run, so a browser closes its `EventSource` at a status that is final.
    """
    async with aclosing(clients.watching.subscribe(video_id, first=state)) as states:
        async for shown in states:
            yield ServerSentEvent(data=shown, event="status")


@router.get("/pipeline/{video_id}/history", responses=problem_responses(404, 422, 503))
async def get_pipeline_history(video_id: VideoId, clients: ContainerDep) -> list[RunState]:
    """The video's last runs, newest first."""
    return await clients.watching.history(video_id)


@router.post("/pipeline/{video_id}/cancel", status_code=202, responses=problem_responses(404, 409, 422, 503))
async def cancel_pipeline(video_id: VideoId, clients: ContainerDep) -> RunState:
    """End the run: at once when it waits, within seconds when a worker has it."""
    return await clients.submission.cancel(video_id)


@router.post("/pipeline/{video_id}/retry", status_code=202, responses=problem_responses(404, 409, 422, 503))
async def retry_pipeline(video_id: VideoId, clients: ContainerDep) -> RunState:
    """Put a failed or cancelled run back into the queue; it goes on at the stage that failed."""
    return await clients.submission.retry(video_id)
