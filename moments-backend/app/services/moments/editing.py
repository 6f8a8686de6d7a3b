"""The user's edits of moments: keep, rate, rename, trim, delete and restore.

Each edit reads the documents, then reads, applies and saves the edits in one short transaction.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.ai.moments.base import moment_id
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    InvalidRequestError,
    ResultNotFoundError,
    TooManyEditsError,
    VideoMomentsError,
    VideoNotFoundError,
)
from app.core.files.safe_delete import open_directory, unlink_at
from app.database.models import MomentEdit
from app.database.session import transaction
from app.models.moment import Moment, MomentCreate, MomentRead, MomentUpdate
from app.models.transcript import Transcript
from app.repositories import moment_edit_repository, video_db_repository
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edited_moments import BY_USER, apply_edits, index_titles, original_id
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import clip_filename

logger = logging.getLogger(__name__)

MAX_EDITS = 2000
"""Edited or deleted moments of one video; every list of its moments reads all of them."""

MIN_SECONDS = 1.0
TOLERANCE_SECONDS = 0.5
"""Containers and players disagree by some frames about the end of a video."""

USER_SCORE = 10.0
"""Score of a moment that the user added."""

NO_TRANSCRIPT = Transcript(text="", language="", word_timestamps=[], segment_timestamps=[])


class _Edits:
    """The edits of one video in an open transaction, and the moments they result in."""

    def __init__(
        self, session: AsyncSession, video_id: str, generated: Sequence[Moment], edits: Sequence[MomentEdit]
    ) -> None:
        self.session = session
        self.video_id = video_id
        self._generated = generated
        self._edits = {edit.moment_id: edit for edit in edits}

    @classmethod
    async def load(cls, session: AsyncSession, video_id: str, generated: Sequence[Moment]) -> "_Edits":
        edits = await moment_edit_repository.list_for_video(session, video_id)
        return cls(session, video_id, generated, edits)

    def find(self, wanted_id: str) -> MomentRead | None:
        return self._moments().get(wanted_id)

    def get(self, wanted_id: str) -> tuple[MomentRead, MomentRead]:
        """Return the moment, and the one it was refined from, or itself."""
        moments = self._moments()
        if wanted_id not in moments:
            raise _not_found(wanted_id, self.video_id)
        moment = moments[wanted_id]
        return moment, moments.get(original_id(moment), moment)

    async def save(self, moment: Moment, *, unless_deleted: bool = True, **fields: object) -> None:
        """Save an edit.

        Raises:
            ResultNotFoundError: another request has deleted the moment meanwhile.
            TooManyEditsError: it would be the first edit of one moment too many.
        """
        if moment.id not in self._edits and len(self._edits) >= MAX_EDITS:
            raise TooManyEditsError(self.video_id, MAX_EDITS)
        document = moment.model_dump(mode="json", include=set(Moment.model_fields))
        edit = await moment_edit_repository.upsert(
            self.session, self.video_id, moment.id, document, unless_deleted=unless_deleted, **fields
        )
        if edit is None:
            raise _not_found(moment.id, self.video_id)
        self._edits[moment.id] = edit

    def _moments(self) -> dict[str, MomentRead]:
        edits = sorted(self._edits.values(), key=lambda edit: edit.moment_id)
        return {moment.id: moment for moment in apply_edits(self._generated, edits)}


@dataclass(frozen=True)
class MomentEditingService:
    """Edits moments. The clip of a removed moment is deleted after the transaction."""

    settings: Settings
    uploader: GCSUploader
    documents: VideoDocumentStores

    async def create(self, video_id: str, wanted: MomentCreate) -> MomentRead:
        """Add a moment of the user's own, which is kept like a trimmed one.

        The same range gives the same id, so a repeated request only changes the title.

        Raises:
            VideoNotFoundError: the video is not in the library.
            InvalidRequestError: the range is too short, or outside the video.
            TooManyEditsError: the video has `MAX_EDITS` edited moments.
            DatabaseError, StorageError, LocalFileError: documents or edits could not be read or saved.
        """
        generated = await self._generated(video_id)
        transcript = await self.documents.transcripts.load_local_first(video_id)
        start, end = round(wanted.start_time, 3), round(wanted.end_time, 3)
        moment = Moment(
            id=moment_id(transcript or NO_TRANSCRIPT, start, end, BY_USER, video_id),
            start_time=start,
            end_time=end,
            title=wanted.title,
            score=USER_SCORE,
            quote=_first_sentence(transcript, start, end) if transcript else None,
            model=BY_USER,
        )
        async with transaction() as session:
            if await video_db_repository.get_by_identifier(session, video_id) is None:
                raise VideoNotFoundError(video_id)
            await _ensure_valid_range(session, video_id, start, end)
            edits = await _Edits.load(session, video_id, generated)
            await edits.save(
                moment,
                unless_deleted=False,
                title=wanted.title,
                is_kept=True,
                is_edited=True,
                is_deleted=False,
            )
            created = edits.find(moment.id)
            await index_titles(session, video_id, generated)
        if created is None:
            raise _not_found(moment.id, video_id)
        return created

    async def update(self, video_id: str, wanted_id: str, change: MomentUpdate) -> MomentRead:
        """Apply a change and return the moment. Trimming replaces it by a moment with a new id and clip.

        Raises:
            ResultNotFoundError: the moment does not exist, or was deleted meanwhile.
            InvalidRequestError: the range is too short, or outside the video.
            TooManyEditsError: the video has `MAX_EDITS` edited moments.
            DatabaseError, StorageError, LocalFileError: documents or edits could not be read or saved.
        """
        generated = await self._generated(video_id)
        is_trim = change.start_time is not None or change.end_time is not None
        transcript = await self.documents.transcripts.load_local_first(video_id) if is_trim else None
        fields = change.model_dump(include={"title", "rating", "is_kept"}, exclude_unset=True)
        replaced = None
        async with transaction() as session:
            edits = await _Edits.load(session, video_id, generated)
            moment, original = edits.get(wanted_id)
            start, end = change.boundaries_of(moment)
            if (start, end) == (moment.start_time, moment.end_time):
                await edits.save(original, **fields)
                result = edits.find(wanted_id)
            else:
                await _ensure_valid_range(session, video_id, start, end)
                trimmed = _trim(moment, transcript, start, end, video_id)
                inherited = {"rating": moment.rating, "title": moment.title}
                state = {"is_kept": True, "is_edited": True, "is_deleted": False}
                await edits.save(original, is_deleted=True)
                await edits.save(trimmed, unless_deleted=False, **inherited | fields | state)
                replaced = original.id
                result = edits.find(trimmed.id)
            await index_titles(session, video_id, generated)
        if replaced is not None:
            await self._delete_clip(video_id, replaced)
        if result is None:  # no longer kept, and not in the document
            raise _not_found(wanted_id, video_id)
        return result

    async def delete(self, video_id: str, wanted_id: str) -> None:
        """Delete a moment with its clip, and hide it from the results of later runs.

        Raises:
            ResultNotFoundError: the moment does not exist, or was deleted meanwhile.
            TooManyEditsError: the video has `MAX_EDITS` edited moments.
            DatabaseError, StorageError, LocalFileError: documents or edits could not be read or saved.
        """
        generated = await self._generated(video_id)
        async with transaction() as session:
            edits = await _Edits.load(session, video_id, generated)
            _, original = edits.get(wanted_id)
            await edits.save(original, is_deleted=True)
            await index_titles(session, video_id, generated)
        await self._delete_clip(video_id, original.id)

    async def restore(self, video_id: str, wanted_id: str) -> MomentRead:
        """Restore a deleted moment. The next run cuts its clip.

        Raises:
            ResultNotFoundError: the moment was not deleted, or no longer exists.
            DatabaseError, StorageError, LocalFileError: documents or edits could not be read or saved.
        """
        generated = await self._generated(video_id)
        original = next((original_id(moment) for moment in generated if moment.id == wanted_id), wanted_id)
        async with transaction() as session:
            await moment_edit_repository.restore(session, video_id, original)
            restored = (await _Edits.load(session, video_id, generated)).find(wanted_id)
            await index_titles(session, video_id, generated)
        if restored is None:
            raise _not_found(wanted_id, video_id)
        return restored

    async def _generated(self, video_id: str) -> list[Moment]:
        return await self.documents.moments.load_local_first(video_id) or []

    async def _delete_clip(self, video_id: str, moment_id: str) -> None:
        """Delete file and object. An error only leaves an unused clip behind, so it is logged."""

        def delete_file() -> None:
            folder = self.settings.moment_clips_dir
            with open_directory(folder) as descriptor:
                unlink_at(descriptor, folder, clip_filename(video_id, moment_id))

        await run_in_thread(delete_file)
        gcs_path = self.uploader.clip_path(video_id, moment_id)
        try:
            await self.uploader.delete_object(gcs_path)
        except VideoMomentsError as error:
            path = self.uploader.cloud_url(gcs_path)
            logger.warning("clip not deleted: %s", error.cause, extra={"path": path})


async def _ensure_valid_range(session: AsyncSession, video_id: str, start: float, end: float) -> None:
    if end - start < MIN_SECONDS:
        raise InvalidRequestError(
            f"the range from {start:g} to {end:g} s is shorter than {MIN_SECONDS:g} s",
            remedy="choose a longer range",
        )
    row = await video_db_repository.get_by_identifier(session, video_id)
    duration = row.duration_seconds if row else None
    if duration is not None and end > duration + TOLERANCE_SECONDS:
        raise InvalidRequestError(
            f"{end:g} s is after the end of the video at {duration:g} s",
            remedy="choose an end inside the video",
        )


def _trim(moment: Moment, transcript: Transcript | None, start: float, end: float, video_id: str) -> Moment:
    """Return a new moment for the range. It keeps the quote only if the range still contains it."""
    quote = moment.quote
    if quote and transcript and not _contains(transcript, start, end, quote):
        quote = None
    return moment.model_copy(
        update={
            "id": moment_id(transcript or NO_TRANSCRIPT, start, end, BY_USER, video_id),
            "start_time": start,
            "end_time": end,
            "quote": quote,
            "is_refined": False,
            "parent_id": None,
        }
    )


def _first_sentence(transcript: Transcript, start: float, end: float) -> str | None:
    """Return the first segment whose middle is inside the range."""
    for segment in transcript.segment_timestamps:
        if start <= (segment.start + segment.end) / 2 <= end:
            return segment.text
    return None


def _contains(transcript: Transcript, start: float, end: float, quote: str) -> bool:
    words = (word.word for word in transcript.word_timestamps if word.start >= start and word.end <= end)
    return _normalized(quote) in _normalized(" ".join(words))


def _normalized(text: str) -> str:
    return " ".join(text.casefold().split())


def _not_found(wanted_id: str, video_id: str) -> ResultNotFoundError:
    return ResultNotFoundError(f"moment {wanted_id}", video_id)
