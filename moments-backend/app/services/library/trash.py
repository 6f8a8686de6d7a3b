"""The trash: deleted videos that can be restored until they are deleted for good.

In the trash a video keeps its objects, files, marks and index rows, and its identifier stays taken. Its
active runs and exports are cancelled. The final deletion has two steps: a mark on the row, which cannot be
undone, then the removal by `VideoDeletion`, which a worker repeats until nothing remains. A deletion of one
video skips the mark.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    TrashChangedError,
    VideoInTrashError,
    VideoMomentsError,
    VideoNotFoundError,
)
from app.database.models import Video
from app.database.session import transaction
from app.models.trash import TrashedVideo, TrashPage
from app.repositories import trash_repository, video_db_repository
from app.repositories.trash_repository import PurgeScope, VideoKey
from app.services.library.deletion import VideoDeletion, take_row
from app.services.library.events import event_data
from app.services.library.originals import OriginalFacts, find_original
from app.services.library.titles import title_from
from app.services.webhooks import events

logger = logging.getLogger(__name__)

SLOW_TIMEOUT_SECONDS = 30.0
"""Longest wait of a request for a final deletion, which then continues in the background."""
MAX_FAILURES = 3
"""Failed final deletions after which a worker waits for its next round: the bucket is probably away."""
BATCH = 500
STATEMENT_SECONDS = 120.0
"""Time limit of marking what has expired; a whole library may have been moved to the trash at once."""

CancelWork = Callable[[Collection[str]], Awaitable[int]]
"""Cancels the active runs, or exports, of videos; see `RunService.cancel_active`."""
TrashCursor = tuple[datetime, str]


@dataclass(frozen=True)
class TrashService:
    settings: Settings
    deletion: VideoDeletion
    cancel_work: tuple[CancelWork, ...]
    _background: set["asyncio.Task[None]"] = field(default_factory=set)

    async def close(self) -> None:
        """Stop final deletions; a worker repeats them."""
        await cancel_and_wait(*self._background)

    async def trash(self, identifier: str) -> None:
        """Move a video to the trash, and cancel its active runs and exports.

        Raises:
            VideoNotFoundError: no row has this identifier.
            VideoInTrashError: it is there already.
            DatabaseError: nothing was changed.
        """
        async with transaction() as session:
            video = await _locked(session, identifier)
            if video.deleted_at is not None:
                raise VideoInTrashError(identifier)
            await trash_repository.move_to_trash(session, [video.id])
            await events.record(session, "video.trashed", event_data(video))
        await self.cancel_active_work([identifier])

    async def restore(self, identifier: str) -> None:
        """Take a video out of the trash. A video of the library stays as it is.

        Raises:
            VideoNotFoundError: no row has this identifier, or its final deletion has started.
            DatabaseError: nothing was changed.
        """
        async with transaction() as session:
            video = await _locked(session, identifier)
            if await trash_repository.restore(session, [video.id]):
                await events.record(session, "video.restored", event_data(video))

    async def list_page(
        self, *, limit: int, after: TrashCursor | None = None
    ) -> tuple[TrashPage, TrashCursor | None]:
        """Return a page of the trash, the last deleted video first, and the cursor of the next page."""
        async with transaction() as session:
            totals = await trash_repository.totals(session)
            rows = await trash_repository.list_page(session, limit=limit + 1, after=after)
        page = rows[:limit]
        is_local = await run_in_thread(_find_local, page, self.settings)
        days = timedelta(days=self.settings.trash_days)
        as_of = totals.as_of
        videos = [_to_trashed(row, local, days, as_of) for row, local in zip(page, is_local, strict=True)]
        listed = TrashPage(
            videos=videos,
            total=totals.videos,
            size_bytes=totals.size_bytes,
            days=self.settings.trash_days,
            as_of=as_of,
        )
        last = page[-1] if len(rows) > limit else None
        return listed, (last.deleted_at, last.identifier) if last and last.deleted_at else None

    async def purge(self, identifier: str, *, delete_local: bool, only_in_trash: bool = False) -> None:
        """Delete a video for good; after `SLOW_TIMEOUT_SECONDS` this continues in the background.

        Args:
            delete_local: delete the local original, too.
            only_in_trash: a video of the library is not found.

        Raises:
            VideoNotFoundError: no row has this identifier, or its final deletion has started already.
            DatabaseError: the row could not be marked; nothing was deleted.
        """
        async with transaction() as session:
            video = await _locked(session, identifier)
            if only_in_trash and video.deleted_at is None:
                raise VideoNotFoundError(identifier)
            if not await take_row(session, identifier, _scope(delete_local)):
                raise VideoNotFoundError(identifier)
        task = asyncio.create_task(self._finish(identifier))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        await asyncio.wait({task}, timeout=SLOW_TIMEOUT_SECONDS)

    async def begin_emptying(
        self,
        session: AsyncSession,
        *,
        before: datetime | None = None,
        expected: int | None = None,
        delete_local: bool = False,
    ) -> list[VideoKey]:
        """Start the final deletion of all videos in the trash, in the caller's transaction; return them.

        Args:
            before: leave out videos that were deleted after this time.
            expected: the number of videos that the client has shown.

        Raises:
            TrashChangedError: there is another number of videos; nothing was changed.
        """
        begun = await trash_repository.begin_purge(
            session, trash_repository.until(before), _scope(delete_local)
        )
        if expected is not None and len(begun) != expected:
            raise TrashChangedError(expected, len(begun))
        return begun

    async def cancel_active_work(self, identifiers: Collection[str]) -> None:
        """Cancel the active runs and exports of videos in the trash."""
        for cancel in self.cancel_work:
            await cancel(identifiers)

    async def clean_up(self) -> int:
        """Delete for good what was deleted more than `TRASH_DAYS` ago, and finish interrupted deletions.

        Returns:
            The number of videos that were deleted for good.

        Raises:
            DatabaseError: the trash could not be read.
        """
        async with transaction(STATEMENT_SECONDS) as session:
            working = await trash_repository.list_with_active_work(session)
            expired = trash_repository.older_than(timedelta(days=self.settings.trash_days))
            await trash_repository.begin_purge(session, expired, "bucket")
        if working:  # requested while the video was being moved to the trash
            await self.cancel_active_work(working)
        return await self._finish_all()

    async def _finish_all(self) -> int:
        finished, failures = 0, 0
        async with transaction() as session:
            waiting = await trash_repository.list_purges(session, BATCH)
        for identifier in waiting:
            if await self.deletion.finish(identifier):
                finished += 1
            else:
                failures += 1
            if failures >= MAX_FAILURES:
                break
        return finished

    async def _finish(self, identifier: str) -> None:
        try:
            await self.deletion.finish(identifier)
        except VideoMomentsError as error:
            logger.warning("deletion not finished: %s", error.cause, extra={"video_id": identifier})
        except Exception:
            logger.exception("deletion not finished", extra={"video_id": identifier})


async def _locked(session: AsyncSession, identifier: str) -> Video:
    video = await video_db_repository.get_by_identifier(session, identifier, include_deleted=True, lock=True)
    if video is None or video.purge_scope is not None:
        raise VideoNotFoundError(identifier)
    return video


def _scope(delete_local: bool) -> PurgeScope:
    return "all" if delete_local else "bucket"


def _find_local(videos: Sequence[Video], settings: Settings) -> list[bool]:
    """Return which videos have a local original. Blocks: call it in a thread."""
    return [
        find_original(settings.videos_dir, video.identifier, OriginalFacts.of(video)) is not None
        for video in videos
    ]


def _to_trashed(video: Video, is_local: bool, days: timedelta, now: datetime) -> TrashedVideo:
    assert video.deleted_at is not None  # noqa: S101 - a condition of the query
    purges_at = video.deleted_at + days
    return TrashedVideo(
        id=video.identifier,
        title=video.title or title_from(video.identifier),
        filename=video.cloud_url.rpartition("/")[2],
        thumbnail_url=f"/api/trash/{quote(video.identifier, safe='')}/thumbnail",
        duration_seconds=video.duration_seconds,
        size_bytes=video.size_bytes,
        resolution=video.resolution,
        is_local=is_local,
        created_at=video.created_at,
        deleted_at=video.deleted_at,
        purges_at=purges_at,
        days_left=max((purges_at - now).days, 0),
    )
