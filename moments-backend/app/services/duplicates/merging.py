"""Merges duplicates into the video kept, and takes a merge back; each is one transaction."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.core.exceptions import (
    BulkOperationNotFoundError,
    InvalidRequestError,
    MergeNotUndoableError,
    VideoNotFoundError,
)
from app.database.models import BulkOperation, MomentEdit, Video
from app.database.session import transaction
from app.media.frame_hash import VERSION, parse_hashes
from app.models.duplicates import DuplicateMerged, DuplicateMergeUndone
from app.models.moment import Moment
from app.models.tags import MAX_TAGS, merge_tags
from app.models.transcript import Transcript
from app.repositories import (
    bulk_operation_repository as operations,
    duplicate_repository,
    moment_edit_repository,
    moment_feedback_repository,
    trash_repository,
)
from app.services.duplicates.matching import Fingerprint, compare
from app.services.duplicates.merge_record import (
    FILLED,
    CopiedMoment,
    MergeRecord,
    MomentMarks,
    VideoMarks,
    marks_of,
    take_back,
)
from app.services.library.events import event_data
from app.services.library.trash import TrashService
from app.services.moments import composition, feedback
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edit_session import TOLERANCE_SECONDS, EditSession, edits_in
from app.services.moments.edited_moments import edited_fields
from app.services.webhooks import events

logger = logging.getLogger(__name__)

MERGE_SECONDS = 60.0
"""Time limit of a merge: it copies up to thousands of moments, each with a statement."""
MERGE = "merge"
"""Action of its operation."""


@dataclass(frozen=True)
class DuplicateMerger:
    """Merges videos; see `DuplicateService` for what the methods raise."""

    documents: VideoDocumentStores
    trash: TrashService

    async def merge(self, keep: str, remove: Sequence[str]) -> DuplicateMerged:
        """Give the marks of duplicates to the video kept, and move the others to the trash."""
        async with transaction(MERGE_SECONDS) as session:
            kept, removed = await lock_all(session, keep, remove)
            before = VideoMarks.model_validate(kept)
            moments = await self._copy_moments(session, kept, removed)
            _merge_columns(kept, removed)
            await session.flush()
            moved = await trash_repository.move_to_trash(session, [video.id for video in removed])
            for video in removed:
                await events.record(session, "video.trashed", event_data(video))
            await events.record(session, "video.updated", event_data(kept))
            record = MergeRecord(
                keep=keep,
                keep_number=kept.id,
                before=before,
                after=VideoMarks.model_validate(kept),
                moments=moments,
            )
            row = await _add_operation(session, record, [video.id for video in removed])
        await self.trash.cancel_active_work([key.identifier for key in moved])
        return DuplicateMerged(
            operation=row.id,
            keep=keep,
            trashed=[video.identifier for video in removed],
            moments=len(record.moments),
        )

    async def _copy_moments(
        self, session: AsyncSession, kept: Video, removed: Sequence[Video]
    ) -> list[CopiedMoment]:
        """Copy the user's moments. Without any, no document is read, which may need the bucket."""
        marked = [(video, await _marked_moments(session, video)) for video in removed]
        if not any(edits for _, edits in marked):
            return []
        transcript = await self.documents.transcripts.load_local_first(kept.identifier)
        copied: list[CopiedMoment] = []
        async with edits_in(session, kept.identifier, self.documents) as edits:
            for video, moments in marked:
                offset = await _offset_between(session, video, kept)
                if moments and offset is not None:
                    copied += await _copy_to(
                        edits, kept, [_shifted(edit, offset) for edit in moments], transcript
                    )
        return _without_repetitions(copied)

    async def undo(self, operation_id: str) -> DuplicateMergeUndone:
        """Take a merge back; a repeated request only returns the result."""
        async with transaction(MERGE_SECONDS) as session:
            row = await operations.get(session, operation_id, lock=True)
            if row is None or row.action != MERGE:
                raise BulkOperationNotFoundError(operation_id)
            record = MergeRecord.model_validate(row.parameters)
            if record.undone is None:
                await self._undo(session, record, row.video_ids)
                row.parameters = record.model_dump(mode="json")
        return DuplicateMergeUndone(
            keep=record.keep, restored=record.undone or [], moments=record.moments_removed
        )

    async def _undo(self, session: AsyncSession, record: MergeRecord, removed: Sequence[int]) -> None:
        numbers = [record.keep_number, *removed]
        found = {video.id: video for video in await duplicate_repository.lock_numbers(session, numbers)}
        if len(found) < len(numbers):
            raise MergeNotUndoableError
        kept = found[record.keep_number]
        restored = await trash_repository.restore(session, removed)
        for key in restored:
            await events.record(session, "video.restored", event_data(found[key.id]))
        if record.moments:
            async with edits_in(session, record.keep, self.documents):
                record.moments_removed = await _take_back_moments(session, record)
        if take_back(kept, record):
            await events.record(session, "video.updated", event_data(kept))
        record.undone = [key.identifier for key in restored]


async def lock_all(session: AsyncSession, keep: str, remove: Sequence[str]) -> tuple[Video, list[Video]]:
    """Return the video kept and the others, with their rows locked.

    Raises:
        VideoNotFoundError: one of them is not in the library.
    """
    found = {
        video.identifier: video for video in await duplicate_repository.lock_videos(session, [keep, *remove])
    }
    for identifier in (keep, *remove):
        if identifier not in found:
            raise VideoNotFoundError(identifier)
    return found[keep], [found[identifier] for identifier in remove]


async def _add_operation(session: AsyncSession, record: MergeRecord, removed: list[int]) -> BulkOperation:
    return await operations.add(
        session,
        id=uuid4().hex,
        action=MERGE,
        parameters=record.model_dump(mode="json"),
        video_ids=removed,
        state="completed",
        total=len(removed),
        done=len(removed),
        changed=len(removed),
        finished_at=utc_now(),
    )


class _Wanted(NamedTuple):
    """A moment to copy; times in seconds of the video kept."""

    start: float
    end: float
    title: str
    rating: int | None


async def _marked_moments(session: AsyncSession, video: Video) -> list[MomentEdit]:
    """Return the moments of a video that the user has made, kept, rated or renamed."""
    edits = await moment_edit_repository.list_for_video(session, video.identifier)
    return [
        edit
        for edit in edits
        if not edit.is_deleted
        and (edit.is_edited or edit.is_kept or edit.rating is not None or edit.title is not None)
    ]


def _shifted(edit: MomentEdit, offset: float) -> _Wanted:
    moment = Moment.model_validate(edit.moment).model_copy(update=edited_fields(edit))
    start, end = round(moment.start_time + offset, 3), round(moment.end_time + offset, 3)
    if -TOLERANCE_SECONDS <= start < 0:
        start = 0.0
    return _Wanted(start, end, moment.title, edit.rating)


async def _copy_to(
    edits: EditSession, kept: Video, wanted: Iterable[_Wanted], transcript: Transcript | None
) -> list[CopiedMoment]:
    """Add moments to the video kept, except those outside it."""
    before = await _marks_by_id(edits.session, kept.identifier)
    moments = []
    for one in wanted:
        try:
            edits.ensure_valid_range(one.start, one.end)
        except InvalidRequestError as error:
            logger.info("moment not copied: %s", error.cause, extra={"video_id": kept.identifier})
            continue
        moment = composition.own_moment(kept.identifier, transcript, one.start, one.end, one.title)
        rating: dict[str, Any] = {} if one.rating is None else {"rating": one.rating}
        await edits.add(moment, title=one.title, **rating)
        moments.append(moment)
    after = await _marks_by_id(edits.session, kept.identifier)
    new = [moment for moment in moments if moment.id not in before]
    await _record_feedback(edits.session, kept, new, after)
    return [CopiedMoment(moment_id=one.id, before=before.get(one.id), after=after[one.id]) for one in moments]


async def _record_feedback(
    session: AsyncSession, kept: Video, moments: Sequence[Moment], marks: Mapping[str, MomentMarks]
) -> None:
    """Record the feedback on copied moments that the video did not have; the others keep their own."""
    if not moments:
        return
    await feedback.record_all(session, kept.id, moments, "created")
    for rating in sorted({rating for one in moments if (rating := marks[one.id].rating) is not None}):
        rated = [one for one in moments if marks[one.id].rating == rating]
        await feedback.record_all(session, kept.id, rated, "rated", rating)


async def _marks_by_id(session: AsyncSession, video_id: str) -> dict[str, MomentMarks]:
    edits = await moment_edit_repository.list_for_video(session, video_id)
    return {edit.moment_id: marks_of(edit) for edit in edits}


def _without_repetitions(copied: Iterable[CopiedMoment]) -> list[CopiedMoment]:
    """Return one entry per moment: two removed videos may have the same one."""
    found: dict[str, CopiedMoment] = {}
    for one in copied:
        earlier = found.get(one.moment_id, one)
        found[one.moment_id] = one.model_copy(update={"before": earlier.before})
    return list(found.values())


async def _take_back_moments(session: AsyncSession, record: MergeRecord) -> int:
    """Restore the edits that are as the merge left them; return the number of moments taken back."""
    edits = {
        edit.moment_id: edit for edit in await moment_edit_repository.list_for_video(session, record.keep)
    }
    unchanged = [
        one
        for one in record.moments
        if one.moment_id in edits and marks_of(edits[one.moment_id]) == one.after
    ]
    for one in unchanged:
        if one.before is not None:
            moment = edits[one.moment_id].moment
            await moment_edit_repository.upsert(
                session, record.keep, one.moment_id, moment, **one.before.model_dump()
            )
    added = [one.moment_id for one in unchanged if one.before is None]
    await moment_edit_repository.delete_some(session, record.keep, added)
    for action in ("created", "rated"):
        await moment_feedback_repository.delete_repeated(session, record.keep_number, added, action)
    return len(unchanged)


async def _offset_between(session: AsyncSession, video: Video, kept: Video) -> float | None:
    """Return what to add to times of `video` to get times of `kept`; None if they are not duplicates."""
    if video.md5 is not None and (video.md5, video.size_bytes) == (kept.md5, kept.size_bytes):
        return 0.0
    prints = {
        row.video_id: Fingerprint(row.video_id, row.duration, parse_hashes(row.hashes))
        for row in await duplicate_repository.list_hashes_of(session, VERSION, [video.id, kept.id])
    }
    if len(prints) < 2:  # noqa: PLR2004 - both
        return None
    pair = compare(prints[video.id], prints[kept.id])
    return None if pair is None else pair.offset


def _merge_columns(kept: Video, removed: Sequence[Video]) -> None:
    kept.tags = merge_tags([*kept.tags, *(tag for video in removed for tag in video.tags)])[:MAX_TAGS]
    kept.is_favorite = kept.is_favorite or any(video.is_favorite for video in removed)
    watched = [video for video in (kept, *removed) if video.last_watched_at is not None]
    if watched:
        latest = max(watched, key=lambda video: video.last_watched_at or video.created_at)
        kept.last_watched_at, kept.watch_position = latest.last_watched_at, latest.watch_position
    for video in removed:
        for column in FILLED:
            if getattr(kept, column) is None:
                setattr(kept, column, getattr(video, column))
