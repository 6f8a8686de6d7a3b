"""Rebuilds the search index of videos from their documents.

The table `search_backlog` lists the videos to index: all videos after the upgrade that adds the search,
those that `videomoments reindex` adds, and those whose transcript is changing. Workers process it in the
background, so an interrupted command is completed by them, and an old library becomes searchable without any
command. Passages follow at their own pace, see `passage_backlog.py`: embedding takes some hundred times as
long.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import ColumnElement, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import cancel_and_wait
from app.core.exceptions import VideoMomentsError, VideoNotFoundError
from app.database.models import PassageBacklog, SearchBacklog, Video
from app.database.session import transaction
from app.repositories import search_backlog_repository, transcript_change_repository

logger = logging.getLogger(__name__)

CHECK_SECONDS = 3.0
"""Interval of the check for videos to index."""
PAUSE_SECONDS = 30.0
"""Delay after an error that may pass, such as an unavailable bucket."""

CANDIDATES = 50
"""Videos to examine for one whose transcript is not changing at present."""

Rebuild = Callable[[str], Awaitable[None]]
"""Rebuilds the index of the video with this identifier, in transactions of its own."""

_HAS_PASSAGES = text("SELECT to_regclass('passage_backlog') IS NOT NULL")


class SearchBacklogProcessor:
    """Indexes the videos in the backlog.

    Args:
        newest_first: take videos from the other end, so that a command and the workers share the work.
    """

    def __init__(self, rebuild: Rebuild, *, newest_first: bool = True) -> None:
        self._rebuild = rebuild
        self._newest_first = newest_first
        self._task: asyncio.Task[None] | None = None
        self.failures = 0
        """Number of videos whose documents cannot be used."""

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            await cancel_and_wait(self._task)

    async def process_next(self) -> bool:
        """Index one video; return False if the backlog is empty.

        Videos whose transcript is changing are left for a later call: a completed change removes its row,
        and a killed process releases the lock of the change.

        A video whose documents cannot be used is logged and leaves the backlog.

        Raises:
            VideoMomentsError: an error that may pass; the video stays in the backlog.
        """
        async with transaction() as session:
            found = await self._next(session)
        if found is None:
            return False
        row_id, identifier, version = found
        try:
            await self._rebuild(identifier)
        except VideoMomentsError as error:
            if error.retryable:
                raise
            self.failures += 1
            logger.warning(
                "Search index of a video not rebuilt: %s", error.cause, extra={"video": identifier}
            )
        async with transaction() as session:
            await search_backlog_repository.remove(session, row_id, version)
            await _add_to_passages(session, row_id)
        return True

    async def _next(self, session: AsyncSession) -> tuple[int, str, str] | None:
        """Return number, identifier and version of the next row whose video is not changing."""
        number = SearchBacklog.video_id
        version: ColumnElement[str] = literal_column("cast(search_backlog.xmin AS text)")
        statement = select(number, Video.identifier, version).join(Video, Video.id == number)
        order = number.desc() if self._newest_first else number
        for row in (await session.execute(statement.order_by(order).limit(CANDIDATES))).all():
            if await transcript_change_repository.try_lock(session, row[1]):
                return row[0], row[1], row[2]
        return None

    async def _run(self) -> None:
        while True:
            delay = CHECK_SECONDS
            try:
                while await self.process_next():
                    pass
            except Exception as error:  # noqa: BLE001 - the next round repeats what failed
                logger.warning("Search index not rebuilt: %s", error)
                delay = PAUSE_SECONDS
            await asyncio.sleep(delay)


async def add_to_backlog(identifiers: Sequence[str]) -> None:
    """Add videos to the backlog, or all videos without `identifiers`.

    Raises:
        VideoNotFoundError: no row has one of the identifiers; nothing was added.
    """
    rows = select(Video.id)
    if identifiers:
        rows = rows.where(Video.identifier.in_(identifiers))
    async with transaction() as session:
        if identifiers:
            known = set(await session.scalars(select(Video.identifier).where(Video.id.in_(rows))))
            for identifier in identifiers:
                if identifier not in known:
                    raise VideoNotFoundError(identifier)
        statement = upsert(SearchBacklog).from_select(["video_id"], rows).on_conflict_do_nothing()
        await session.execute(statement)


async def count_backlog() -> int:
    """Return the number of videos whose words are not indexed yet."""
    async with transaction() as session:
        return int(await session.scalar(select(func.count()).select_from(SearchBacklog)) or 0)


async def count_passage_backlog() -> int:
    """Return the number of videos with passages to embed; 0 without pgvector."""
    async with transaction() as session:
        if not await session.scalar(_HAS_PASSAGES):
            return 0
        return int(await session.scalar(select(func.count()).select_from(PassageBacklog)) or 0)


async def _add_to_passages(session: AsyncSession, row_id: int) -> None:
    """Queue a video, so that a worker compares its passages with its transcript and embeds missing ones."""
    if await session.scalar(_HAS_PASSAGES):
        exists = select(Video.id).where(Video.id == row_id)
        statement = upsert(PassageBacklog).from_select(["video_id"], exists)
        await session.execute(statement.on_conflict_do_nothing())
