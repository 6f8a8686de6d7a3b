"""What there is to see of a video's runs: now, as it changes, and of those that have ended.

The table says which run is the last and whether it has ended; Redis adds what changes by the second. With one
of the two away the other one answers.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from app.core.config import Settings
from app.core.exceptions import DatabaseError, LiveStatusError, NoRunError
from app.database.models import PipelineRun
from app.database.session import transaction
from app.models.pipeline import RunState
from app.repositories import pipeline_run_repository as runs
from app.services.pipeline.live_status import LiveStatus
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
        """The state now, and then each one that follows it, until the run has ended or is no more.

        Args:
            first: the state as the caller has read it just now; it comes first, and then what has changed.
        """
        state = first or await self.state(video_id)
        yield state
        if not state.is_active:
            return
        async with aclosing(self._words(video_id)) as words:
            async for heard in words:
                following = heard or await self._look(video_id, state)
                if following is None:
                    return
                if following != state:
                    state = following
                    yield state
                if not state.is_active:
                    return

    async def _words(self, video_id: str) -> AsyncGenerator[RunState | None]:
        """Each state that is shown in Redis, and None when it is time to look."""
        while True:
            try:
                async with self._live.listening(video_id) as listener:
                    yield None  # what changed before we listened
                    while True:
                        yield await listener.next(LOOK_SECONDS)
            except LiveStatusError:
                yield None
                await asyncio.sleep(POLL_SECONDS)

    async def _look(self, video_id: str, state: RunState) -> RunState | None:
        """The state as it is; the one we know while nothing answers, and None when the run is no more."""
        try:
            return await self.state(video_id)
        except DatabaseError:
            return state
        except NoRunError:
            return None

    async def _now(self, row: PipelineRun) -> RunState:
        """What the row says, and where a worker is at work on it what Redis adds."""
        state = state_of(row)
        if state.is_active and row.token is not None:
            shown = await self._shown(row.video_identifier)
            if shown and (shown.request_id, shown.status) == (state.request_id, state.status):
                return shown.model_copy(update={"cancel_requested": row.cancel_requested})
        return state

    async def _shown(self, video_id: str) -> RunState | None:
        try:
            return await self._live.read(video_id)
        except LiveStatusError:
            return None
