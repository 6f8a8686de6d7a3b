"""What there is to see of a video's runs: now, as it changes, and of those that have ended.

The table says which run is the last and whether it has ended; Redis adds what changes by the second. With one
of the two away the other one answers.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import TypeAlias

from app.core.config import Settings
from app.core.exceptions import DatabaseError, LiveStatusError, RunNotFoundError
from app.database.models import PipelineRun
from app.database.session import transaction
from app.models.pipeline import RunState
from app.repositories import pipeline_run_repository as runs
from app.services.pipeline.run_mapper import to_states
from app.services.pipeline.run_status_store import RunStatusStore

LOOK_SECONDS = 10.0
"""How long a watcher waits for word from Redis before it looks for itself."""
POLL_SECONDS = 2.0
"""How often it looks while Redis is away."""


RunCursor: TypeAlias = tuple[datetime, str]
"""Of a run in the list: when it was asked for, and its request id."""


class RunReader:
    def __init__(self, settings: Settings, live: RunStatusStore) -> None:
        self._live = live
        self._max_runs = settings.pipeline_history_max_runs

    async def state(self, video_id: str) -> RunState:
        """The video's last run as it is now.

        Raises:
            RunNotFoundError, DatabaseError.
        """
        try:
            async with transaction() as session:
                rows = await runs.latest(session, video_id)
                states = await to_states(session, rows)
        except DatabaseError as error:
            shown = await self._shown(video_id)
            if shown is None:
                raise error from None
            return shown
        if not rows:
            raise RunNotFoundError(video_id)
        return await self._now(rows[0], states[0])

    async def list_overview(self, limit: int) -> list[RunState]:
        """The runs of all videos that have not ended, and the last others up to `limit`; newest first.

        Raises:
            DatabaseError.
        """
        async with transaction() as session:
            active = await runs.list_active(session)
            recent = await runs.list_recent(session, limit)
            rows = list({row.request_id: row for row in (*reversed(active), *recent)}.values())
            states = await to_states(session, rows)
        return await self._all_now(rows, states)

    async def list_page(
        self,
        *,
        limit: int,
        statuses: Collection[str] = (),
        video_id: str | None = None,
        after: RunCursor | None = None,
    ) -> tuple[list[RunState], RunCursor | None]:
        """Runs of all videos, newest first, and the place that the next page begins after.

        Raises:
            DatabaseError.
        """
        async with transaction() as session:
            rows = await runs.list_page(
                session, limit=limit + 1, statuses=statuses, video_identifier=video_id, after=after
            )
            states = await to_states(session, rows[:limit])
        shown = await self._all_now(rows, states)
        following = (shown[-1].created_at, shown[-1].request_id) if len(rows) > limit else None
        return shown, following

    async def list_active(self) -> list[RunState]:
        """Every run that has not ended, oldest first.

        Raises:
            DatabaseError.
        """
        async with transaction() as session:
            rows = await runs.list_active(session)
            states = await to_states(session, rows)
        return await self._all_now(rows, states)

    async def subscribe_all(self, first: list[RunState]) -> AsyncGenerator[RunState]:
        """Every state of every run from now on, for as long as somebody asks; what is `first` comes first."""
        known: dict[str, RunState] = {}
        for state in first:
            known[state.request_id] = state
            yield state
        async with aclosing(self._words_of_all()) as words:
            async for heard in words:
                for state in heard or await self._look_at_all(known):
                    if known.get(state.request_id) != state:
                        yield state
                    if state.is_active:
                        known[state.request_id] = state
                    else:
                        known.pop(state.request_id, None)

    async def history(self, video_id: str) -> list[RunState]:
        """The video's runs, newest first.

        Raises:
            RunNotFoundError, DatabaseError.
        """
        try:
            async with transaction() as session:
                rows = await runs.latest(session, video_id, self._max_runs)
                states = await to_states(session, rows)
        except DatabaseError as error:
            try:
                remembered = await self._live.history(video_id)
            except LiveStatusError:
                remembered = []
            if not remembered:
                raise error from None
            return remembered
        if not rows:
            raise RunNotFoundError(video_id)
        return states

    async def subscribe(self, video_id: str, *, first: RunState | None = None) -> AsyncGenerator[RunState]:
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
                async with self._live.subscribe(video_id) as listener:
                    yield None  # what changed before we listened
                    while True:
                        yield await listener.next(LOOK_SECONDS)
            except LiveStatusError:
                yield None
                await asyncio.sleep(POLL_SECONDS)

    async def _words_of_all(self) -> AsyncGenerator[list[RunState]]:
        """The states that are shown in Redis as they come, and none when it is time to look."""
        while True:
            try:
                async with self._live.subscribe() as listener:
                    yield []  # what changed before we listened
                    while True:
                        yield await listener.pending(LOOK_SECONDS)
            except LiveStatusError:
                yield []
                await asyncio.sleep(POLL_SECONDS)

    async def _look_at_all(self, known: Mapping[str, RunState]) -> list[RunState]:
        """The runs that go on, and how those that went on have ended; nothing while nobody answers."""
        try:
            going_on = await self.list_active()
            async with transaction() as session:
                gone = known.keys() - {state.request_id for state in going_on}
                rows = [await runs.get(session, request_id) for request_id in gone]
                ended = await to_states(session, [row for row in rows if row is not None])
        except DatabaseError:
            return []
        deleted = [
            known[request_id].model_copy(update={"status": "cancelled", "current_stage": None})
            for request_id, row in zip(gone, rows, strict=True)
            if row is None
        ]
        return [*going_on, *ended, *deleted]

    async def _look(self, video_id: str, state: RunState) -> RunState | None:
        """The state as it is; the one we know while nothing answers, and None when the run is no more."""
        try:
            return await self.state(video_id)
        except DatabaseError:
            return state
        except RunNotFoundError:
            return None

    async def _all_now(self, rows: Sequence[PipelineRun], states: Sequence[RunState]) -> list[RunState]:
        return [await self._now(row, state) for row, state in zip(rows, states, strict=False)]

    async def _now(self, row: PipelineRun, state: RunState) -> RunState:
        """What the row says, and where a worker is at work on it what Redis adds."""
        if state.is_active and row.token is not None:
            shown = await self._shown(row.video_identifier)
            if shown and (shown.request_id, shown.status) == (state.request_id, state.status):
                return shown.model_copy(update={"cancel_requested": row.cancel_requested})
        return state

    async def _shown(self, video_id: str) -> RunState | None:
        try:
            return await self._live.get(video_id)
        except LiveStatusError:
            return None
