"""Queries on the table `moment_marks`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import MomentEdit

IS_RESTORABLE = MomentEdit.is_deleted & ~MomentEdit.is_purged
"""Deleted moments whose deletion is not final; their clips exist."""


async def lock(session: AsyncSession, video_identifier: str) -> None:
    """Serialise the edits of a video, and the index of its moments, until the transaction ends."""
    key = func.hashtextextended(f"moments:{video_identifier}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def list_for_video(session: AsyncSession, video_identifier: str) -> Sequence[MomentEdit]:
    statement = select(MomentEdit).where(MomentEdit.video_identifier == video_identifier)
    return (await session.scalars(statement.order_by(MomentEdit.moment_id))).all()


async def upsert(
    session: AsyncSession, video_identifier: str, moment_id: str, moment: dict[str, Any], **fields: Any
) -> MomentEdit:
    """Insert an edit, or update `fields` of the existing one, and return the row.

    Args:
        moment: the unedited moment; an existing row keeps its own.
    """
    columns = {"video_identifier": video_identifier, "moment_id": moment_id, "moment": moment}
    statement = insert(MomentEdit).values(**columns, **fields)
    statement = statement.on_conflict_do_update(
        index_elements=[MomentEdit.video_identifier, MomentEdit.moment_id],
        set_={**fields, "updated_at": func.now()},
    )
    options = {"populate_existing": True}
    return (await session.scalars(statement.returning(MomentEdit), execution_options=options)).one()


async def restore(
    session: AsyncSession, video_identifier: str, moment_id: str, *, is_kept: bool
) -> MomentEdit | None:
    """Undo a deletion and return the row; None if the moment was not deleted.

    Args:
        is_kept: keep the moment; False leaves `is_kept` as it is.
    """
    statement = (
        update(MomentEdit)
        .where(
            MomentEdit.video_identifier == video_identifier,
            MomentEdit.moment_id == moment_id,
            MomentEdit.is_deleted.is_(True),
        )
        .values(
            is_deleted=False,
            is_purged=False,
            deleted_at=None,
            is_kept=MomentEdit.is_kept | is_kept,
            updated_at=func.now(),
        )
        .returning(MomentEdit)
    )
    rows = await session.scalars(statement, execution_options={"populate_existing": True})
    return rows.one_or_none()


async def find_restorable(session: AsyncSession, video_identifier: str) -> set[str]:
    """Return the ids of the deleted moments whose deletion is not final."""
    statement = select(MomentEdit.moment_id).where(
        MomentEdit.video_identifier == video_identifier, IS_RESTORABLE
    )
    return set(await session.scalars(statement))


async def find_expired(session: AsyncSession, age: timedelta) -> tuple[Sequence[str], datetime]:
    """Return the videos with restorable moments that were deleted at least `age` ago, and that time.

    By the clock of the database, which set the times: a worker's wrong clock must not purge anything.
    """
    before = (await session.scalars(select(func.now() - age))).one()
    statement = select(MomentEdit.video_identifier).distinct()
    videos = await session.scalars(statement.where(IS_RESTORABLE, MomentEdit.deleted_at < before))
    return videos.all(), before


async def mark_purged(session: AsyncSession, video_identifier: str, moment_ids: Collection[str]) -> None:
    """Make the deletion of restorable moments final.

    The rows of added and trimmed moments are deleted: no run finds these moments again.
    """
    is_one = (
        (MomentEdit.video_identifier == video_identifier)
        & MomentEdit.moment_id.in_(moment_ids)
        & IS_RESTORABLE
    )
    await session.execute(delete(MomentEdit).where(is_one, MomentEdit.is_edited))
    await session.execute(update(MomentEdit).where(is_one).values(is_purged=True))


async def delete_some(session: AsyncSession, video_identifier: str, moment_ids: Collection[str]) -> None:
    """Delete the edits of some moments of the video."""
    await session.execute(
        delete(MomentEdit).where(
            MomentEdit.video_identifier == video_identifier, MomentEdit.moment_id.in_(moment_ids)
        )
    )


async def delete_for_video(session: AsyncSession, video_identifier: str) -> int:
    """Delete all edits of the video; return their number."""
    statement = delete(MomentEdit).where(MomentEdit.video_identifier == video_identifier)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount
