"""Queries on the table `videos`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Iterable
from typing import Any, TypeVarTuple

from sqlalchemy import Integer, Select, String, any_, delete, inspect, literal, select, update as sql_update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import InvalidRequestError
from app.core.urls.normalization import normalise_source_url
from app.database.models import TranscriptIndex, Video

NO_LOCAL_FILE = ""
"""Value of `relative_path` of a video whose file was replaced by another one; NULL is an unknown path."""


Ts = TypeVarTuple("Ts")

_UPDATABLE = frozenset(column.key for column in inspect(Video).column_attrs) - {"id"}


async def create(
    session: AsyncSession,
    identifier: str,
    cloud_url: str,
    *,
    source_url: str | None = None,
    title: str | None = None,
    duration_seconds: float | None = None,
    file_size_kb: int | None = None,
    video_codec: str | None = None,
    audio_codec: str | None = None,
    resolution: str | None = None,
    frame_rate: float | None = None,
) -> Video:
    """Insert a video and return its row, or the existing row of this identifier.

    Compare the returned `cloud_url` to detect that another writer was first. Concurrent writers serialise
    inside PostgreSQL, so none of them gets an error.
    """
    video, _ = await insert_or_get(
        session,
        identifier=identifier,
        cloud_url=cloud_url,
        source_url=source_url,
        title=title,
        duration_seconds=duration_seconds,
        file_size_kb=file_size_kb,
        video_codec=video_codec,
        audio_codec=audio_codec,
        resolution=resolution,
        frame_rate=frame_rate,
    )
    return video


async def insert_or_get(session: AsyncSession, **columns: Any) -> tuple[Video, bool]:
    """Do the same as `create`; also return whether the row was inserted."""
    columns = _with_normalised_url(columns)
    statement = insert(Video).values(columns).on_conflict_do_nothing(index_elements=[Video.identifier])
    while True:
        inserted = (await session.scalars(statement.returning(Video))).one_or_none()
        if inserted is not None:
            return inserted, True
        existing = await get_by_identifier(session, columns["identifier"], include_deleted=True)
        if existing is not None:  # else: deleted between the two statements, so insert again
            return existing, False


async def get_by_identifier(
    session: AsyncSession, identifier: str, *, include_deleted: bool = False, lock: bool = False
) -> Video | None:
    """Return one video.

    Args:
        include_deleted: return a video in the trash, too; its identifier is taken.
        lock: hold the row's lock until the transaction ends.
    """
    statement = _visible(select(Video).where(Video.identifier == identifier), include_deleted)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def get_file_columns(
    session: AsyncSession, identifier: str
) -> tuple[str, str | None, int | None, bool] | None:
    """Return `cloud_url`, `relative_path` and `size_bytes` of a video, and whether it is in the trash."""
    columns = select(Video.cloud_url, Video.relative_path, Video.size_bytes, Video.deleted_at.is_not(None))
    row = (await session.execute(columns.where(Video.identifier == identifier))).one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])


async def get_by_id(
    session: AsyncSession,
    id: int,  # noqa: A002 - the column's name
    *,
    include_deleted: bool = False,
) -> Video | None:
    """Return one video by its number; see `get_by_identifier`."""
    statement = _visible(select(Video).where(Video.id == id), include_deleted)
    return (await session.scalars(statement)).one_or_none()


async def get_by_source_url(
    session: AsyncSession, source_url: str, *, include_deleted: bool = False
) -> Video | None:
    """Return the oldest video of this URL, which is normalised first; see `get_by_identifier`."""
    try:
        normalised = normalise_source_url(source_url)
    except InvalidRequestError:
        return None
    statement = select(Video).where(Video.source_url == normalised)
    statement = statement.order_by(Video.deleted_at.is_not(None), Video.id).limit(1)
    return (await session.scalars(_visible(statement, include_deleted))).one_or_none()


async def list_by_size(session: AsyncSession, size_bytes: int) -> list[Video]:
    """Return the videos of this size, oldest first, and after them those in the trash.

    Rows from before `size_bytes` was recorded are compared by kilobytes.
    """
    unknown = Video.size_bytes.is_(None) & (Video.file_size_kb == size_bytes // 1024)
    statement = select(Video).where((Video.size_bytes == size_bytes) | unknown, Video.purge_scope.is_(None))
    return list(await session.scalars(statement.order_by(Video.deleted_at.is_not(None), Video.id)))


async def release_path(session: AsyncSession, relative_path: str, owner: Video, *, namesake: str) -> None:
    """Record that other videos have no local file, because the file at their path is `owner`.

    Args:
        namesake: identifier of the video that has this path if its row states none.
    """
    is_namesake = (Video.identifier == namesake) & (
        Video.relative_path.is_(None) | (Video.relative_path == relative_path)
    )
    # The path has no index. Rows of another size do not use the file anyway.
    has_path = (Video.size_bytes == owner.size_bytes) & (Video.relative_path == relative_path)
    statement = (
        sql_update(Video)
        .where(Video.id != owner.id, is_namesake | has_path)
        .values(relative_path=NO_LOCAL_FILE)
    )
    await session.execute(statement)


async def get_titles(session: AsyncSession, identifiers: Iterable[str]) -> dict[str, str]:
    """Return titles by identifier, without videos that have no title of their own."""
    statement = select(Video.identifier, Video.title).where(
        Video.identifier == any_(literal(list(identifiers), ARRAY(String))), Video.title.is_not(None)
    )
    return {row.identifier: row.title for row in await session.execute(statement)}


async def list_without_transcript(session: AsyncSession) -> list[str]:
    """Return the identifiers of videos with audio that have no indexed transcript, oldest first."""
    indexed = select(TranscriptIndex.video_id).where(TranscriptIndex.video_id == Video.id).exists()
    statement = select(Video.identifier).where(~indexed, Video.audio_codec.is_not(None)).order_by(Video.id)
    return list(await session.scalars(_visible(statement, include_deleted=False)))


async def has_transcript(session: AsyncSession, identifier: str) -> bool:
    """Return whether the video has an indexed transcript."""
    statement = select(TranscriptIndex.video_id).join(Video, Video.id == TranscriptIndex.video_id)
    return await session.scalar(statement.where(Video.identifier == identifier)) is not None


async def list_by_ids(session: AsyncSession, ids: Iterable[int]) -> list[Video]:
    """Return the videos of these numbers, those in the trash included."""
    statement = select(Video).where(Video.id == any_(literal(list(ids), ARRAY(Integer)))).order_by(Video.id)
    return list(await session.scalars(statement, execution_options={"populate_existing": True}))


async def list_all(session: AsyncSession, *, include_deleted: bool = False) -> list[Video]:
    """Return all videos, newest first; see `get_by_identifier`."""
    statement = select(Video).order_by(Video.created_at.desc(), Video.id.desc())
    return list(await session.scalars(_visible(statement, include_deleted)))


async def delete_by_identifier(session: AsyncSession, identifier: str) -> bool:
    """Delete a video; return whether it existed."""
    statement = delete(Video).where(Video.identifier == identifier).returning(Video.id)
    return (await session.scalars(statement)).one_or_none() is not None


async def update(session: AsyncSession, id: int, **fields: Any) -> Video | None:  # noqa: A002
    """Update columns of one row and return it; None if it does not exist.

    Raises:
        ValueError: unknown column.
    """
    unknown = sorted(fields.keys() - _UPDATABLE)
    if unknown:
        raise ValueError(f"videos has no updatable column named {', '.join(unknown)}")
    if not fields:
        return await get_by_id(session, id, include_deleted=True)
    fields = _with_normalised_url(fields)
    statement = sql_update(Video).where(Video.id == id).values(fields).returning(Video)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).one_or_none()


def _visible(statement: Select[*Ts], include_deleted: bool) -> Select[*Ts]:
    """Leave out the videos in the trash unless the caller asks for them."""
    return statement if include_deleted else statement.where(Video.deleted_at.is_(None))


def _with_normalised_url(columns: dict[str, Any]) -> dict[str, Any]:
    """Normalise `source_url`, so that look-ups need a single comparison."""
    if columns.get("source_url") is None:
        return columns
    return columns | {"source_url": normalise_source_url(columns["source_url"])}
