"""Runs that make playback copies: on request, and for every video that needs one."""

from contextlib import suppress
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.exceptions import (
    PlaybackCopiesOffError,
    RunInProgressError,
    RunNotFoundError,
    VideoNotFoundError,
)
from app.core.request_context import current_request_id
from app.database.models import PipelineRun, Video
from app.database.session import transaction
from app.models.pipeline import RunOptions, RunState
from app.models.playback import Playback
from app.repositories import (
    pipeline_run_repository as runs,
    playback_state_repository as playback_states,
    video_db_repository,
)
from app.services.library.playback import plan_of, playback_of, wants_copy
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.run_mapper import to_state, to_states
from app.services.pipeline.run_reader import RunReader
from app.services.pipeline.run_service import ensure_not_full, log_queued
from app.services.pipeline.run_status_store import RunStatusStore

MAX_QUEUED = 10
"""Active runs up to which the search queues more; the others wait in the table of videos."""
SEARCH_BATCH = 500
"""Videos whose state the search determines in one transaction."""


class PlaybackRuns:
    """Queues the runs of playback copies and describes their progress."""

    def __init__(
        self, settings: Settings, queue: RunQueue, status_store: RunStatusStore, reader: RunReader
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._status_store = status_store
        self._reader = reader

    async def describe(self, video: Video) -> Playback:
        """Return what a player plays, with the progress of the copy."""
        run = None
        if wants_copy(video):
            with suppress(RunNotFoundError):
                run = await self._reader.state(video.identifier, "playback")
        return playback_of(video, self._settings.playback_copies, run)

    async def request(self, video_id: str) -> RunState:
        """Queue a copy, even of an original that browsers should play; return the active run if there is one.

        A copy that exists is not made again; its run completes as skipped.

        Raises:
            VideoNotFoundError: no row has this identifier.
            PlaybackCopiesOffError: the settings allow no copies.
            QueueFullError: `PIPELINE_MAX_QUEUED` copies are queued.
            DatabaseError: the database is unavailable.
        """
        async with transaction() as session:
            await runs.lock_queue(session)
            video = await video_db_repository.get_by_identifier(session, video_id)
            if video is None:
                raise VideoNotFoundError(video_id)
            if self._settings.playback_copies == "off":
                raise PlaybackCopiesOffError(video_id)
            is_forced = plan_of(video).method == "original"
            row = await _create(session, video_id, video.source_url, is_forced=is_forced)
            if row is None:
                return await self._prefer_active(session, video_id)
            await ensure_not_full(session, self._settings, "playback")
            await playback_states.request(session, video_id)
            await self._enqueue(session, row, is_requested=True)
            state = await to_state(session, row)
        await self._announce([state])
        return state

    async def list_wanted(self) -> list[str]:
        """Determine the states that are missing, and return the ids of videos that need a copy."""
        is_more = True
        while is_more:
            async with transaction() as session:
                is_more = await _determine(session)
        async with transaction() as session:
            return list(await playback_states.list_wanted(session))

    async def queue_missing(self) -> bool:
        """Queue copies of videos that need one; return whether there is more to do at once.

        Several workers may call this: one of them works, the others return.
        """
        if self._settings.playback_copies != "auto":
            return False
        async with transaction() as session:
            if not await playback_states.has_pending(session):
                return False
        async with transaction() as session:
            if not await playback_states.try_lock_search(session):
                return False
            is_more = await _determine(session)
            states = await self._queue_needed(session)
        await self._announce(states)
        return is_more

    async def _queue_needed(self, session: AsyncSession) -> list[RunState]:
        room = MAX_QUEUED - await runs.count_active(session, "playback")
        needed = await playback_states.list_needed(session, room) if room > 0 else []
        if not needed:
            return []
        await runs.lock_queue(session)
        rows = []
        for video_id, source_url in needed:
            row = await _create(session, video_id, source_url)
            if row is not None:
                await self._enqueue(session, row)
                rows.append(row)
        return await to_states(session, rows)

    async def _prefer_active(self, session: AsyncSession, video_id: str) -> RunState:
        """Return the active run; if it is still queued, move it ahead of automatic ones."""
        active = await runs.get_active(session, video_id, "playback")
        row = await runs.get(session, active.request_id, lock=True) if active else None
        if row is None or row.status not in runs.ACTIVE:
            raise RunInProgressError(video_id, "(just ended)")
        is_waiting = row.status == "queued" and not row.cancel_requested
        if is_waiting and row.job_id and await self._queue.withdraw(session, row.job_id):
            await self._enqueue(session, row, is_requested=True)
        return await to_state(session, row)

    async def _enqueue(self, session: AsyncSession, row: PipelineRun, *, is_requested: bool = False) -> None:
        row.job_id = await self._queue.enqueue(
            session,
            request_id=row.request_id,
            video_identifier=row.video_identifier,
            kind="playback",
            is_requested=is_requested,
        )
        await session.flush()

    async def _announce(self, states: list[RunState]) -> None:
        for state in states:
            log_queued(state)
            await self._status_store.set_status(state)


async def _create(
    session: AsyncSession, video_id: str, source_url: str | None, *, is_forced: bool = False
) -> PipelineRun | None:
    return await runs.create_unless_active(
        session,
        request_id=uuid4().hex,
        kind="playback",
        video_identifier=video_id,
        source_url=source_url,
        fetch_url=None,
        options=RunOptions(regenerate=is_forced).model_dump(mode="json", exclude_defaults=True),
        http_request_id=current_request_id(),
    )


async def _determine(session: AsyncSession) -> bool:
    """Determine the state of some videos without one; return whether there may be more."""
    videos = await playback_states.list_undetermined(session, SEARCH_BATCH)
    await playback_states.set_states(
        session,
        [(video.id, "original" if plan_of(video).method == "original" else "needed") for video in videos],
    )
    return len(videos) == SEARCH_BATCH
