"""The verbs on the table `videos`.

Session first, never a commit: whoever opened the session ends the transaction.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import String, any_, delete, inspect, literal, select, update as sql_update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import InvalidRequestError
from app.core.urls.normalization import normalise_source_url
from app.database.models import Video


class VideoRef(NamedTuple):
    """A row, as far as a comparison with files and objects needs it."""

    id: int
    identifier: str
    cloud_url: str


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
    """Insert a video, and return the row that stands.

    When another writer was first, that is their row: compare its `cloud_url` with yours. Two writers of one
    identifier wait for each other inside PostgreSQL, so neither sees an error.
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
    """`create`, and whether the row is ours."""
    columns = _with_normalised_address(columns)
    statement = insert(Video).values(columns).on_conflict_do_nothing(index_elements=[Video.identifier])
    while True:
        inserted = (await session.scalars(statement.returning(Video))).one_or_none()
        if inserted is not None:
            return inserted, True
        standing = await get_by_identifier(session, columns["identifier"])
        if standing is not None:  # else: deleted between the two statements, so the name is free again
            return standing, False


async def get_by_identifier(session: AsyncSession, identifier: str) -> Video | None:
    return (await session.scalars(select(Video).where(Video.identifier == identifier))).one_or_none()


async def get_by_id(session: AsyncSession, id: int) -> Video | None:  # noqa: A002 - the column's name
    return await session.get(Video, id)


async def get_by_source_url(session: AsyncSession, source_url: str) -> Video | None:
    """The oldest video of this address, in whichever way that is written; see `app.core.urls.normalization`."""
    try:
        address = normalise_source_url(source_url)
    except InvalidRequestError:
        return None  # no video comes from what is no address
    statement = select(Video).where(Video.source_url == address).order_by(Video.id).limit(1)
    return (await session.scalars(statement)).one_or_none()


async def list_refs(session: AsyncSession, identifiers: Iterable[str] | None = None) -> dict[str, VideoRef]:
    """Every row by its identifier, or those of `identifiers`: one query, however many."""
    statement = select(Video.id, Video.identifier, Video.cloud_url)
    if identifiers is not None:
        # One array: a query takes at most 65,535 parameters.
        statement = statement.where(Video.identifier == any_(literal(list(identifiers), ARRAY(String))))
    return {row.identifier: VideoRef(*row) for row in await session.execute(statement)}


async def get_titles(session: AsyncSession, identifiers: Iterable[str]) -> dict[str, str]:
    """The titles of those videos that have one of their own."""
    statement = select(Video.identifier, Video.title).where(
        Video.identifier == any_(literal(list(identifiers), ARRAY(String))), Video.title.is_not(None)
    )
    return {row.identifier: row.title for row in await session.execute(statement)}


async def list_all(session: AsyncSession) -> list[Video]:
    """Every video, newest first."""
    statement = select(Video).order_by(Video.created_at.desc(), Video.id.desc())
    return list(await session.scalars(statement))


async def delete_by_identifier(session: AsyncSession, identifier: str) -> bool:
    """Whether there was such a video."""
    statement = delete(Video).where(Video.identifier == identifier).returning(Video.id)
    return (await session.scalars(statement)).one_or_none() is not None


async def update(session: AsyncSession, id: int, **fields: Any) -> Video | None:  # noqa: A002
    """Change the named columns of one row; None when there is no such row.

    Raises:
        ValueError: a name that is no column.
    """
    unknown = sorted(fields.keys() - _UPDATABLE)
    if unknown:
        raise ValueError(f"videos has no column to update named {', '.join(unknown)}")
    if not fields:
        return await get_by_id(session, id)
    fields = _with_normalised_address(fields)
    statement = sql_update(Video).where(Video.id == id).values(fields).returning(Video)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).one_or_none()


def _with_normalised_address(columns: dict[str, Any]) -> dict[str, Any]:
    """One source has one address in the table, so that looking it up is one comparison.

    Raises:
        InvalidRequestError: `source_url` is no address.
    """
    if columns.get("source_url") is None:
        return columns
    return columns | {"source_url": normalise_source_url(columns["source_url"])}
