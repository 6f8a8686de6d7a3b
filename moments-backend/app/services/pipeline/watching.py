"""What there is to see of a video's runs: now, as it changes, and of those that have ended.

The table says which run is the last and whether it has ended; Redis adds what changes by the second. With one
of the two away the other one answers.
"""

import asyncio
from collections.abc import AsyncGenerator

from app.core.config import Settings
from app.core.exceptions import DatabaseError, LiveStatusError, NoRunError
from app.database.models import PipelineRun
from app.database.session import transaction
from app.models.pipeline import RunState
from app.repositories import pipeline_run_repository as runs
from app.services.pipeline.live_status import Listener, LiveStatus
from app.services.pipeline.states import state_of

LOOK_SECONDS = 10.0
"""How long a watcher waits for word from Redis before it looks for itself."""
POLL_SECONDS = 2.0
"""How often it looks while Redis is away."""


class Watching:
    def __init__(self, settings: Settings, live: LiveStatus) -> None:
        self._live = live
        self._max_runs = settings.pipeline_history_max_runs

    async def state(self, video_id: str) -> RunState:
        """The video's last run as it is now.

        Raises:
            NoRunError, DatabaseError.
        """
        try:
            async with transaction() as session:
                rows = await runs.latest(session, video_id)
        except DatabaseError as error:
            shown = await self._shown(video_id)
            if shown is None:
                raise error from None
            return shown
        if not rows:
            raise NoRunError(video_id)
        return await self._now(rows[0])

    async def overview(self, limit: int) -> list[RunState]:
        """The runs of all videos that have not ended, and the last others up to `limit`; newest first.

        Raises:
            DatabaseError.
        """
        async with transaction() as session:
            active = await runs.list_active(session)
            recent = await runs.list_recent(session, limit)
        rows = {row.request_id: row for row in (*reversed(active), *recent)}
        return [await self._now(row) for row in rows.values()]

    async def history(self, video_id: str) -> list[RunState]:
        """The video's runs, newest first.

        Raises:
            NoRunError, DatabaseError.
        """
        try:
            async with transaction() as session:
                rows = await runs.latest(session, video_id, self._max_runs)
        except DatabaseError as error:
            try:
                remembered = await self._live.history(video_id)
            except LiveStatusError:
                remembered = []
            if not remembered:
                raise error from None
            return remembered
        if not rows:
            raise NoRunError(video_id)
        return [state_of(row) for row in rows]

    async def watch(self, video_id: str, *, first: RunState | None = None) -> AsyncGenerator[RunState]:
        """The state now, and then each one that follows it, until the run has ended.

        Args:
            first: the state as the caller has read it just now; it comes first, and then what has changed.
        """
        state = first or await self.state(video_id)
        yield state
        try:
            async with self._live.listening(video_id) as listener:
                following: RunState | None = await self.state(video_id)  # what changed before we listened
                if following is not None and following != state:
                    state = following
                    yield state
                while state.is_active:
                    following = await self._following(video_id, state, listener)
                    if following is not None:
                        state = following
                        yield state
                return
        except LiveStatusError:
            pass
        while state.is_active:
            await asyncio.sleep(POLL_SECONDS)
            following = await self.state(video_id)
            if following != state:
                state = following
                yield state

    async def _following(self, video_id: str, state: RunState, listener: Listener) -> RunState | None:
        heard = await listener.next(LOOK_SECONDS)
        if heard is not None:
            return heard
        looked = await self.state(video_id)
        return looked if looked != state else None

    async def _now(self, row: PipelineRun) -> RunState:
        """What the row says, and where a worker is at work on it what Redis adds."""
        state = state_of(row)
        if state.is_active and row.token is not None:
            shown = await self._shown(row.video_identifier)
            if shown is not None and shown.request_id == state.request_id and shown.is_active:
                return shown
        return state

    async def _shown(self, video_id: str) -> RunState | None:
        try:
            return await self._live.read(video_id)
        except LiveStatusError:
            return None
