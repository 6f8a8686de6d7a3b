"""Server-sent events of runs, and the limits on their streams.

The first state is read by a dependency, so an error is sent as a problem before the stream begins.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from fastapi.sse import ServerSentEvent

from app.api.dependencies import ContainerDep, Kind, VideoId
from app.core.client_access import client_network
from app.core.config import Settings
from app.core.exceptions import StreamsExhaustedError, TooManyStreamsError
from app.models.pipeline import RunState


class EventStreamSlots:
    """Counts the open streams of this process; each of them holds a connection and a task."""

    def __init__(self, settings: Settings) -> None:
        self._limit = settings.event_streams_max
        self._limit_per_client = settings.event_streams_per_client
        self._open: Counter[str] = Counter()

    @contextmanager
    def hold(self, client: str) -> Iterator[None]:
        """Count a stream of the client during the block.

        Raises:
            TooManyStreamsError: the client has too many.
            StreamsExhaustedError: all clients together have too many.
        """
        if self._open[client] >= self._limit_per_client:
            raise TooManyStreamsError(self._limit_per_client, client)
        if self._open.total() >= self._limit:
            raise StreamsExhaustedError(self._limit)
        self._open[client] += 1
        try:
            yield
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]


async def _stream_slot(request: Request) -> AsyncIterator[None]:
    """Hold a slot until the response has ended."""
    slots: EventStreamSlots = request.app.state.event_stream_slots
    with slots.hold(client_network(request.client.host if request.client else None)):
        yield


_StreamSlot = Annotated[None, Depends(_stream_slot)]


async def _run_state(
    _slot: _StreamSlot, video_id: VideoId, container: ContainerDep, kind: Kind = "moments"
) -> RunState:
    return await container.run_reader.state(video_id, kind)


async def _active_runs(_slot: _StreamSlot, container: ContainerDep) -> list[RunState]:
    return await container.run_reader.list_active()


RunStateDep = Annotated[RunState, Depends(_run_state)]
ActiveRunsDep = Annotated[list[RunState], Depends(_active_runs)]


def status_event(state: RunState) -> ServerSentEvent:
    """Return the event that carries the full state of a run."""
    return ServerSentEvent(data=state, event="status")
