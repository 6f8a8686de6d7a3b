"""Server-sent events of runs.

The first state is read by a dependency, so an error is sent as a problem before the stream begins.
"""

from typing import Annotated

from fastapi import Depends
from fastapi.sse import ServerSentEvent

from app.api.dependencies import ContainerDep, VideoId
from app.models.pipeline import RunState


async def _run_state(video_id: VideoId, container: ContainerDep) -> RunState:
    return await container.run_reader.state(video_id)


async def _active_runs(container: ContainerDep) -> list[RunState]:
    return await container.run_reader.list_active()


RunStateDep = Annotated[RunState, Depends(_run_state)]
ActiveRunsDep = Annotated[list[RunState], Depends(_active_runs)]


def status_event(state: RunState) -> ServerSentEvent:
    """Return the event that carries the full state of a run."""
    return ServerSentEvent(data=state, event="status")
