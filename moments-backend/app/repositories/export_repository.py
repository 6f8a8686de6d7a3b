"""Queries on the table `exports`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    any_,
    delete,
    func,
    literal,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import Export, ShareLink, Video
from app.database.models.export import ACTIVE as ACTIVE_SQL

ACTIVE = ("queued", "processing")

QUEUE_LOCK = 0x766D_6578_706F  # "vmexpo"
"""Key of the advisory lock that serialises the transactions that add active exports."""

MAX_UNSHARED = 100
"""Exports of ended links that are returned at once."""


class ExportOfVideo(NamedTuple):
    """An export with the identifier of its video."""

    export: Export
    video_id: str


async def lock_queue(session: AsyncSession) -> None:
    """Let one transaction at a time add active exports, so that their number can be limited.

    Take this lock before the lock of any export: two transactions could otherwise wait for each other.
    """
    await session.execute(select(func.pg_advisory_xact_lock(QUEUE_LOCK)))


async def count_active(session: AsyncSession) -> int:
    statement = select(func.count()).select_from(Export).where(text(ACTIVE_SQL))
    return (await session.scalars(statement)).one()


async def insert_missing(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[str]:
    """Insert queued exports except those whose video and key exist; return the ids of the new ones."""
    statement = (
        insert(Export)
        # The time of each row, not of the transaction, so that the list has the order of the request.
        .values([{"state": "queued", "created_at": func.clock_timestamp()} | row for row in rows])
        .on_conflict_do_nothing(index_elements=[Export.video_id, Export.cache_key])
        .returning(Export.id)
    )
    return set(await session.scalars(statement))


async def lock_by_key(session: AsyncSession, video_id: int, cache_keys: Collection[str]) -> dict[str, Export]:
    """Return the exports of a video with these keys, by key, and lock their rows."""
    statement = select(Export).where(Export.video_id == video_id, Export.cache_key.in_(cache_keys))
    rows = await session.scalars(statement.order_by(Export.id).with_for_update())
    return {row.cache_key: row for row in rows}


async def get(session: AsyncSession, export_id: str, *, lock: bool = False) -> Export | None:
    """Return one export; `lock` holds its row lock until the transaction ends."""
    return await session.get(Export, export_id, with_for_update=lock, populate_existing=True)


async def get_with_video(
    session: AsyncSession, export_id: str, *, lock: bool = False, include_deleted: bool = False
) -> ExportOfVideo | None:
    """Return one export with the identifier of its video; `lock` locks the export.

    Args:
        include_deleted: return an export of a video in the trash, too.
    """
    statement = _with_video().where(Export.id == export_id)
    if not include_deleted:
        statement = statement.where(Video.deleted_at.is_(None))
    if lock:
        statement = statement.with_for_update(of=Export)
    found = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    return None if found is None else ExportOfVideo(found[0], found[1])


async def list_page(
    session: AsyncSession,
    *,
    limit: int,
    states: Collection[str] = (),
    video_id: str | None = None,
    after: tuple[datetime, str] | None = None,
) -> list[ExportOfVideo]:
    """Return exports, newest first, with optional filters, without those that only share links use.

    Args:
        video_id: identifier of a video.
        after: `(created_at, id)` of the last export of the previous page.
    """
    statement = _with_video().where(Video.deleted_at.is_(None), ~is_for_share()).limit(limit)
    statement = statement.order_by(Export.created_at.desc(), Export.id.desc())
    if states:
        statement = statement.where(Export.state.in_(states))
    if video_id is not None:
        statement = statement.where(Video.identifier == video_id)
    if after is not None:
        statement = statement.where(tuple_(Export.created_at, Export.id) < tuple_(*after))
    return [ExportOfVideo(row[0], row[1]) for row in await session.execute(statement)]


async def list_completed(
    session: AsyncSession, video_id: str, ids: Collection[str] | None = None
) -> Sequence[Export]:
    """Return the completed exports of a video in order of time: those of `ids`, or all that are listed."""
    statement = (
        select(Export)
        .join(Video, Video.id == Export.video_id)
        .where(Video.identifier == video_id, Video.deleted_at.is_(None), Export.state == "completed")
        .order_by(Export.start_time, Export.created_at, Export.id)
    )
    statement = statement.where(~is_for_share() if ids is None else Export.id.in_(ids))
    return (await session.scalars(statement)).all()


def is_for_share() -> ColumnElement[bool]:
    """Return the condition that only share links use an export."""
    return Export.options.op("?", is_comparison=True)("for_share")


def set_listed(row: Export) -> None:
    """List an export that until now only share links used."""
    row.options = {name: value for name, value in row.options.items() if name != "for_share"}


async def list_unshared(session: AsyncSession, *, now: datetime, created_before: datetime) -> Sequence[str]:
    """Return the exports for share links that no active link uses any more."""
    is_active = ShareLink.revoked_at.is_(None) & (
        ShareLink.expires_at.is_(None) | (ShareLink.expires_at > now)
    )
    is_used = select(ShareLink.id).where(ShareLink.export_id == Export.id, is_active).exists()
    statement = select(Export.id).where(is_for_share(), Export.created_at < created_before, ~is_used)
    return (await session.scalars(statement.order_by(Export.created_at).limit(MAX_UNSHARED))).all()


async def list_active_jobs(session: AsyncSession) -> list[tuple[str, int | None]]:
    """Return `(id, job_id)` of all active exports."""
    statement = select(Export.id, Export.job_id).where(text(ACTIVE_SQL))
    return [(export_id, job_id) for export_id, job_id in await session.execute(statement)]


async def lock_active_of(session: AsyncSession, video_ids: Collection[str]) -> Sequence[Export]:
    """Return the active exports of videos, by identifier, and lock their rows."""
    wanted = any_(literal(list(video_ids), ARRAY(String)))
    numbers = select(Video.id).where(Video.identifier == wanted)
    statement = select(Export).where(text(ACTIVE_SQL), Export.video_id.in_(numbers)).order_by(Export.id)
    return (await session.scalars(statement.with_for_update())).all()


async def has_active(session: AsyncSession, video_id: int) -> bool:
    """Return whether the video, by its number, has an active export."""
    statement = select(Export.id).where(Export.video_id == video_id, Export.state.in_(ACTIVE)).limit(1)
    return await session.scalar(statement) is not None


async def claim(session: AsyncSession, export_id: str, token: str) -> Export | None:
    """Start the export under `token`; return None if it has ended or its cancellation is pending."""
    statement = (
        update(Export)
        .where(Export.id == export_id, Export.state.in_(ACTIVE), Export.cancel_requested.is_(False))
        .values(
            token=token,
            state="processing",
            percent=0,
            started_at=func.coalesce(Export.started_at, func.now()),
        )
        .returning(Export)
    )
    return (await session.scalars(statement)).one_or_none()


def reset(row: Export) -> None:
    """Make an ended export queued again; the caller adds its job."""
    row.state, row.percent, row.error, row.token = "queued", 0.0, None, None
    row.started_at = row.finished_at = None
    row.gcs_path = row.size_bytes = row.duration_seconds = None
    row.cancel_requested, row.takeovers = False, 0


async def save(session: AsyncSession, export_id: str, token: str, **fields: Any) -> bool | None:
    """Update columns of the export if `token` still owns it.

    Returns:
        Whether a cancellation is pending; None if another token owns the export, or it was deleted.
    """
    statement = (
        update(Export)
        .where(Export.id == export_id, Export.token == token, Export.state == "processing")
        .values(fields)
        .returning(Export.cancel_requested)
    )
    return await session.scalar(statement)


async def is_cancelled(session: AsyncSession, export_id: str, token: str) -> bool | None:
    """Return the result of `save` without changing the row."""
    statement = select(Export.cancel_requested).where(
        Export.id == export_id, Export.token == token, Export.state == "processing"
    )
    return await session.scalar(statement)


async def has_key(session: AsyncSession, video_id: int, cache_key: str, *, except_id: str) -> bool:
    """Return whether another export of the video has this key."""
    statement = select(Export.id).where(
        Export.video_id == video_id, Export.cache_key == cache_key, Export.id != except_id
    )
    return await session.scalar(statement) is not None


async def remove(session: AsyncSession, export_id: str) -> None:
    await session.execute(delete(Export).where(Export.id == export_id))


def _with_video() -> Select[Export, str]:
    return select(Export, Video.identifier).join(Video, Video.id == Export.video_id)
