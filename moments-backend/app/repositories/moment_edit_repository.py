"""Queries on the table `moment_marks`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import MomentEdit


async def list_for_video(session: AsyncSession, video_identifier: str) -> Sequence[MomentEdit]:
    statement = select(MomentEdit).where(MomentEdit.video_identifier == video_identifier)
    return (await session.scalars(statement.order_by(MomentEdit.moment_id))).all()


async def upsert(
    session: AsyncSession,
    video_identifier: str,
    moment_id: str,
    moment: dict[str, Any],
    *,
    unless_deleted: bool = True,
    **fields: Any,
) -> MomentEdit | None:
    """Insert an edit, or update `fields` of the existing one; return the row, or None if it was skipped.

    Args:
        moment: the unedited moment; an existing row keeps its own.
        unless_deleted: skip rows already deleted. Concurrent callers serialise on the row lock.
    """
    columns = {"video_identifier": video_identifier, "moment_id": moment_id, "moment": moment}
    statement = insert(MomentEdit).values(**columns, **fields)
    statement = statement.on_conflict_do_update(
        index_elements=[MomentEdit.video_identifier, MomentEdit.moment_id],
        set_={**fields, "updated_at": func.now()},
        where=MomentEdit.is_deleted.is_(False) if unless_deleted else None,
    )
    options = {"populate_existing": True}
    rows = await session.scalars(statement.returning(MomentEdit), execution_options=options)
    return rows.one_or_none()


async def restore(session: AsyncSession, video_identifier: str, moment_id: str) -> bool:
    """Undo a deletion; return whether the moment was deleted."""
    statement = (
        update(MomentEdit)
        .where(
            MomentEdit.video_identifier == video_identifier,
            MomentEdit.moment_id == moment_id,
            MomentEdit.is_deleted.is_(True),
        )
        .values(is_deleted=False, updated_at=func.now())
    )
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount == 1


async def delete_for_video(session: AsyncSession, video_identifier: str) -> int:
    """Delete all edits of the video; return their number."""
    statement = delete(MomentEdit).where(MomentEdit.video_identifier == video_identifier)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount
