"""Chapters of a video: the user's, else those of the site or the file, else the topics of the transcript.

The document `chapters/{video_id}.json` holds the user's list and the topics; the video's row holds the
chapters of the site or the file. The table `chapters` indexes the list that applies; it changes in the
transaction that writes the document.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    ChaptersChangedError,
    InvalidRequestError,
    VideoNotFoundError,
)
from app.database.models import Video
from app.database.session import async_session_factory, database_timeout, transaction
from app.models.chapter import Chapter, ChapterDocument, ChapterRead, ChapterUpdate, effective_chapters
from app.models.media_info import MediaInfo
from app.repositories import chapter_index_repository, video_db_repository
from app.repositories.chapters_repository import ChaptersRepository
from app.services.moments.documents import DocumentStore, StoredDocument
from app.services.storage import timeouts
from app.services.storage.gcs_uploader import GCSUploader
from app.services.transcripts.document_writes import DocumentWrites

TOLERANCE_SECONDS = 0.5
"""Containers and players disagree by some frames about the end of a video."""

_LIST = TypeAdapter(list[ChapterRead])


@dataclass(frozen=True, slots=True)
class ChapterList:
    """The chapters that apply to a video."""

    chapters: list[ChapterRead]

    @property
    def etag(self) -> str:
        """Strong entity tag, quoted."""
        return f'"{hashlib.sha256(_LIST.dump_json(self.chapters)).hexdigest()[:32]}"'

    def matches(self, if_match: str | None) -> bool:
        """Return whether a header `If-Match` names this list, or is absent.

        Proxies that compress answers mark the tag as weak, which does not change the list.
        """
        if if_match is None:
            return True
        tags = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
        return "*" in tags or self.etag in tags


class ChapterService:
    """Reads and records the chapters of all videos."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._repository = ChaptersRepository(settings)
        self._documents = DocumentStore(self._repository, settings.gcs_chapters_prefix, uploader)

    async def list_for(self, video_id: str) -> ChapterList:
        """Return the chapters; an empty list if the video has none.

        Raises:
            VideoNotFoundError: no row has this identifier.
            CorruptFileError, FileUnreadableError, StorageError: the document could not be read.
        """
        async with transaction() as session:
            video = await video_db_repository.get_by_identifier(session, video_id)
        if video is None:
            raise VideoNotFoundError(video_id)
        return _effective(await self._documents.load_local_first(video_id), video)

    async def replace(
        self, video_id: str, wanted: Sequence[ChapterUpdate], *, if_match: str | None = None
    ) -> ChapterList:
        """Record the user's list, which may be empty, and return it.

        Raises:
            VideoNotFoundError: no row has this identifier.
            InvalidRequestError: a time is outside the video, or the chapters overlap or are not in order.
            ChaptersChangedError: the chapters are not those that `if_match` names.
            StorageError, DatabaseError: nothing was recorded.
        """
        async with self._change(video_id, if_match) as change:
            chapters = checked_chapters(wanted, change.video.duration_seconds)
            change.document = change.document.model_copy(update={"user": chapters})
        return change.result

    async def reset(self, video_id: str, *, if_match: str | None = None) -> ChapterList:
        """Remove the user's list, and return the chapters that apply without it; see `replace`."""
        async with self._change(video_id, if_match) as change:
            change.document = change.document.model_copy(update={"user": None})
        return change.result

    async def record_topics(self, video_id: str, topics: Sequence[Chapter]) -> None:
        """Record the chapters that a run found in the transcript; the user's list stays."""
        async with self._change(video_id, None) as change:
            found = _up_to_end(topics, change.video.duration_seconds)
            change.document = change.document.model_copy(update={"topics": found})

    async def has_topics(self, video_id: str) -> bool:
        """Return whether a run has searched the transcript for chapters, even if it found none."""
        document = await self._documents.load_authoritative(video_id)
        return document is not None and document.topics is not None

    async def reindex(self, session: AsyncSession, video: Video) -> None:
        """Rebuild the index of one video from its document and row.

        Raises:
            CorruptFileError, FileUnreadableError, StorageError: the document could not be read.
        """
        document = await self._documents.load_local_first(video.identifier)
        await chapter_index_repository.replace(session, video.id, _effective(document, video).chapters)

    @asynccontextmanager
    async def _change(self, video_id: str, if_match: str | None) -> AsyncIterator["_Change"]:
        """Yield the document to change, and record it with its index at the end of the block."""
        writes = DocumentWrites(video_id, timeout=timeouts.REQUEST_TIMEOUT_SECONDS)
        async with async_session_factory() as session:
            try:
                async with database_timeout():
                    video = await chapter_index_repository.lock(session, video_id)
                if video is None:
                    raise VideoNotFoundError(video_id)
                stored = await writes.limited(self._documents.read_authoritative(video_id))
                change = await self._start(video, stored, if_match)
                yield change
                change.result = _effective(change.document, video)
                async with database_timeout():
                    await chapter_index_repository.replace(session, video.id, change.result.chapters)
                if change.document != (stored.content if stored else ChapterDocument()):
                    encoded = await run_in_thread(self._documents.encode, change.document)
                    await writes.replace(self._documents, stored.stored if stored else None, encoded)
                async with database_timeout():
                    await session.commit()
            except BaseException:
                await writes.revert()
                raise

    async def _start(
        self, video: Video, stored: StoredDocument[ChapterDocument] | None, if_match: str | None
    ) -> "_Change":
        document = stored.content if stored else ChapterDocument()
        if not _effective(document, video).matches(if_match):
            # A copy of an earlier list may have been read here: the next read returns this one.
            await run_in_thread(self._repository.save, video.identifier, document)
            raise ChaptersChangedError(video.identifier)
        return _Change(video, document)


@dataclass(slots=True)
class _Change:
    video: Video
    document: ChapterDocument
    result: ChapterList = field(default_factory=lambda: ChapterList([]))


def _up_to_end(topics: Sequence[Chapter], duration: float | None) -> list[Chapter]:
    """Return the topics inside the video; the last one ends with it rather than with the speech."""
    if duration is None:
        return list(topics)
    inside = [topic for topic in topics if topic.start_time < duration]
    if inside:
        inside[-1] = inside[-1].model_copy(update={"end_time": round(duration, 3)})
    return inside


def checked_chapters(wanted: Sequence[ChapterUpdate], duration: float | None) -> list[Chapter]:
    """Return the user's list with all ends filled in.

    Raises:
        InvalidRequestError: a time is outside the video, or the chapters overlap or are not in order.
    """
    chapters: list[Chapter] = []
    for number, update in enumerate(wanted, start=1):
        start = round(update.start_time, 3)
        following = wanted[number].start_time if number < len(wanted) else None
        _ensure_start(number, start, following, duration)
        end = _end_of(number, update, following, duration)
        if end <= start:
            raise _invalid(number, f"ends at {end:g} s, not after its start at {start:g} s", "change its end")
        chapters.append(Chapter(start_time=start, end_time=end, title=update.title))
    return chapters


def _ensure_start(number: int, start: float, following: float | None, duration: float | None) -> None:
    if duration is not None and start >= duration:
        cause = f"starts at {start:g} s, after the end of the video at {duration:g} s"
        raise _invalid(number, cause, "choose a start inside the video")
    if following is not None and following <= start:
        cause = f"starts at {start:g} s, not before the next one at {following:g} s"
        raise _invalid(number, cause, "send the chapters in order of their starts")


def _end_of(number: int, update: ChapterUpdate, following: float | None, duration: float | None) -> float:
    end = update.end_time
    if end is None:
        end = duration if following is None else following
        if end is None:
            raise _invalid(number, "has no end, and the video's duration is unknown", "send its `end_time`")
    if following is not None and end > following:
        cause = f"ends at {end:g} s, after the start of the next one at {following:g} s"
        raise _invalid(number, cause, "end it before the next one starts, or leave out `end_time`")
    if duration is not None and end > duration + TOLERANCE_SECONDS:
        cause = f"ends at {end:g} s, after the end of the video at {duration:g} s"
        raise _invalid(number, cause, "choose an end inside the video")
    return round(end if duration is None else min(end, duration), 3)


def _invalid(number: int, cause: str, remedy: str) -> InvalidRequestError:
    return InvalidRequestError(f"chapter {number} {cause}", remedy=remedy)


def _effective(document: ChapterDocument | None, video: Video) -> ChapterList:
    media = MediaInfo.model_validate(video.media or {})
    return ChapterList(effective_chapters(document, media, video.duration_seconds))
