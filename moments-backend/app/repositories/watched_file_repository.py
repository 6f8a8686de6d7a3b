"""Queries on the tables `watched_files` and `watch_folders`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, any_, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import WatchedFile, WatchFolder

BATCH = 2000
"""Rows per statement, so that none exceeds the time limit of a transaction."""

_SAVE_WAITING = """
    INSERT INTO watched_files (folder, path, size_bytes, modified_ns, state, changed_at)
    SELECT :folder, file.path, file.size, file.modified_ns, 'waiting', :now
    FROM unnest(CAST(:path AS text[]), CAST(:size AS bigint[]), CAST(:modified_ns AS bigint[]))
        AS file (path, size, modified_ns)
    ON CONFLICT (folder, path) DO UPDATE SET
        size_bytes = EXCLUDED.size_bytes, modified_ns = EXCLUDED.modified_ns, state = EXCLUDED.state,
        changed_at = EXCLUDED.changed_at, video_id = NULL, error = NULL
"""


class SeenFile(NamedTuple):
    """Path below the folder, size and modification time of a file."""

    path: str
    size: int
    modified_ns: int


class WatchedRow(NamedTuple):
    """The columns that a scan compares."""

    path: str
    size: int
    modified_ns: int
    md5: str | None
    video_id: int | None
    state: str
    error: dict[str, Any] | None
    changed_at: datetime


_COLUMNS = (
    WatchedFile.path,
    WatchedFile.size_bytes,
    WatchedFile.modified_ns,
    WatchedFile.md5,
    WatchedFile.video_id,
    WatchedFile.state,
    WatchedFile.error,
    WatchedFile.changed_at,
)


async def list_folder(session: AsyncSession, folder: str) -> dict[str, WatchedRow]:
    """Return the rows of a folder by path."""
    result = await session.execute(select(*_COLUMNS).where(WatchedFile.folder == folder))
    return {row[0]: WatchedRow(*row) for row in result}


async def save_waiting(
    session: AsyncSession, folder: str, files: Sequence[SeenFile], *, now: datetime
) -> None:
    """Insert up to `BATCH` new files, and start over with changed ones.

    These keep the MD5 of their earlier version, which may have been deleted from the library.
    """
    columns = {name: [getattr(file, name) for file in files] for name in SeenFile._fields}
    # Arrays: a statement with parameters for each row takes SQLAlchemy seconds to compile.
    await session.execute(text(_SAVE_WAITING), columns | {"folder": folder, "now": now})


async def set_states(
    session: AsyncSession, folder: str, paths: Collection[str], state: str, *, now: datetime
) -> None:
    """Set the state of files; a file that is missing keeps its video."""
    wanted = any_(literal(list(paths), ARRAY(Text)))
    await session.execute(
        update(WatchedFile)
        .where(WatchedFile.folder == folder, WatchedFile.path == wanted)
        .values(state=state, changed_at=now)
    )


async def save_result(session: AsyncSession, folder: str, file: SeenFile, **fields: Any) -> None:
    """Insert or update one file."""
    key = {"folder": folder, "path": file.path}
    values = {"size_bytes": file.size, "modified_ns": file.modified_ns} | fields
    await session.execute(
        insert(WatchedFile)
        .values(key | values)
        .on_conflict_do_update(index_elements=[WatchedFile.folder, WatchedFile.path], set_=values)
    )


async def has_size(session: AsyncSession, size: int) -> bool:
    """Return whether a file of this size was hashed before."""
    statement = select(WatchedFile.path).where(WatchedFile.size_bytes == size, WatchedFile.md5.is_not(None))
    return await session.scalar(statement.limit(1)) is not None


async def list_same(session: AsyncSession, size: int, md5: str) -> Sequence[WatchedFile]:
    """Return the files with these bytes, in every folder."""
    statement = select(WatchedFile).where(WatchedFile.md5 == md5, WatchedFile.size_bytes == size)
    return (await session.scalars(statement.order_by(WatchedFile.folder, WatchedFile.path))).all()


async def delete_files(session: AsyncSession, folder: str, paths: Collection[str]) -> None:
    wanted = any_(literal(list(paths), ARRAY(Text)))
    await session.execute(delete(WatchedFile).where(WatchedFile.folder == folder, WatchedFile.path == wanted))


async def count_by_state(session: AsyncSession) -> dict[str, dict[str, int]]:
    """Return the numbers of files by folder and state."""
    statement = select(WatchedFile.folder, WatchedFile.state, func.count()).group_by(
        WatchedFile.folder, WatchedFile.state
    )
    counts: dict[str, dict[str, int]] = {}
    for folder, state, count in await session.execute(statement):
        counts.setdefault(folder, {})[state] = count
    return counts


async def list_failed(session: AsyncSession, folder: str, *, limit: int) -> Sequence[WatchedFile]:
    """Return the files of a folder that could not be registered, latest first."""
    statement = select(WatchedFile).where(WatchedFile.folder == folder, WatchedFile.error.is_not(None))
    order = (WatchedFile.changed_at.desc(), WatchedFile.path)
    return (await session.scalars(statement.order_by(*order).limit(limit))).all()


async def get_folder(session: AsyncSession, folder: str) -> WatchFolder | None:
    return await session.get(WatchFolder, folder)


async def save_folder(session: AsyncSession, folder: str, **fields: Any) -> None:
    """Insert or update the state of a folder."""
    await session.execute(
        insert(WatchFolder)
        .values({"folder": folder} | fields)
        .on_conflict_do_update(index_elements=[WatchFolder.folder], set_=fields)
    )
