"""Queries on the videos in the trash, and those whose final deletion has started.

Functions take the session first and never commit: the caller ends the transaction. Each change is one
statement whose condition decides under the row's lock, so that of a restore and a final deletion one wins.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Integer, String, any_, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import Export, PipelineRun, Video, VideoPurge

PurgeScope = Literal["bucket", "all"]
"""Value of `videos.purge_scope`: `all` includes the local original."""

IN_TRASH = Video.deleted_at.is_not(None) & Video.purge_scope.is_(None)


class TrashTotals(NamedTuple):
    """Number and size of the videos in the trash.

    Attributes:
        as_of: time of the query, by the clock of the database, which sets the times of deletions.
    """

    videos: int
    size_bytes: int
    as_of: datetime


class VideoKey(NamedTuple):
    """Number and identifier of a video."""

    id: int
    identifier: str


async def move_to_trash(session: AsyncSession, ids: Collection[int]) -> list[VideoKey]:
    """Move videos of the library to the trash; return those that were not in it."""
    statement = (
        update(Video)
        .where(has_id(ids), Video.deleted_at.is_(None))
        .values(deleted_at=func.now())
        .returning(Video.id, Video.identifier)
    )
    return [VideoKey(*row) for row in await session.execute(statement)]


async def restore(session: AsyncSession, ids: Collection[int]) -> list[VideoKey]:
    """Take videos out of the trash, unless their final deletion has started; return them."""
    statement = (
        update(Video)
        .where(has_id(ids), IN_TRASH)
        .values(deleted_at=None)
        .returning(Video.id, Video.identifier)
    )
    return [VideoKey(*row) for row in await session.execute(statement)]


async def begin_purge(
    session: AsyncSession,
    condition: ColumnElement[bool],
    scope: PurgeScope,
) -> list[VideoKey]:
    """Start the final deletion of videos, which cannot be undone; return them.

    The deletion of a video that is being deleted may be extended to its local original.
    """
    is_new = Video.purge_scope.is_(None) if scope == "bucket" else Video.purge_scope.is_distinct_from("all")
    statement = (
        update(Video)
        .where(condition, is_new)
        .values(purge_scope=scope, deleted_at=func.coalesce(Video.deleted_at, func.now()))
        .returning(Video.id, Video.identifier)
    )
    return [VideoKey(*row) for row in await session.execute(statement)]


async def take_row(session: AsyncSession, identifier: str, scope: PurgeScope | None = None) -> bool:
    """Delete a video's row, and record what remains to be removed; return whether it existed.

    Args:
        scope: what to remove; None for a video that `begin_purge` has marked.
    """
    statement = delete(Video).where(Video.identifier == identifier)
    if scope is None:
        statement = statement.where(Video.purge_scope.is_not(None))
    columns = (Video.cloud_url, Video.relative_path, Video.size_bytes, Video.md5, Video.created_at)
    row = (await session.execute(statement.returning(*columns, Video.purge_scope))).one_or_none()
    if row is None:
        return False
    purge = insert(VideoPurge).values(
        identifier=identifier,
        scope="all" if "all" in {scope, row.purge_scope} else "bucket",
        cloud_url=row.cloud_url,
        relative_path=row.relative_path,
        size_bytes=row.size_bytes,
        md5=row.md5,
        registered_at=row.created_at,
    )
    await session.execute(purge)
    return True


async def get_purge(session: AsyncSession, identifier: str) -> VideoPurge | None:
    """Return what remains to be removed of a deleted video."""
    return await session.get(VideoPurge, identifier)


async def is_being_deleted(session: AsyncSession, identifier: str) -> bool:
    """Return whether a deleted video with this identifier has not been removed completely."""
    marked = select(Video.id).where(Video.identifier == identifier, Video.purge_scope.is_not(None)).exists()
    begun = select(VideoPurge.identifier).where(VideoPurge.identifier == identifier).exists()
    return bool(await session.scalar(select(marked | begun)))


async def list_purged(session: AsyncSession) -> set[str]:
    """Return the identifiers of deleted videos that have not been removed completely."""
    return set(await session.scalars(select(VideoPurge.identifier)))


async def list_purges(session: AsyncSession, limit: int) -> list[str]:
    """Return identifiers of videos whose final deletion has to be finished or carried out."""
    begun = select(VideoPurge.identifier).order_by(VideoPurge.created_at).limit(limit)
    marked = select(Video.identifier).where(Video.deleted_at.is_not(None), Video.purge_scope.is_not(None))
    identifiers = [*await session.scalars(begun)]
    identifiers += await session.scalars(marked.order_by(Video.deleted_at, Video.id).limit(limit))
    return identifiers


async def finish_purge(session: AsyncSession, identifier: str) -> None:
    """Record that nothing remains of a deleted video."""
    await session.execute(delete(VideoPurge).where(VideoPurge.identifier == identifier))


async def totals(session: AsyncSession, before: datetime | None = None) -> TrashTotals:
    """Return number and size of the videos in the trash that were deleted until `before`."""
    size = func.coalesce(func.sum(func.coalesce(Video.size_bytes, Video.file_size_kb * 1024)), 0)
    statement = select(func.count(), size, func.now()).select_from(Video).where(until(before))
    row = (await session.execute(statement)).one()
    return TrashTotals(row[0], int(row[1]), row[2])


async def list_page(
    session: AsyncSession, *, limit: int, after: tuple[datetime, str] | None = None
) -> Sequence[Video]:
    """Return the videos in the trash, the last deleted one first.

    Args:
        after: time of deletion and identifier of the last video of the previous page.
    """
    statement = select(Video).where(IN_TRASH)
    if after is not None:
        statement = statement.where(tuple_(Video.deleted_at, Video.identifier) < tuple_(*after))
    statement = statement.order_by(Video.deleted_at.desc(), Video.identifier.desc()).limit(limit)
    return (await session.scalars(statement)).all()


async def list_with_active_work(session: AsyncSession) -> list[str]:
    """Return the videos in the trash that have an active run or export."""
    runs = select(PipelineRun.video_identifier).where(PipelineRun.status.in_(("queued", "processing")))
    exports = select(Export.video_id).where(Export.state.in_(("queued", "processing")))
    statement = select(Video.identifier).where(
        Video.deleted_at.is_not(None), Video.identifier.in_(runs) | Video.id.in_(exports)
    )
    return list(await session.scalars(statement))


def until(before: datetime | None) -> ColumnElement[bool]:
    """Return the condition of the videos in the trash that were deleted until `before`."""
    return IN_TRASH if before is None else IN_TRASH & (Video.deleted_at <= before)


def older_than(age: timedelta) -> ColumnElement[bool]:
    """Return the condition of the videos in the trash that were deleted at least `age` ago.

    By the clock of the database, which set the times: a worker's wrong clock must not empty the trash.
    """
    return IN_TRASH & (Video.deleted_at <= func.now() - age)


def has_identifier(identifiers: Collection[str]) -> ColumnElement[bool]:
    # One array: a query takes at most 65,535 parameters.
    return Video.identifier == any_(literal(list(identifiers), ARRAY(String)))


def has_id(ids: Collection[int]) -> ColumnElement[bool]:
    return Video.id == any_(literal(list(ids), ARRAY(Integer)))
