"""Rebuilds the search index of videos from their documents.

The table `search_backlog` lists the videos to index: all videos after the upgrade that adds the search,
those that `videomoments reindex` adds, and those whose transcript is changing. Workers process it in the
background, so an interrupted command is completed by them, and an old library becomes searchable without any
command. Passages follow at their own pace, see `passage_backlog.py`: embedding takes some hundred times as
long.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto

from sqlalchemy import ColumnElement, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import cancel_and_wait
from app.core.exceptions import ExitCode, VideoMomentsError, VideoNotFoundError
from app.database.models import PassageBacklog, SearchBacklog, Video
from app.database.session import transaction
from app.repositories import search_backlog_repository, transcript_change_repository

logger = logging.getLogger(__name__)

CHECK_SECONDS = 3.0
"""Interval of the check for videos to index."""
PAUSE_SECONDS = 30.0
"""Delay after an error that may pass, such as an unavailable bucket."""
RETRY_SECONDS = 600.0
"""Delay before a video is retried after an error that may pass. Other videos are indexed meanwhile."""

PARALLEL = 3
"""Videos that a worker indexes at once: it waits for the bucket and the database most of the time."""
CANDIDATES = 50
"""Videos to examine for one whose transcript is not changing at present."""

Rebuild = Callable[[str], Awaitable[None]]
"""Rebuilds the index of the video with this identifier, in transactions of its own."""

_HAS_PASSAGES = text("SELECT to_regclass('passage_backlog') IS NOT NULL")


class Step(Enum):
    """Outcome of one call of `SearchBacklogProcessor.process_next`."""

    INDEXED = auto()
    UNUSABLE = auto()
    """The documents of the video cannot be used; it left the backlog."""
    POSTPONED = auto()
    """An error that may pass; the video stays in the backlog and is retried after `RETRY_SECONDS`."""
    NONE_LEFT = auto()
    """The backlog is empty, or contains postponed videos only."""


class SearchBacklogProcessor:
    """Indexes the videos in the backlog.

    Args:
        newest_first: take videos from the other end, so that a command and the workers share the work.
    """

    def __init__(self, rebuild: Rebuild, *, newest_first: bool = True) -> None:
        self._rebuild = rebuild
        self._newest_first = newest_first
        self._task: asyncio.Task[None] | None = None
        self._postponed: dict[int, float] = {}
        """Monotonic time of the next attempt, by `videos.id`."""
        self._active: set[int] = set()
        """`videos.id` of the videos that are being indexed."""
        self.failed: dict[str, Exception] = {}
        """Error of the last attempt, by identifier of the video; without videos that were indexed since."""

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            await cancel_and_wait(self._task)

    async def process_next(self) -> Step:
        """Index one video. An error of one video is logged, and does not affect the others.

        Videos whose transcript is changing are left for a later call: a completed change removes its row,
        and a killed process releases the lock of the change.

        Raises:
            DatabaseError: the backlog could not be read or changed.
        """
        async with transaction() as session:
            found = await self._next(session)
            if found is None:
                return Step.NONE_LEFT
            row_id, identifier, version = found
            self._active.add(row_id)
        try:
            step = await self._index(identifier)
            if step is Step.POSTPONED:
                self._postponed[row_id] = time.monotonic() + RETRY_SECONDS
                return step
            async with transaction() as session:
                await search_backlog_repository.remove(session, row_id, version)
                await _add_to_passages(session, row_id)
        finally:
            self._active.discard(row_id)
        return step

    async def _index(self, identifier: str) -> Step:
        try:
            await self._rebuild(identifier)
        except Exception as error:
            self.failed[identifier] = error
            known = isinstance(error, VideoMomentsError)
            logger.warning(
                "Search index of video %r not rebuilt: %s",
                identifier,
                error,
                extra={"video_id": identifier},
                exc_info=None if known else error,
            )
            return Step.POSTPONED if _may_pass(error) else Step.UNUSABLE
        self.failed.pop(identifier, None)
        return Step.INDEXED

    async def _next(self, session: AsyncSession) -> tuple[int, str, str] | None:
        """Return number, identifier and version of the next row whose video is not changing."""
        now = time.monotonic()
        self._postponed = {row_id: due for row_id, due in self._postponed.items() if due > now}
        number = SearchBacklog.video_id
        version: ColumnElement[str] = literal_column("cast(search_backlog.xmin AS text)")
        statement = select(number, Video.identifier, version).join(Video, Video.id == number)
        statement = statement.where(number.not_in(list(self._postponed)))
        order = number.desc() if self._newest_first else number
        for row in (await session.execute(statement.order_by(order).limit(CANDIDATES))).all():
            if row[0] not in self._active and await transcript_change_repository.try_lock(session, row[1]):
                return row[0], row[1], row[2]
        return None

    async def _process_in_parallel(self) -> list[Step]:
        """Return the last outcome of each loop, after all of them have ended.

        Raises:
            DatabaseError: the backlog could not be read or changed.
        """
        loops = (self._process_all() for _ in range(PARALLEL))
        ended = await asyncio.gather(*loops, return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in ended if isinstance(outcome, Step)]

    async def _process_all(self) -> Step:
        """Index videos until one fails or none is left; return the last outcome."""
        while (step := await self.process_next()) in {Step.INDEXED, Step.UNUSABLE}:
            pass
        return step

    async def _run(self) -> None:
        while True:
            delay = CHECK_SECONDS
            try:
                if Step.POSTPONED in await self._process_in_parallel():
                    delay = PAUSE_SECONDS  # the bucket may be unavailable, which fails all videos
            except Exception as error:  # noqa: BLE001 - the next round repeats what failed
                logger.warning("Search index not rebuilt: %s", error)
                delay = PAUSE_SECONDS
            await asyncio.sleep(delay)


def _may_pass(error: Exception) -> bool:
    """Return whether another attempt can succeed with the same documents.

    Missing permissions and wrong settings are not retryable for a request, but an operator can correct them.
    """
    if not isinstance(error, VideoMomentsError):
        return True
    return error.retryable or error.exit_code is ExitCode.CONFIGURATION


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
