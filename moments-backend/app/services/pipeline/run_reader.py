"""Queries and subscriptions on the runs of the pipeline.

PostgreSQL decides which run of a video is the last and whether it has ended; Redis adds the live progress.
If one of them is unavailable, the other one answers alone.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import TypeAlias

from app.core.config import Settings
from app.core.exceptions import DatabaseError, LiveStatusError, RunNotFoundError
from app.core.shared_read import SharedRead
from app.database.models import PipelineRun
from app.database.session import transaction
from app.models.pipeline import RunKind, RunPurpose, RunState
from app.repositories import pipeline_run_repository as runs
from app.services.pipeline.run_mapper import to_states
from app.services.pipeline.run_progress import is_step_back, keep_progress
from app.services.pipeline.run_status_store import RunStatusStore

RELOAD_SECONDS = 10.0
"""A subscription without a message for this long reads the row again."""
POLL_SECONDS = 2.0
"""Interval at which rows are read while Redis is unavailable."""
ENDED_RUNS_KEPT = 200
"""Ended runs that a subscription to all runs keeps, to recognise their late messages."""

RunCursor: TypeAlias = tuple[datetime, str]
"""Position in the list of runs: creation time and request id."""


class RunReader:
    """Reads and follows runs; raises `RunNotFoundError` for a video without any of the kind."""

    def __init__(self, settings: Settings, status_store: RunStatusStore) -> None:
        self._status_store = status_store
        self._max_runs = settings.pipeline_history_max_runs
        self._active_runs = SharedRead(self._read_active)

    async def state(self, video_id: str, kind: RunKind = "moments") -> RunState:
        """Return the current state of the video's last run of this kind."""
        try:
            async with transaction() as session:
                rows = await runs.latest(session, video_id, kind=kind)
                states = await to_states(session, rows)
        except DatabaseError as error:
            published = await self._published(video_id, kind)
            if published is None:
                raise error from None
            return published
        if not rows:
            raise RunNotFoundError(video_id, kind)
        return await self._with_progress(rows[0], states[0])

    async def list_overview(self, limit: int) -> list[RunState]:
        """Return all active runs and the latest ended ones, newest first, ended ones up to `limit`."""
        async with transaction() as session:
            active = await runs.list_active(session)
            recent = await runs.list_recent(session, limit)
            rows = list({row.request_id: row for row in (*reversed(active), *recent)}.values())
            states = await to_states(session, rows)
        return await self._all_with_progress(rows, states)

    async def list_page(
        self,
        *,
        limit: int,
        statuses: Collection[str] = (),
        video_id: str | None = None,
        kind: RunKind | None = None,
        purposes: Collection[RunPurpose] = (),
        after: RunCursor | None = None,
    ) -> tuple[list[RunState], RunCursor | None]:
        """Return runs of all videos, newest first, and the cursor of the next page."""
        async with transaction() as session:
            rows = await runs.list_page(
                session,
                limit=limit + 1,
                statuses=statuses,
                video_identifier=video_id,
                kind=kind,
                purposes=purposes,
                after=after,
            )
            states = await to_states(session, rows[:limit])
        page = await self._all_with_progress(rows[:limit], states)
        cursor = (page[-1].created_at, page[-1].request_id) if len(rows) > limit else None
        return page, cursor

    async def list_active(self) -> list[RunState]:
        """Return every run that has not ended, oldest first. Callers at one time share the result."""
        return await self._active_runs()

    async def _read_active(self) -> list[RunState]:
        async with transaction() as session:
            rows = await runs.list_active(session)
            states = await to_states(session, rows)
        return await self._all_with_progress(rows, states)

    async def history(self, video_id: str, kind: RunKind = "moments") -> list[RunState]:
        """Return the video's runs of this kind, newest first."""
        try:
            async with transaction() as session:
                rows = await runs.latest(session, video_id, self._max_runs, kind=kind)
                states = await to_states(session, rows)
        except DatabaseError as error:
            try:
                published = await self._status_store.history(video_id, kind)
            except LiveStatusError:
                published = []
            if not published:
                raise error from None
            return published
        if not rows:
            raise RunNotFoundError(video_id, kind)
        return states

    # Subscriptions

    async def subscribe(
        self, video_id: str, kind: RunKind = "moments", *, first: RunState | None = None
    ) -> AsyncGenerator[RunState]:
        """Yield the current state and then each change, until the run has ended or is deleted.

        Progress never goes back, unless the stage is restarted.

        Args:
            first: the state that the caller has just read; it is yielded first.
        """
        state = first or await self.state(video_id, kind)
        yield state
        if not state.is_active:
            return
        async with aclosing(self._messages(video_id, state.kind)) as messages:
            async for message in messages:
                newer = message
                if newer is None or _needs_confirmation(state, newer):
                    newer = await self._reload(video_id, state)
                    if newer is None:
                        return
                newer = keep_progress(state, newer)
                if newer != state:
                    state = newer
                    yield state
                if not state.is_active:
                    return

    async def subscribe_all(self, first: list[RunState]) -> AsyncGenerator[RunState]:
        """Yield the states in `first`, and then each change of any run, without end."""
        known: dict[str, RunState] = {}
        ended: deque[str] = deque(maxlen=ENDED_RUNS_KEPT)
        for state in first:
            known[state.request_id] = state
            yield state
        async with aclosing(self._messages_of_all()) as messages:
            async for received in messages:
                states = [state for state in received if not _is_late(state, known, ended)]
                if len(states) < len(received) or not received:
                    states += await self._reload_all(known)
                for new in states:
                    previous = known.get(new.request_id)
                    state = keep_progress(previous, new) if previous else new
                    if previous != state:
                        yield state
                    if state.is_active:
                        known[state.request_id] = state
                    else:
                        known.pop(state.request_id, None)
                        ended.append(state.request_id)

    async def _messages(self, video_id: str, kind: RunKind) -> AsyncGenerator[RunState | None]:
        """Yield each published state of the video and kind; None when the row has to be read instead."""
        while True:
            try:
                async with self._status_store.subscribe(video_id, kind) as subscription:
                    yield None  # changes made before the subscription
                    while True:
                        yield await subscription.next(RELOAD_SECONDS)
            except LiveStatusError:
                yield None
                await asyncio.sleep(POLL_SECONDS)

    async def _messages_of_all(self) -> AsyncGenerator[list[RunState]]:
        """Yield the published states of all videos; an empty list when the rows have to be read instead."""
        while True:
            try:
                async with self._status_store.subscribe() as subscription:
                    yield []  # changes made before the subscription
                    while True:
                        yield await subscription.pending(_seconds_to_next_reload())
            except LiveStatusError:
                yield []
                await asyncio.sleep(POLL_SECONDS)

    async def _reload(self, video_id: str, state: RunState) -> RunState | None:
        """Read the state; return `state` if no server answers, and None if the run is deleted."""
        try:
            return await self.state(video_id, state.kind)
        except DatabaseError:
            return state
        except RunNotFoundError:
            return None

    async def _reload_all(self, known: Mapping[str, RunState]) -> list[RunState]:
        """Read all active runs and the ends of the `known` ones; return nothing if no server answers."""
        try:
            active = await self.list_active()
            async with transaction() as session:
                gone = known.keys() - {state.request_id for state in active}
                rows = [await runs.get(session, request_id) for request_id in gone]
                ended = await to_states(session, [row for row in rows if row is not None])
        except DatabaseError:
            return []
        deleted = [
            known[request_id].model_copy(update={"status": "cancelled", "current_stage": None})
            for request_id, row in zip(gone, rows, strict=True)
            if row is None
        ]
        return [*active, *ended, *deleted]

    async def _all_with_progress(
        self, rows: Sequence[PipelineRun], states: Sequence[RunState]
    ) -> list[RunState]:
        return [await self._with_progress(row, state) for row, state in zip(rows, states, strict=True)]

    async def _with_progress(self, row: PipelineRun, state: RunState) -> RunState:
        """Return the published state if a worker has the run, else the row's."""
        if state.is_active and row.token is not None:
            published = await self._published(state.video_id, state.kind)
            if published and (published.request_id, published.status) == (state.request_id, state.status):
                return published.model_copy(update={"cancel_requested": row.cancel_requested})
        return state

    async def _published(self, video_id: str, kind: RunKind) -> RunState | None:
        try:
            return await self._status_store.get(video_id, kind)
        except LiveStatusError:
            return None


def _seconds_to_next_reload() -> float:
    """Return at least half of `RELOAD_SECONDS`, so that all streams reload together and share the result."""
    elapsed = asyncio.get_running_loop().time() % RELOAD_SECONDS
    remaining = RELOAD_SECONDS - elapsed
    return remaining if remaining >= RELOAD_SECONDS / 2 else remaining + RELOAD_SECONDS


def _needs_confirmation(known: RunState, received: RunState) -> bool:
    return received.request_id == known.request_id and is_step_back(known, received)


def _is_late(state: RunState, known: Mapping[str, RunState], ended: Collection[str]) -> bool:
    """Report whether a message contradicts what is known of its run, so that only the row can decide."""
    previous = known.get(state.request_id)
    return is_step_back(previous, state) if previous else state.is_active and state.request_id in ended
