"""Deleted moments, which can be restored with their clips until they are purged: on request or by age."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import VideoMomentsError
from app.core.files.safe_delete import open_directory, unlink_at
from app.database.models import MomentEdit
from app.database.session import transaction
from app.models.moment import DeletedMoment, Moment
from app.repositories import moment_edit_repository
from app.services.moments.clips import ClipService
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edit_session import not_found, open_edits
from app.services.moments.edited_moments import edited_fields
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import clip_filename
from app.services.storage.timeouts import with_request_timeout

logger = logging.getLogger(__name__)

PARALLEL_DELETIONS = 8
"""Objects of one video to delete at a time."""


@dataclass(frozen=True)
class DeletedMomentService:
    settings: Settings
    uploader: GCSUploader
    documents: VideoDocumentStores
    clips: ClipService

    async def list(self, video_id: str) -> list[DeletedMoment]:
        """Return the deleted moments that can be restored, the last deleted one first.

        Raises:
            DatabaseError, StorageError: edits or clips could not be listed.
        """
        async with transaction() as session:
            edits = await moment_edit_repository.list_for_video(session, video_id)
        deleted = [edit for edit in edits if edit.is_deleted and not edit.is_purged and edit.deleted_at]
        existing = await self.clips.existing(video_id, {edit.moment_id for edit in deleted})
        days = timedelta(days=self.settings.trash_days)
        replacements = _replacements(edits)
        moments = [
            DeletedMoment(
                **Moment.model_validate(edit.moment).model_dump() | edited_fields(edit),
                deleted_at=edit.deleted_at,
                purges_at=edit.deleted_at + days,
                has_clip=edit.moment_id in existing,
                replaced_by=replacements.get(edit.moment_id),
            )
            for edit in deleted
            if edit.deleted_at is not None
        ]
        return sorted(moments, key=lambda moment: (moment.deleted_at, moment.id), reverse=True)

    async def purge(self, video_id: str, wanted_id: str) -> None:
        """Delete one moment for good, with its clip; a moment that is not deleted yet is deleted first.

        Raises:
            ResultNotFoundError: the moment does not exist, or is purged already.
            StorageError: the clip could not be deleted; nothing was changed.
        """
        async with open_edits(video_id, self.documents) as edits:
            original = edits.original_id(wanted_id)
            restorable = await moment_edit_repository.find_restorable(edits.session, video_id)
            if original not in restorable:
                if wanted_id not in edits.moments():
                    raise not_found(wanted_id, video_id)
                _, moment = edits.get(wanted_id)
                await edits.delete(moment)
                await edits.record(moment, "deleted")
            await self._delete_clips(video_id, {original})
            await moment_edit_repository.mark_purged(edits.session, video_id, {original})

    async def purge_all(self, video_id: str) -> int:
        """Delete all deleted moments of a video for good, with their clips, and return their number.

        Raises:
            StorageError: a clip could not be deleted; the moments remain in the list.
        """
        return await self._purge(video_id, lambda _: True)

    async def purge_expired(self) -> int:
        """Purge the moments of all videos that were deleted more than `TRASH_DAYS` ago; return their number.

        An error of one video is logged, and does not affect the others.

        Raises:
            DatabaseError: the videos could not be listed.
        """
        age = timedelta(days=self.settings.trash_days)
        async with transaction() as session:
            videos, before = await moment_edit_repository.find_expired(session, age)
        purged = 0
        for video_id in videos:
            try:
                purged += await self._purge(
                    video_id, lambda edit: edit.deleted_at is not None and edit.deleted_at < before
                )
            except VideoMomentsError as error:
                logger.warning("deleted moments not purged: %s", error.cause, extra={"video_id": video_id})
        return purged

    async def _purge(self, video_id: str, is_wanted: Callable[[MomentEdit], bool]) -> int:
        async with open_edits(video_id, self.documents) as edits:
            rows = await moment_edit_repository.list_for_video(edits.session, video_id)
            restorable = (edit for edit in rows if edit.is_deleted and not edit.is_purged)
            ids = {edit.moment_id for edit in restorable if is_wanted(edit)}
            # Under the lock, so that no request restores a moment whose clip is being deleted.
            await self._delete_clips(video_id, ids)
            await moment_edit_repository.mark_purged(edits.session, video_id, ids)
            return len(ids)

    async def _delete_clips(self, video_id: str, moment_ids: Collection[str]) -> None:
        """Delete the objects, then the files."""
        if not moment_ids:
            return
        stored = await with_request_timeout(self.uploader.list_clips(video_id))
        slots = asyncio.Semaphore(PARALLEL_DELETIONS)

        async def delete_object(moment_id: str) -> None:
            async with slots:
                path = self.uploader.clip_path(video_id, moment_id)
                await with_request_timeout(self.uploader.delete_object(path))

        await asyncio.gather(*map(delete_object, stored & set(moment_ids)))

        def delete_files() -> None:
            folder = self.settings.moment_clips_dir
            with open_directory(folder) as descriptor:
                for moment_id in moment_ids:
                    unlink_at(descriptor, folder, clip_filename(video_id, moment_id))

        await run_in_thread(delete_files)


def _replacements(edits: Sequence[MomentEdit]) -> Mapping[str, str]:
    """Return the visible moment that was made from each replaced one, also after several trims."""
    by_part = {part: edit for edit in edits for part in edit.replaces}
    by_part |= {part: edit for edit in edits if not edit.is_deleted for part in edit.replaces}
    found = {}
    for part in by_part:
        seen, edit = {part}, by_part.get(part)
        while edit is not None and edit.is_deleted and edit.moment_id not in seen:
            seen.add(edit.moment_id)
            edit = by_part.get(edit.moment_id)
        if edit is not None and not edit.is_deleted:
            found[part] = edit.moment_id
    return found
