"""Queries on the table `chapters`, the index of all chapters.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Sequence

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import Video, VideoChapter
from app.models.chapter import ChapterRead, effective_chapters
from app.models.media_info import MediaInfo

_LOCK_CLASS = 0x43484150
"""First key of the advisory locks of chapters; the second is `videos.id`."""


async def lock(session: AsyncSession, identifier: str) -> Video | None:
    """Return the video's row, serialising changes of its chapters until the transaction ends.

    The row cannot be deleted meanwhile.
    """
    statement = select(Video).where(Video.identifier == identifier).with_for_update(read=True, key_share=True)
    video = (await session.scalars(statement)).one_or_none()
    if video is not None:
        await session.execute(select(func.pg_advisory_xact_lock(_LOCK_CLASS, video.id)))
    return video


async def replace(session: AsyncSession, video_id: int, chapters: Sequence[ChapterRead]) -> None:
    """Replace the indexed chapters of a video; `video_id` is `videos.id`."""
    await session.execute(delete(VideoChapter).where(VideoChapter.video_id == video_id))
    rows = [
        {"video_id": video_id, "number": number, **chapter.model_dump()}
        for number, chapter in enumerate(chapters)
    ]
    if rows:
        await session.execute(insert(VideoChapter), rows)


async def index_stated(session: AsyncSession, video: Video) -> None:
    """Index the chapters that the site or the file states, unless the user's are indexed."""
    by_user = exists().where(VideoChapter.video_id == video.id, VideoChapter.source == "user")
    media = MediaInfo.model_validate(video.media or {})
    stated = effective_chapters(None, media, video.duration_seconds)
    if stated and not await session.scalar(select(by_user)):
        await replace(session, video.id, stated)
