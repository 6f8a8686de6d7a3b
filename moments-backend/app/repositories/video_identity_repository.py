"""Queries on the columns of `videos` that identify a video: object, size, checksum and local path.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Executable, String, any_, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import Video
from app.repositories.video_db_repository import NO_LOCAL_FILE


class VideoIdentity(NamedTuple):
    """The columns needed to compare a row with files and objects.

    Attributes:
        size_bytes: None in rows of older versions, until it is read from the bucket.
        md5: hex digits; None also for composite objects, until their file is hashed.
        relative_path: path of the local file; empty if another video took its place, None if unknown.
        is_deleted: the video is in the trash.
    """

    id: int
    identifier: str
    cloud_url: str
    size_bytes: int | None = None
    md5: str | None = None
    relative_path: str | None = None
    file_size_kb: int | None = None
    created_at: datetime | None = None
    is_deleted: bool = False

    @property
    def filename(self) -> str:
        """The last part of the object's name."""
        return self.cloud_url.rpartition("/")[2] or self.identifier

    @property
    def local_path(self) -> str:
        """The path that the local file has, or would have; empty if another video took its place."""
        return self.filename if self.relative_path is None else self.relative_path

    def may_have_size(self, size: int) -> bool:
        """Compare the size, as far as it is known."""
        if self.size_bytes is not None:
            return self.size_bytes == size
        return self.file_size_kb is None or self.file_size_kb == size // 1024


BATCH = 5000
"""Rows per statement, so that none exceeds the time limit of a transaction."""

_COLUMNS = (
    Video.id,
    Video.identifier,
    Video.cloud_url,
    Video.size_bytes,
    Video.md5,
    Video.relative_path,
    Video.file_size_kb,
    Video.created_at,
    Video.deleted_at.is_not(None),
)


async def list_all(session: AsyncSession) -> list[VideoIdentity]:
    return await _fetch(session, select(*_COLUMNS))


async def count_all(session: AsyncSession) -> int:
    return (await session.scalars(select(func.count()).select_from(Video))).one()


async def list_by_identifier(session: AsyncSession, identifiers: Iterable[str]) -> list[VideoIdentity]:
    """Return the rows with these identifiers."""
    # One array: a query takes at most 65,535 parameters.
    wanted = any_(literal(list(identifiers), ARRAY(String)))
    return await _fetch(session, select(*_COLUMNS).where(Video.identifier == wanted))


async def list_by_path_or_size(
    session: AsyncSession, paths: Iterable[str], sizes: Iterable[int]
) -> list[VideoIdentity]:
    """Return the rows with one of these local paths or sizes; unknown sizes are compared by kilobytes."""
    wanted = set(sizes)
    same_path = Video.relative_path == any_(literal(list(paths), ARRAY(String)))
    same_size = Video.size_bytes == any_(literal(list(wanted), ARRAY(BigInteger)))
    kilobytes = list({size // 1024 for size in wanted})
    similar = Video.size_bytes.is_(None) & (Video.file_size_kb == any_(literal(kilobytes, ARRAY(BigInteger))))
    return await _fetch(session, select(*_COLUMNS).where(same_path | same_size | similar))


async def list_without_size(session: AsyncSession) -> list[VideoIdentity]:
    """Return the rows of older versions, which recorded no size in bytes."""
    return await _fetch(session, select(*_COLUMNS).where(Video.size_bytes.is_(None)))


async def set_sizes(session: AsyncSession, rows: Sequence[VideoIdentity]) -> None:
    """Store size and MD5 of up to `BATCH` rows that had none; others are unchanged."""
    await session.execute(
        text(
            """
            UPDATE videos SET size_bytes = found.size_bytes, md5 = found.md5
            FROM unnest(CAST(:ids AS integer[]), CAST(:sizes AS bigint[]), CAST(:md5s AS text[]))
                AS found (id, size_bytes, md5)
            WHERE videos.id = found.id AND videos.size_bytes IS NULL
            """
        ),
        {
            "ids": [row.id for row in rows],
            "sizes": [row.size_bytes for row in rows],
            "md5s": [row.md5 for row in rows],
        },
    )


async def set_md5(session: AsyncSession, id: int, md5: str) -> None:  # noqa: A002 - the column's name
    """Store the MD5 of a row that has none."""
    await session.execute(update(Video).where(Video.id == id, Video.md5.is_(None)).values(md5=md5))


async def set_paths(session: AsyncSession, paths: Sequence[tuple[VideoIdentity, str]]) -> None:
    """Store up to `BATCH` new local paths; rows whose path changed meanwhile are unchanged."""
    await session.execute(
        text(
            """
            UPDATE videos SET relative_path = changed.new
            FROM unnest(CAST(:ids AS integer[]), CAST(:old AS text[]), CAST(:new AS text[]))
                AS changed (id, old, new)
            WHERE videos.id = changed.id AND videos.relative_path IS NOT DISTINCT FROM changed.old
            """
        ),
        {
            "ids": [row.id for row, _ in paths],
            "old": [row.relative_path for row, _ in paths],
            "new": [path for _, path in paths],
        },
    )


async def move(session: AsyncSession, row: VideoIdentity, path: str) -> bool:
    """Store the path of a file that was moved; return False if another process changed it meanwhile.

    A row that had this path has no local file any more.
    """
    await session.execute(
        update(Video)
        .where(Video.relative_path == path, Video.id != row.id)
        .values(relative_path=NO_LOCAL_FILE)
    )
    # Of two files that swapped their paths, the first one to be moved takes the other's.
    is_unchanged = Video.relative_path.is_not_distinct_from(row.relative_path)
    statement = (
        update(Video)
        .where(Video.id == row.id, is_unchanged | (Video.relative_path == NO_LOCAL_FILE))
        .values(relative_path=path)
        .returning(Video.id)
    )
    return (await session.scalars(statement)).one_or_none() is not None


async def _fetch(session: AsyncSession, statement: Executable) -> list[VideoIdentity]:
    result = await session.execute(statement)
    return list(map(VideoIdentity._make, result))
