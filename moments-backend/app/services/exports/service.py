"""Request, list, cancel, retry and delete exports, in short transactions on their rows and the queue."""

import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    CaptionsUnavailableError,
    ExportNotFoundError,
    ExportQueueFullError,
    ExportStateError,
    VideoMomentsError,
    VideoNotFoundError,
)
from app.database.models import Export, Video
from app.database.session import transaction
from app.media.caption_style import check_burnable
from app.models.export import ExportCreate, ExportOptions, ExportRead
from app.models.transcript import Transcript
from app.repositories import export_repository as exports, video_db_repository
from app.repositories.export_repository import ExportOfVideo
from app.services.exports.cache_key import cache_key
from app.services.exports.captions import words_between
from app.services.exports.mapper import to_read
from app.services.exports.naming import stem_from
from app.services.exports.selection import SelectedRange, select_ranges
from app.services.library.local_files import get_video_or_404
from app.services.moments import feedback
from app.services.moments.documents import DocumentStore
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import export_prefix

logger = logging.getLogger(__name__)

MAX_LISTED = 1000
"""Exports in the list of one video, the newest ones."""

UNSHARED_AGE = timedelta(minutes=10)
"""Age from which an export for a share link is deleted if no link uses it."""

ExportCursor = tuple[datetime, str]
"""`(created_at, id)` of the last export of a page."""


class ExportQueue(Protocol):
    """The queue of the workers' jobs; methods work in the caller's transaction."""

    async def enqueue_exports(self, session: AsyncSession, export_ids: Sequence[str]) -> list[int]:
        """Add a job for each export, and return their ids in the same order."""

    async def cancel(self, session: AsyncSession, job_id: int) -> bool:
        """Cancel a job; return True if no worker processes it."""


class ExportService:
    def __init__(
        self,
        settings: Settings,
        uploader: GCSUploader,
        queue: ExportQueue,
        moments: EditedMomentsReader,
        transcripts: DocumentStore[Transcript],
    ) -> None:
        self._settings = settings
        self._uploader = uploader
        self._queue = queue
        self._moments = moments
        self._transcripts = transcripts

    async def request(
        self, video_id: str, wanted: ExportCreate, *, for_share: bool = False
    ) -> list[ExportRead]:
        """Queue the exports of a request, in its order; finished ones with the same parameters are reused.

        Failed and cancelled ones are queued again. Either all exports are queued, or none.

        Args:
            for_share: new exports are only for a share link, and not listed until a user requests them.

        Raises:
            VideoNotFoundError: no row has this identifier.
            ResultNotFoundError: a moment does not exist.
            InvalidRequestError: a range is too short, or outside the video.
            CaptionsUnavailableError: captions are requested, and the video has no transcript.
            CaptionsNotBurnableError: the captions cannot be drawn into the picture.
            ExportQueueFullError: too many exports would be active.
            DatabaseError, StorageError, LocalFileError: as named.
        """
        video = await get_video_or_404(video_id)
        moments = await self._moments.load_local_first(video_id) if wanted.start_time is None else None
        ranges = select_ranges(video, moments, wanted)
        transcript = await self._transcript(video_id, ranges, wanted.options)
        # In a thread and before the transaction: many moments of a long transcript take seconds.
        drafts = await run_in_thread(_drafts, video, ranges, wanted.options, transcript)
        if for_share:
            drafts = [draft | {"options": draft["options"] | {"for_share": True}} for draft in drafts]
        async with transaction() as session:
            await exports.lock_queue(session)
            row = await video_db_repository.get_by_identifier(session, video_id)
            if row is None:
                raise VideoNotFoundError(video_id)
            rows = await self._create(session, row, drafts)
            if wanted.moment_ids is not None:  # exporting all moments prefers none of them
                chosen = [item.moment for item in ranges if item.moment is not None]
                await feedback.record_all(session, row.id, chosen, "exported")
            reads = [to_read(ExportOfVideo(found, video_id)) for found in rows]
        logger.info("Exports requested", extra={"video_id": video_id, "count": len(reads)})
        return reads

    async def list_for_video(self, video_id: str) -> list[ExportRead]:
        """Return the video's exports, newest first, at most `MAX_LISTED`.

        Raises:
            VideoNotFoundError: no row has this identifier.
        """
        await get_video_or_404(video_id)
        async with transaction() as session:
            rows = await exports.list_page(session, limit=MAX_LISTED, video_id=video_id)
        return [to_read(row) for row in rows]

    async def list_page(
        self, *, limit: int, states: Collection[str], video_id: str | None, after: ExportCursor | None
    ) -> tuple[list[ExportRead], ExportCursor | None]:
        """Return a page of all exports, newest first, and the cursor of the next page."""
        async with transaction() as session:
            rows = await exports.list_page(
                session, limit=limit + 1, states=states, video_id=video_id, after=after
            )
        page = rows[:limit]
        last = page[-1].export if len(rows) > limit else None
        return [to_read(row) for row in page], (last.created_at, last.id) if last else None

    async def get(self, export_id: str) -> ExportRead:
        """Return one export.

        Raises:
            ExportNotFoundError: it does not exist.
        """
        async with transaction() as session:
            return to_read(await _get(session, export_id))

    async def cancel(self, export_id: str) -> ExportRead:
        """Cancel an export: at once if it is queued, within seconds if a worker processes it.

        Raises:
            ExportNotFoundError: it does not exist.
            ExportStateError: it has ended.
        """
        async with transaction() as session:
            found = await _get(session, export_id, lock=True)
            row = found.export
            if row.state not in exports.ACTIVE:
                raise ExportStateError(f"export {export_id} is {row.state}: nothing to cancel")
            await self._cancel(session, row)
            await session.flush()
            return to_read(found)

    async def cancel_active(self, video_ids: Collection[str]) -> int:
        """Cancel the active exports of videos that were moved to the trash; return their number."""
        async with transaction() as session:
            rows = await exports.lock_active_of(session, video_ids)
            for row in rows:
                await self._cancel(session, row)
        return len(rows)

    async def retry(self, export_id: str) -> ExportRead:
        """Queue a failed or cancelled export again.

        Raises:
            ExportNotFoundError: it does not exist.
            ExportStateError: it is active or complete.
            ExportQueueFullError: too many exports would be active.
        """
        async with transaction() as session:
            await exports.lock_queue(session)  # before the row, like every transaction that takes both locks
            found = await _get(session, export_id, lock=True)
            row = found.export
            if row.state not in {"failed", "cancelled"}:
                raise ExportStateError(f"export {export_id} is {row.state}: nothing to retry")
            exports.reset(row)
            await self._enqueue(session, [row])
            return to_read(found)

    async def delete(self, export_id: str) -> str:
        """Cancel an active export, delete its row, then its files; return the id of its video.

        The row decides: a file that cannot be removed is logged. A worker that still processes the export
        removes what it stores.

        Raises:
            ExportNotFoundError: it does not exist.
        """
        async with transaction() as session:
            found = await _get(session, export_id, lock=True)
            if found.export.state in exports.ACTIVE:
                await self._cancel(session, found.export)
            await exports.remove(session, export_id)
        await delete_files(self._uploader, self._settings, found.video_id, export_id)
        return found.video_id

    async def delete_unshared(self) -> None:
        """Delete the exports for share links that no active link uses any more.

        Recent ones stay: their link may not be stored yet.
        """
        now = utc_now()
        async with transaction() as session:
            ids = await exports.list_unshared(session, now=now, created_before=now - UNSHARED_AGE)
        for export_id in ids:
            with suppress(ExportNotFoundError):  # deleted meanwhile
                await self.delete(export_id)

    async def _transcript(
        self, video_id: str, ranges: Sequence[SelectedRange], options: ExportOptions
    ) -> Transcript | None:
        """Return the transcript if the exports have captions that can be made."""
        if options.captions == "none":
            return None
        transcript = await self._transcripts.load_local_first(video_id)
        if transcript is None:
            raise CaptionsUnavailableError(video_id)
        if options.captions == "burned":
            await run_in_thread(_check_burnable, transcript, ranges)
        return transcript

    async def _create(
        self, session: AsyncSession, video: Video, drafts: Sequence[dict[str, Any]]
    ) -> list[Export]:
        """Return one row per draft; new ones and those that failed or were cancelled are queued."""
        added = await exports.insert_missing(session, [draft | {"video_id": video.id} for draft in drafts])
        rows = await exports.lock_by_key(session, video.id, [draft["cache_key"] for draft in drafts])
        for draft in drafts:
            row = rows[draft["cache_key"]]
            row.moment_id = draft["moment_id"] or row.moment_id  # a trimmed moment has another id than before
            if "for_share" not in draft["options"]:
                exports.set_listed(row)
        ended = [row for row in rows.values() if row.state in {"failed", "cancelled"}]
        for row in ended:
            exports.reset(row)
        await self._enqueue(session, [row for row in rows.values() if row.id in added] + ended)
        return [rows[draft["cache_key"]] for draft in drafts]

    async def _enqueue(self, session: AsyncSession, rows: Sequence[Export]) -> None:
        """Add the jobs of queued exports, in order of time.

        Raises:
            ExportQueueFullError: too many exports would be active.
        """
        ordered = sorted(rows, key=lambda row: (row.created_at, row.id))
        await session.flush()
        active, limit = await exports.count_active(session), self._settings.export_max_queued
        if rows and active > limit:
            raise ExportQueueFullError(limit, active)
        jobs = await self._queue.enqueue_exports(session, [row.id for row in ordered]) if rows else []
        for row, job_id in zip(ordered, jobs, strict=True):
            row.job_id = job_id
        await session.flush()

    async def _cancel(self, session: AsyncSession, row: Export) -> None:
        row.cancel_requested = True
        if row.job_id is None or await self._queue.cancel(session, row.job_id):
            row.state, row.finished_at = "cancelled", utc_now()


def _check_burnable(transcript: Transcript, ranges: Sequence[SelectedRange]) -> None:
    for item in ranges:
        check_burnable(words_between(transcript, item.start, item.end))


def _drafts(
    video: Video, ranges: Sequence[SelectedRange], options: ExportOptions, transcript: Transcript | None
) -> list[dict[str, Any]]:
    return [_draft(video, item, options, transcript) for item in ranges]


def _draft(
    video: Video, item: SelectedRange, options: ExportOptions, transcript: Transcript | None
) -> dict[str, Any]:
    """Return the columns of a new export, except the number of its video."""
    return {
        "id": uuid4().hex,
        "moment_id": item.moment.id if item.moment else None,
        "start_time": item.start,
        "end_time": item.end,
        "title": item.title,
        "options": options.model_dump(mode="json"),
        "cache_key": cache_key(
            video,
            start=item.start,
            end=item.end,
            title=item.title,
            options=options,
            transcript=transcript,
        ),
        "filename": f"{stem_from(item.title)}.mp4",
    }


async def _get(session: AsyncSession, export_id: str, *, lock: bool = False) -> ExportOfVideo:
    found = await exports.get_with_video(session, export_id, lock=lock)
    if found is None:
        raise ExportNotFoundError(export_id)
    return found


async def delete_files(uploader: GCSUploader, settings: Settings, video_id: str, export_id: str) -> None:
    """Delete the objects of an export; an error only leaves unused objects behind, so it is logged."""
    prefix = export_prefix(settings, video_id, export_id)
    try:
        await uploader.delete_prefix(prefix)
    except VideoMomentsError as error:
        logger.warning("export not deleted: %s", error.cause, extra={"path": uploader.cloud_url(prefix)})
