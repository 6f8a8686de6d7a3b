"""What users do with moments: keep, rate, rename, move, delete, and take that back."""

import asyncio
import logging
from dataclasses import dataclass

from app.ai.moments.base import moment_id
from app.core.config import Settings
from app.core.exceptions import InvalidRequestError, ResultNotFoundError, VideoMomentsError
from app.core.files.safe_delete import open_directory, unlink_at
from app.database.session import transaction
from app.models.moment import Moment, MomentRead, MomentUpdate
from app.models.transcript import Transcript
from app.repositories import moment_edit_repository as marks, video_db_repository
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import EditedMomentsReader, original_id
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import clip_filename

logger = logging.getLogger(__name__)

MIN_SECONDS = 1.0
TOLERANCE_SECONDS = 0.5
"""Containers and players do not agree to the last frame on where a video ends."""

BY_HAND = "user"
"""What an edited moment's id is made with, where a found one's has the engine."""

SILENT = Transcript(text="", language="", word_timestamps=[], segment_timestamps=[])


@dataclass(frozen=True)
class MomentEditingService:
    """Every change is one short transaction; the clip of what is no more goes after it."""

    settings: Settings
    uploader: GCSUploader
    documents: VideoDocumentStores
    moments: EditedMomentsReader

    async def update(self, video_id: str, wanted_id: str, change: MomentUpdate) -> MomentRead:
        """The moment as it is then. Other edges make another moment of it, whose clip is another one.

        Raises:
            ResultNotFoundError: there is no such moment, or no longer.
            InvalidRequestError: the edges are none.
            DatabaseError, StorageError, LocalFileError.
        """
        moment, root = await self._find(video_id, wanted_id)
        start, end = change.boundaries_of(moment)
        said = change.model_dump(include={"title", "rating", "is_kept"}, exclude_unset=True)
        if (start, end) == (moment.start_time, moment.end_time):
            async with transaction() as session:
                done = await marks.upsert(session, video_id, root.id, _kept_form(root), **said)
            if not done:
                raise _no_such(wanted_id, video_id)
            return await self._shown(video_id, wanted_id)
        await self._ensure_inside(video_id, start, end)
        moved = await self._moved(video_id, moment, start, end)
        before = {"rating": moment.rating, "title": moment.title}
        always = {"is_kept": True, "is_edited": True, "is_deleted": False}
        async with transaction() as session:
            done = await marks.upsert(session, video_id, root.id, _kept_form(root), is_deleted=True)
            if done:
                form = _kept_form(moved)
                fields = before | said | always
                await marks.upsert(session, video_id, moved.id, form, unless_deleted=False, **fields)
        if not done:
            raise _no_such(wanted_id, video_id)
        await self._remove_clip(video_id, root.id)
        return await self._shown(video_id, moved.id)

    async def delete(self, video_id: str, wanted_id: str) -> None:
        """Remove a moment, also from what later runs find, and its clip.

        Raises:
            ResultNotFoundError, DatabaseError, StorageError, LocalFileError.
        """
        _, root = await self._find(video_id, wanted_id)
        async with transaction() as session:
            done = await marks.upsert(session, video_id, root.id, _kept_form(root), is_deleted=True)
        if not done:
            raise _no_such(wanted_id, video_id)
        await self._remove_clip(video_id, root.id)

    async def restore(self, video_id: str, wanted_id: str) -> MomentRead:
        """Take a deletion back. The clip is cut by the next run.

        Raises:
            ResultNotFoundError: nobody has deleted such a moment, or nobody finds it any more.
            DatabaseError, StorageError, LocalFileError.
        """
        found = await self.documents.moments.load_local_first(video_id) or []
        root = next((original_id(moment) for moment in found if moment.id == wanted_id), wanted_id)
        async with transaction() as session:
            await marks.restore(session, video_id, root)
        return await self._shown(video_id, wanted_id)

    async def _find(self, video_id: str, wanted_id: str) -> tuple[MomentRead, MomentRead]:
        """The moment, and the one that it was refined from, or itself."""
        by_id = {moment.id: moment for moment in await self.moments.load_local_first(video_id) or ()}
        if wanted_id not in by_id:
            raise _no_such(wanted_id, video_id)
        moment = by_id[wanted_id]
        return moment, by_id.get(original_id(moment), moment)

    async def _shown(self, video_id: str, wanted_id: str) -> MomentRead:
        moment, _ = await self._find(video_id, wanted_id)
        return moment

    async def _ensure_inside(self, video_id: str, start: float, end: float) -> None:
        if end - start < MIN_SECONDS:
            raise InvalidRequestError(
                f"from {start:g} to {end:g} is less than {MIN_SECONDS:g} second",
                remedy="move the edges apart",
            )
        async with transaction() as session:
            row = await video_db_repository.get_by_identifier(session, video_id)
        duration = row.duration_seconds if row else None
        if duration is not None and end > duration + TOLERANCE_SECONDS:
            raise InvalidRequestError(
                f"{end:g} is beyond the video's end, which is at {duration:g} seconds",
                remedy="choose an end inside the video",
            )

    async def _moved(self, video_id: str, moment: Moment, start: float, end: float) -> Moment:
        transcript = await self.documents.transcripts.load_local_first(video_id)
        quote = moment.quote
        if quote and transcript and not _says(transcript, start, end, quote):
            quote = None
        return moment.model_copy(
            update={
                "id": moment_id(transcript or SILENT, start, end, BY_HAND, video_id),
                "start_time": start,
                "end_time": end,
                "quote": quote,
                "is_refined": False,
                "parent_id": None,
            }
        )

    async def _remove_clip(self, video_id: str, root_id: str) -> None:
        """What cannot be removed is only lost room, and is logged."""

        def remove() -> None:
            folder = self.settings.moment_clips_dir
            with open_directory(folder) as descriptor:
                unlink_at(descriptor, folder, clip_filename(video_id, root_id))

        await asyncio.to_thread(remove)
        gcs_path = self.uploader.clip_path(video_id, root_id)
        try:
            await self.uploader.delete_object(gcs_path)
        except VideoMomentsError as error:
            remains = self.uploader.cloud_url(gcs_path)
            logger.warning("a clip remains: %s", error.cause, extra={"remains": remains})


def _kept_form(moment: Moment) -> dict[str, object]:
    """As an engine writes it, and no more: what users say has columns of its own."""
    return moment.model_dump(mode="json", include=set(Moment.model_fields))


def _says(transcript: Transcript, start: float, end: float, quote: str) -> bool:
    words = (word.word for word in transcript.word_timestamps if word.start >= start and word.end <= end)
    return _plain(quote) in _plain(" ".join(words))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _no_such(wanted_id: str, video_id: str) -> ResultNotFoundError:
    return ResultNotFoundError(f"moment {wanted_id}", video_id)
