"""Queries on the table `bulk_operations`, and the set-based changes of its actions.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import BulkOperation, Video
from app.models.tags import MAX_TAGS
from app.repositories.trash_repository import VideoKey, has_id, has_identifier
from app.repositories.video_filter import VideoFilter

ACTIVE = ("queued", "processing", "cancelling")


class Candidate(NamedTuple):
    """A selected video."""

    id: int
    identifier: str
    is_deleted: bool


async def add(session: AsyncSession, **columns: Any) -> BulkOperation:
    row = BulkOperation(**columns)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def get(session: AsyncSession, operation_id: str, *, lock: bool = False) -> BulkOperation | None:
    """Return one operation; `lock` holds its row lock until the transaction ends."""
    return await session.get(BulkOperation, operation_id, with_for_update=lock, populate_existing=True)


async def list_latest(session: AsyncSession, limit: int) -> Sequence[BulkOperation]:
    """Return the latest operations, newest first."""
    statement = select(BulkOperation).order_by(BulkOperation.created_at.desc(), BulkOperation.id.desc())
    return (await session.scalars(statement.limit(limit))).all()


async def list_active_jobs(session: AsyncSession) -> list[tuple[str, int | None]]:
    """Return `(id, job_id)` of the operations that a worker has to finish."""
    statement = select(BulkOperation.id, BulkOperation.job_id).where(BulkOperation.state.in_(ACTIVE))
    return [(operation_id, job_id) for operation_id, job_id in await session.execute(statement)]


async def claim(session: AsyncSession, operation_id: str) -> BulkOperation | None:
    """Return the operation to carry out; None if it has ended or is being cancelled."""
    statement = (
        update(BulkOperation)
        .where(BulkOperation.id == operation_id, BulkOperation.state.in_(("queued", "processing")))
        .values(state="processing")
        .returning(BulkOperation)
    )
    return (await session.scalars(statement)).one_or_none()


async def save_progress(
    session: AsyncSession,
    operation_id: str,
    *,
    position: int,
    changed: int,
    failures: Sequence[dict[str, str]],
    max_failures: int,
) -> str | None:
    """Record that the videos up to `position` are processed; return the state, None if the row is gone.

    A worker that was suspended, whose operation another one continues, does not set the position back.
    """
    kept = func.jsonb_array_length(BulkOperation.failures)
    added = literal(list(failures), JSONB)
    statement = (
        update(BulkOperation)
        .where(BulkOperation.id == operation_id, BulkOperation.position < position)
        .values(
            position=position,
            done=BulkOperation.total - func.cardinality(BulkOperation.video_ids) + position,
            changed=BulkOperation.changed + changed,
            failed=BulkOperation.failed + len(failures),
            failures=func.coalesce(
                select(BulkOperation.failures.op("||")(added)).where(kept < max_failures).scalar_subquery(),
                BulkOperation.failures,
            )
            if failures
            else BulkOperation.failures,
        )
    )
    await session.execute(statement)
    return await session.scalar(select(BulkOperation.state).where(BulkOperation.id == operation_id))


async def finish(session: AsyncSession, operation_id: str, state: str) -> None:
    statement = update(BulkOperation).where(BulkOperation.id == operation_id, BulkOperation.state.in_(ACTIVE))
    await session.execute(statement.values(state=state, finished_at=func.now()))


async def delete_before(session: AsyncSession, before: datetime) -> None:
    """Delete ended operations that are older."""
    statement = delete(BulkOperation).where(
        BulkOperation.created_at < before, BulkOperation.state.not_in(ACTIVE)
    )
    await session.execute(statement)


async def delete_merges_into(session: AsyncSession, identifier: str) -> None:
    """Delete the records of merges whose kept video is deleted."""
    await session.execute(
        delete(BulkOperation).where(
            BulkOperation.action == "merge", BulkOperation.parameters["keep"].astext == identifier
        )
    )


async def select_by_identifier(session: AsyncSession, identifiers: Collection[str]) -> list[Candidate]:
    """Return the videos with these identifiers, also those in the trash."""
    columns = select(Video.id, Video.identifier, Video.deleted_at.is_not(None))
    statement = columns.where(has_identifier(identifiers), Video.purge_scope.is_(None)).order_by(Video.id)
    return [Candidate(*row) for row in await session.execute(statement)]


async def select_by_number(session: AsyncSession, ids: Collection[int]) -> list[Candidate]:
    """Return the videos with these numbers, also those in the trash."""
    columns = select(Video.id, Video.identifier, Video.deleted_at.is_not(None))
    statement = columns.where(has_id(ids), Video.purge_scope.is_(None)).order_by(Video.id)
    return [Candidate(*row) for row in await session.execute(statement)]


async def select_by_filter(session: AsyncSession, video_filter: VideoFilter) -> list[Candidate]:
    """Return the videos of the library that match a filter of the list."""
    conditions = " AND ".join(("deleted_at IS NULL", *video_filter.conditions()))
    query = f"SELECT id, identifier, false FROM videos WHERE {conditions} ORDER BY id"  # noqa: S608 - constants of VideoFilter
    connection = await session.connection()
    rows = await connection.exec_driver_sql(query, video_filter.parameters())
    return [Candidate._make(row) for row in rows]


async def get_identifiers(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """Return the identifiers of videos by number; deleted rows are missing."""
    statement = select(Video.id, Video.identifier).where(has_id(ids))
    return {row.id: row.identifier for row in await session.execute(statement)}


_ADD_TAGS = text(
    """
    UPDATE videos SET tags = videos.tags || added.tags
    FROM (SELECT id, ARRAY(
              SELECT tag FROM unnest(CAST(:tags AS text[])) WITH ORDINALITY AS given (tag, number)
              WHERE lower(tag) <> ALL (SELECT lower(own) FROM unnest(tags) AS own) ORDER BY number) AS tags
          FROM videos WHERE id = ANY (CAST(:ids AS integer[])) AND deleted_at IS NULL FOR UPDATE) AS added
    WHERE videos.id = added.id AND added.tags <> '{}' AND cardinality(videos.tags || added.tags) <= :most
    RETURNING videos.id, identifier
    """
)
_LACKING = text(
    """
    SELECT id, identifier FROM videos
    WHERE id = ANY (CAST(:ids AS integer[])) AND deleted_at IS NULL AND EXISTS (
        SELECT FROM unnest(CAST(:tags AS text[])) AS given
        WHERE lower(given) <> ALL (SELECT lower(own) FROM unnest(tags) AS own))
    """
)
_REMOVE_TAGS = text(
    """
    UPDATE videos SET tags = kept.tags
    FROM (SELECT id, ARRAY(
              SELECT tag FROM unnest(tags) WITH ORDINALITY AS own (tag, number)
              WHERE lower(tag) <> ALL (SELECT lower(given) FROM unnest(CAST(:tags AS text[])) AS given)
              ORDER BY number) AS tags
          FROM videos WHERE id = ANY (CAST(:ids AS integer[])) AND deleted_at IS NULL FOR UPDATE) AS kept
    WHERE videos.id = kept.id AND cardinality(kept.tags) < cardinality(videos.tags)
    RETURNING videos.id, identifier
    """
)


async def add_tags(session: AsyncSession, ids: Collection[int], tags: Sequence[str]) -> list[VideoKey]:
    """Append tags to videos of the library; return the videos that did not have all of them.

    Case does not distinguish tags. Videos that would get more than `MAX_TAGS` stay as they are.
    """
    rows = await session.execute(_ADD_TAGS, {"ids": list(ids), "tags": list(tags), "most": MAX_TAGS})
    return [VideoKey(*row) for row in rows]


async def list_full(session: AsyncSession, ids: Collection[int], tags: Sequence[str]) -> list[VideoKey]:
    """Return the videos that lack one of the tags: those that `add_tags` left as they were."""
    rows = await session.execute(_LACKING, {"ids": list(ids), "tags": list(tags)})
    return [VideoKey(*row) for row in rows]


async def remove_tags(session: AsyncSession, ids: Collection[int], tags: Sequence[str]) -> list[VideoKey]:
    """Remove tags of videos of the library; return the videos that had one of them."""
    rows = await session.execute(_REMOVE_TAGS, {"ids": list(ids), "tags": list(tags)})
    return [VideoKey(*row) for row in rows]


async def set_favorite(session: AsyncSession, ids: Collection[int], *, is_favorite: bool) -> list[VideoKey]:
    """Mark videos of the library as favourites, or remove the mark; return those that changed."""
    statement = (
        update(Video)
        .where(has_id(ids), Video.deleted_at.is_(None), Video.is_favorite.is_(not is_favorite))
        .values(is_favorite=is_favorite)
        .returning(Video.id, Video.identifier)
    )
    return [VideoKey(*row) for row in await session.execute(statement)]
