"""The verbs on the table `moment_marks`.

Session first, never a commit: whoever opened the session ends the transaction.
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
) -> bool:
    """Write `fields` of a mark, which is made where there is none; whether it was done.

    Args:
        moment: the moment as it is; of a mark that stands it stays as it was.
        unless_deleted: leave a moment alone that somebody has deleted. Who comes second waits, and sees.
    """
    columns = {"video_identifier": video_identifier, "moment_id": moment_id, "moment": moment}
    statement = insert(MomentEdit).values(**columns, **fields)
    statement = statement.on_conflict_do_update(
        index_elements=[MomentEdit.video_identifier, MomentEdit.moment_id],
        set_={**fields, "updated_at": func.now()},
        where=MomentEdit.is_deleted.is_(False) if unless_deleted else None,
    )
    return (await session.scalars(statement.returning(MomentEdit.moment_id))).one_or_none() is not None


async def restore(session: AsyncSession, video_identifier: str, moment_id: str) -> bool:
    """Take a deletion back; whether there was one."""
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
    """Remove every mark of the video; how many there were."""
    statement = delete(MomentEdit).where(MomentEdit.video_identifier == video_identifier)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount
