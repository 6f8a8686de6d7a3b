"""Create, cancel, retry and delete runs, in short transactions on their rows and the queue."""

import logging
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    QueueFullError,
    RunInProgressError,
    RunNotFoundError,
    RunStateError,
    VideoInTrashError,
    VideoNotFoundError,
)
from app.core.request_context import current_request_id, log_context
from app.core.urls.normalization import normalise_source_url, video_id_from_url, with_hash_suffix
from app.database.models import PipelineRun, Video
from app.database.session import transaction
from app.models.pipeline import RUN_KINDS, GenerateMomentsRequest, RunCreated, RunKind, RunState
from app.repositories import (
    directory_listing,
    pipeline_run_repository as runs,
    playback_state_repository as playback_states,
    video_db_repository,
)
from app.services.library.registration import ensure_not_being_deleted, restore_video
from app.services.pipeline.playback_outcome import record_end
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.run_mapper import to_state
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.storage.source_objects import ensure_source_allowed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResolvedSource:
    """The video that a request means.

    Attributes:
        is_available: no download is needed.
        is_registered: the video has a row.
        is_restored: the video was in the trash.
    """

    video_id: str
    source_url: str | None
    is_available: bool
    is_registered: bool = False
    is_restored: bool = False


class RunService:
    def __init__(self, settings: Settings, queue: RunQueue, status_store: RunStatusStore) -> None:
        self._settings = settings
        self._queue = queue
        self._status_store = status_store

    async def submit(self, request: GenerateMomentsRequest) -> RunCreated:
        """Queue a new run.

        Raises:
            VideoNotFoundError: no row and no local file has this id.
            VideoInTrashError: the video is in the trash; a link takes it out.
            VideoBeingDeletedError: the video of this link is being deleted.
            InvalidRequestError: the link is not a valid URL.
            BucketNotAllowedError: the link names an object that clients may not request.
            QueueFullError: `PIPELINE_MAX_QUEUED` runs are active.
            RunInProgressError: the video has an active run.
            DatabaseError: the database is unavailable.
        """
        async with transaction() as session:
            source = await self._resolve(session, request)
            await runs.lock_queue(session)
            row = await _create(session, source, request)
            if row is None:
                # The active run may have just started for another link that gets the same id.
                before, source = source, await self._resolve(session, request)
                row = await _create(session, source, request) if source != before else None
            if row is None:
                raise await _in_progress(session, source.video_id)
            await ensure_not_full(session, self._settings, "moments")
            row.job_id = await self._queue.enqueue(
                session, request_id=row.request_id, video_identifier=source.video_id
            )
            await session.flush()
            state = await to_state(session, row)
        log_queued(state)
        await self._status_store.set_status(state)
        return RunCreated(
            request_id=state.request_id,
            video_id=state.video_id,
            status=state.status,
            download_required=not source.is_available,
            is_cached=source.is_available,
            is_restored=source.is_restored,
            source_url=source.source_url,
        )

    async def cancel(self, video_id: str, kind: RunKind = "moments") -> RunState:
        """Cancel the video's run of this kind: at once if it is queued, within seconds if a worker has it.

        Raises:
            RunNotFoundError, DatabaseError: as named.
            RunStateError: the run has already ended.
        """
        async with transaction() as session:
            row = await _last_run(session, video_id, kind)
            if row.status not in runs.ACTIVE:
                raise RunStateError(f"the last run of {video_id!r} is {row.status}: nothing to cancel")
            row.cancel_requested = True
            if row.job_id is None or await self._queue.cancel(session, row.job_id):
                row.status, row.finished_at = "cancelled", utc_now()
            await session.flush()
            await record_end(session, kind=kind, video_id=video_id, status=row.status)
            state = await to_state(session, row)
        if not state.is_active:
            await self._status_store.set_status(state)
            await self._status_store.append_history(state)
        return state

    async def cancel_active(self, video_ids: Collection[str]) -> int:
        """Cancel the active runs of videos that were moved to the trash; return their number."""
        async with transaction() as session:
            active = await runs.list_active_of(session, video_ids)
        cancelled = 0
        for video_id, kind in active:
            with suppress(RunNotFoundError, RunStateError):  # ended meanwhile
                await self._end(video_id, kind)
                cancelled += 1
        return cancelled

    async def clear_finished(self) -> int:
        """Remove ended runs from the list of runs; return their number."""
        async with transaction() as session:
            return await runs.clear_finished(session)

    async def delete_runs(self, video_id: str) -> None:
        """Cancel the active runs of a deleted video, and delete all its runs.

        A worker that processes one of them finds its row deleted, and records nothing.
        """
        for kind in RUN_KINDS:
            with suppress(RunNotFoundError, RunStateError):
                await self._end(video_id, kind)
        async with transaction() as session:
            await runs.delete_for_video(session, video_id)
        await self._status_store.delete(video_id)

    async def _end(self, video_id: str, kind: RunKind) -> None:
        """Cancel the video's run, and report that to subscribers without waiting for its worker."""
        state = await self.cancel(video_id, kind)
        if state.is_active:
            ended = {"status": "cancelled", "finished_at": utc_now()}
            await self._status_store.set_status(state.model_copy(update=ended))

    async def retry(self, video_id: str, kind: RunKind = "moments") -> RunState:
        """Queue the video's failed or cancelled run of this kind again; it resumes at the stage that failed.

        Raises:
            RunNotFoundError, DatabaseError: as named.
            VideoInTrashError: the video is in the trash.
            RunInProgressError: the run is active, or another one is.
            QueueFullError: `PIPELINE_MAX_QUEUED` runs are active.
            RunStateError: the run is complete.
        """
        async with transaction() as session:
            await runs.lock_queue(session)  # before the row, like every transaction that takes both locks
            row = await _last_run(session, video_id, kind)
            await _ensure_not_deleted(session, video_id)
            if row.status in runs.ACTIVE:
                raise RunInProgressError(video_id, row.request_id)
            if row.status == "completed":
                path = "generate_moments" if kind == "moments" else f"videos/{video_id}/playback"
                raise RunStateError(
                    f"the last run of {video_id!r} is complete: nothing to retry",
                    remedy=f"start a new one with POST /api/{path}",
                )
            if not await runs.requeue(session, row):
                raise await _in_progress(session, video_id, kind)
            await ensure_not_full(session, self._settings, kind)
            if kind == "playback":
                await playback_states.request(session, video_id)
            row.stages = {
                name: stage
                for name, stage in row.stages.items()
                if stage.get("status") in {"completed", "skipped"}
            }
            row.http_request_id = current_request_id()
            row.job_id = await self._queue.enqueue(
                session,
                request_id=row.request_id,
                video_identifier=row.video_identifier,
                kind=kind,
                is_requested=True,
            )
            await session.flush()
            state = await to_state(session, row)
        log_queued(state)
        await self._status_store.set_status(state)
        return state

    async def _resolve(self, session: AsyncSession, request: GenerateMomentsRequest) -> ResolvedSource:
        if request.video_url is None:
            assert request.video_id is not None  # noqa: S101 - the request has one of the two
            row = await video_db_repository.get_by_identifier(session, request.video_id, include_deleted=True)
            if row is not None and row.deleted_at is not None:
                raise VideoInTrashError(request.video_id)
            if row is None and not await self._has_file(request.video_id):
                raise VideoNotFoundError(request.video_id)
            return ResolvedSource(
                request.video_id,
                row.source_url if row else None,
                is_available=True,
                is_registered=row is not None,
            )
        url = normalise_source_url(request.video_url)
        known = await video_db_repository.get_by_source_url(session, url, include_deleted=True)
        if known is None or request.force_download:
            ensure_source_allowed(url, self._settings)
        if request.force_download:
            return ResolvedSource(_timestamped(await self._free_id(session, url)), url, is_available=False)
        if known is not None:
            await ensure_not_being_deleted(session, known.identifier)
            is_restored = await restore_video(session, known)
            return ResolvedSource(
                known.identifier, url, is_available=True, is_registered=True, is_restored=is_restored
            )
        video_id = await self._free_id(session, url)
        return ResolvedSource(video_id, url, is_available=await self._has_file(video_id))

    async def _free_id(self, session: AsyncSession, url: str) -> str:
        """Return the id of a new video of this URL; digits are appended if another video has the plain id."""
        plain = video_id_from_url(url)
        holder: Video | PipelineRun | None = await video_db_repository.get_by_identifier(
            session, plain, include_deleted=True
        )
        holder = holder or await runs.get_active(session, plain)
        if holder is None and await self._has_file(plain):
            # Downloaded by an earlier run of this URL, or a file of the user that is not registered yet.
            holder = next(iter(await runs.latest(session, plain)), None)
            is_free = holder is not None and holder.source_url == url
        else:
            is_free = holder is None or holder.source_url == url
        return plain if is_free else with_hash_suffix(plain, url)

    async def _has_file(self, video_id: str) -> bool:
        return bool(await run_in_thread(directory_listing.find_video, self._settings.videos_dir, video_id))


async def ensure_not_full(session: AsyncSession, settings: Settings, kind: RunKind) -> None:
    """Raise `QueueFullError` if the run that this transaction adds is one too many of its kind."""
    limit = settings.pipeline_max_queued
    if await runs.count_active(session, kind) > limit:
        raise QueueFullError(limit)


def log_queued(state: RunState) -> None:
    with log_context(run_id=state.request_id, video_id=state.video_id):
        logger.info("Run queued")


async def _create(
    session: AsyncSession, source: ResolvedSource, request: GenerateMomentsRequest
) -> PipelineRun | None:
    await runs.clear_fetch_urls(session, source.video_id)
    link = request.video_url.strip() if request.video_url and not source.is_registered else None
    return await runs.create_unless_active(
        session,
        request_id=uuid4().hex,
        video_identifier=source.video_id,
        source_url=source.source_url,
        fetch_url=None if link == source.source_url else link,
        options=request.options().model_dump(mode="json", exclude_defaults=True),
        http_request_id=current_request_id(),
    )


def _timestamped(video_id: str) -> str:
    """Return the id for another download of the video."""
    return f"{video_id}-{int(time.time())}"


async def _ensure_not_deleted(session: AsyncSession, video_id: str) -> None:
    row = await video_db_repository.get_by_identifier(session, video_id, include_deleted=True)
    if row is not None and row.deleted_at is not None:
        raise VideoInTrashError(video_id)


async def _last_run(session: AsyncSession, video_id: str, kind: RunKind) -> PipelineRun:
    last = await runs.latest(session, video_id, kind=kind)
    row = await runs.get(session, last[0].request_id, lock=True) if last else None
    if row is None:
        raise RunNotFoundError(video_id, kind)
    return row


async def _in_progress(session: AsyncSession, video_id: str, kind: RunKind = "moments") -> RunInProgressError:
    active = await runs.get_active(session, video_id, kind)
    return RunInProgressError(video_id, active.request_id if active else "(just ended)")
