"""Queries on the table `transcript_changes`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import TranscriptChange

MAX_CHANGES = 100
"""Recorded changes of one video; older ones cannot be undone."""

MAX_BYTES = 32 * 1024**2
"""Size of the recorded changes of one video. Imports record whole transcripts."""


async def lock(session: AsyncSession, video_identifier: str) -> None:
    """Acquire the lock of a change, which ends with the transaction; at most one exists on all machines."""
    await session.execute(select(func.pg_advisory_xact_lock(_lock_key(video_identifier))))


async def try_lock(session: AsyncSession, video_identifier: str) -> bool:
    """Acquire the lock unless a change holds it, and return whether it was acquired."""
    key = _lock_key(video_identifier)
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(key))))


async def newest(session: AsyncSession, video_identifier: str) -> TranscriptChange | None:
    statement = select(TranscriptChange).where(TranscriptChange.video_identifier == video_identifier)
    return (await session.scalars(statement.order_by(TranscriptChange.id.desc()).limit(1))).one_or_none()


async def add(session: AsyncSession, video_identifier: str, action: str, change: dict[str, Any]) -> None:
    """Record a change, and delete those beyond `MAX_CHANGES` and `MAX_BYTES`; the newest always remains."""
    session.add(TranscriptChange(video_identifier=video_identifier, action=action, change=change))
    await session.flush()
    newest_first = TranscriptChange.id.desc()
    ranked = (
        select(
            TranscriptChange.id,
            func.row_number().over(order_by=newest_first).label("number"),
            func.sum(func.pg_column_size(TranscriptChange.change)).over(order_by=newest_first).label("bytes"),
        )
        .where(TranscriptChange.video_identifier == video_identifier)
        .subquery()
    )
    is_over = (ranked.c.number > 1) & ((ranked.c.number > MAX_CHANGES) | (ranked.c.bytes > MAX_BYTES))
    await session.execute(
        delete(TranscriptChange).where(TranscriptChange.id.in_(select(ranked.c.id).where(is_over)))
    )


async def remove(session: AsyncSession, change_id: int) -> None:
    await session.execute(delete(TranscriptChange).where(TranscriptChange.id == change_id))


async def delete_for_video(session: AsyncSession, video_identifier: str) -> None:
    await session.execute(
        delete(TranscriptChange).where(TranscriptChange.video_identifier == video_identifier)
    )


def _lock_key(video_identifier: str) -> ColumnElement[int]:
    return func.hashtextextended(f"transcript:{video_identifier}", 0)
