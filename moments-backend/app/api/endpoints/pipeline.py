"""`/api/generate_moments` and `/api/pipeline/{video_id}`: the runs of one video."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, VideoId
from app.api.responses import RUN_EVENTS, problem_responses
from app.api.server_sent_events import RunStateDep, status_event
from app.models.pipeline import EXAMPLES, GenerateMomentsRequest, RunCreated, RunState

router = APIRouter(tags=["pipeline"])


@router.post("/generate_moments", status_code=202, responses=problem_responses(404, 409, 422, 429, 503))
async def generate_moments(
    request: Annotated[GenerateMomentsRequest, Body(openapi_examples=EXAMPLES)],
    container: ContainerDep,
    event: AuditEventDep,
) -> RunCreated:
    """Queue a run for a video of the library, or for a link, which is downloaded first."""
    created = await container.run_service.submit(request)
    event.set(target=created.video_id, run=created.request_id)
    return created


@router.get("/pipeline/{video_id}/status", responses=problem_responses(404, 422, 503))
async def get_pipeline_status(video_id: VideoId, container: ContainerDep) -> RunState:
    """Return the current state of the video's latest run, stage by stage."""
    return await container.run_reader.state(video_id)


@router.get("/pipeline/{video_id}/events", response_class=EventSourceResponse, responses=RUN_EVENTS)
async def watch_pipeline(
    video_id: VideoId, state: RunStateDep, container: ContainerDep
) -> AsyncIterator[ServerSentEvent]:
    """Stream the run as server-sent events named `status`: the current state, then every change.

    The stream ends with the run. Clients should close their `EventSource` at a final status.
    """
    async with aclosing(container.run_reader.subscribe(video_id, first=state)) as states:
        async for current in states:
            yield status_event(current)


@router.get("/pipeline/{video_id}/history", responses=problem_responses(404, 422, 503))
async def get_pipeline_history(video_id: VideoId, container: ContainerDep) -> list[RunState]:
    """List the video's latest runs, newest first, at most `PIPELINE_HISTORY_MAX_RUNS`."""
    return await container.run_reader.history(video_id)


@router.post("/pipeline/{video_id}/cancel", status_code=202, responses=problem_responses(404, 409, 422, 503))
async def cancel_pipeline(video_id: VideoId, container: ContainerDep) -> RunState:
    """Cancel the run: a queued run at once, an active one within seconds."""
    return await container.run_service.cancel(video_id)


@router.post(
    "/pipeline/{video_id}/retry", status_code=202, responses=problem_responses(404, 409, 422, 429, 503)
)
async def retry_pipeline(video_id: VideoId, container: ContainerDep) -> RunState:
    """Queue a failed or cancelled run again. It resumes at the stage that failed."""
    return await container.run_service.retry(video_id)
