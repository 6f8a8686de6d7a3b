"""Queries on the table `moment_feedback`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import MomentFeedback


async def add_all(session: AsyncSession, rows: Iterable[dict[str, Any]]) -> None:
    session.add_all(MomentFeedback(**columns) for columns in rows)
    await session.flush()


async def delete_repeated(
    session: AsyncSession, video_id: int, moment_ids: Collection[str], action: str
) -> None:
    """Delete the rows of an action on moments, which newer ones replace."""
    await session.execute(
        delete(MomentFeedback).where(
            MomentFeedback.video_id == video_id,
            MomentFeedback.moment_id.in_(moment_ids),
            MomentFeedback.action == action,
        )
    )


async def delete_all_but_newest(session: AsyncSession, video_id: int, kept: int) -> None:
    """Delete the oldest rows of a video beyond the number `kept`."""
    of_video = select(MomentFeedback.id).where(MomentFeedback.video_id == video_id)
    newest_deleted = of_video.order_by(MomentFeedback.id.desc()).offset(kept).limit(1).scalar_subquery()
    await session.execute(
        delete(MomentFeedback).where(MomentFeedback.video_id == video_id, MomentFeedback.id <= newest_deleted)
    )


async def list_newest(session: AsyncSession, limit: int) -> Sequence[MomentFeedback]:
    """List the newest rows with scores in the order of their actions."""
    statement = select(MomentFeedback).where(MomentFeedback.scores.is_not(None))
    rows = await session.scalars(statement.order_by(MomentFeedback.id.desc()).limit(limit))
    return rows.all()[::-1]
