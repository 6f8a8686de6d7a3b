"""`/api/generate_moments` and `/api/pipeline/{video_id}`: the runs of one video."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, Kind, VideoId
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
async def get_pipeline_status(video_id: VideoId, container: ContainerDep, kind: Kind = "moments") -> RunState:
    """Return the current state of the video's latest run of this kind, stage by stage."""
    return await container.run_reader.state(video_id, kind)


@router.get("/pipeline/{video_id}/events", response_class=EventSourceResponse, responses=RUN_EVENTS)
async def watch_pipeline(
    video_id: VideoId, state: RunStateDep, container: ContainerDep
) -> AsyncIterator[ServerSentEvent]:
    """Stream the run of this kind as server-sent events named `status`: its state, then every change.

    The stream ends with the run. Clients should close their `EventSource` at a final status.
    """
    async with aclosing(container.run_reader.subscribe(video_id, state.kind, first=state)) as states:
        async for current in states:
            yield status_event(current)


@router.get("/pipeline/{video_id}/history", responses=problem_responses(404, 422, 503))
async def get_pipeline_history(
    video_id: VideoId, container: ContainerDep, kind: Kind = "moments"
) -> list[RunState]:
    """List the video's latest runs of this kind, newest first, at most `PIPELINE_HISTORY_MAX_RUNS`."""
    return await container.run_reader.history(video_id, kind)


@router.post("/pipeline/{video_id}/cancel", status_code=202, responses=problem_responses(404, 409, 422, 503))
async def cancel_pipeline(
    video_id: VideoId, container: ContainerDep, event: AuditEventDep, kind: Kind = "moments"
) -> RunState:
    """Cancel the run of this kind: a queued run at once, an active one within seconds."""
    state = await container.run_service.cancel(video_id, kind)
    event.set(kind=kind if kind != "moments" else None)
    return state


@router.post(
    "/pipeline/{video_id}/retry", status_code=202, responses=problem_responses(404, 409, 422, 429, 503)
)
async def retry_pipeline(
    video_id: VideoId, container: ContainerDep, event: AuditEventDep, kind: Kind = "moments"
) -> RunState:
    """Queue a failed or cancelled run of this kind again. It resumes at the stage that failed."""
    state = await container.run_service.retry(video_id, kind)
    event.set(kind=kind if kind != "moments" else None)
    return state
