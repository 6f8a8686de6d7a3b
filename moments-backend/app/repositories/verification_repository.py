"""Queries on the table `verification_rounds` and the columns of `videos` that verification writes.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import VerificationRound, Video
from app.database.models.verification_round import ACTIVE

KEPT_ROUNDS = 20


async def start(session: AsyncSession, trigger: str) -> VerificationRound | None:
    """Insert a round; return None if one is active."""
    statement = (
        insert(VerificationRound)
        .values(trigger=trigger)
        .on_conflict_do_nothing(index_elements=[text("(true)")], index_where=text(ACTIVE))
        .returning(VerificationRound)
    )
    return (await session.scalars(statement)).one_or_none()


async def get_active(session: AsyncSession) -> VerificationRound | None:
    return (await session.scalars(select(VerificationRound).where(text(ACTIVE)))).one_or_none()


async def get_latest(session: AsyncSession) -> VerificationRound | None:
    """Return the active round, or the last one."""
    statement = select(VerificationRound).order_by(VerificationRound.id.desc()).limit(1)
    return (await session.scalars(statement)).one_or_none()


async def list_due(session: AsyncSession, before: datetime, limit: int) -> Sequence[Video]:
    """Return videos that were not verified since `before`, those never or longest not verified first."""
    statement = (
        select(Video)
        .where(or_(Video.verified_at.is_(None), Video.verified_at < before), Video.purge_scope.is_(None))
        .order_by(Video.verified_at.asc().nulls_first(), Video.id)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def save_results(
    session: AsyncSession, round_id: int, at: datetime, results: Sequence[tuple[Video, str | None]]
) -> None:
    """Store the problem, or None, of each video, and count them for the round.

    A video whose object was registered again meanwhile stays due.
    """
    table = Video.__table__
    is_same = table.c.md5.is_not_distinct_from(bindparam("hash", type_=table.c.md5.type))
    statement = (
        update(table)  # type: ignore[arg-type]  # the Core table, for `executemany`
        .where(table.c.id == bindparam("row"), table.c.cloud_url == bindparam("url"), is_same)
        .values(verified_at=bindparam("at"), verification_error=bindparam("problem"))
    )
    if results:
        connection = await session.connection()
        values: list[dict[str, Any]] = [
            {"row": video.id, "url": video.cloud_url, "hash": video.md5, "at": at, "problem": problem}
            for video, problem in results
        ]
        await connection.execute(statement, values)
    problems = sum(problem is not None for _, problem in results)
    await session.execute(
        update(VerificationRound)
        .where(VerificationRound.id == round_id)
        .values(
            checked=VerificationRound.checked + len(results),
            problems=VerificationRound.problems + problems,
            error=None,
        )
    )


async def save_error(session: AsyncSession, round_id: int, error: str) -> None:
    await session.execute(
        update(VerificationRound).where(VerificationRound.id == round_id).values(error=error)
    )


async def finish(session: AsyncSession, round_id: int) -> None:
    """End a round, and delete all but the last `KEPT_ROUNDS`."""
    await session.execute(
        update(VerificationRound)
        .where(VerificationRound.id == round_id)
        .values(finished_at=func.now(), error=None)
    )
    await session.execute(
        text("DELETE FROM verification_rounds WHERE id <= :last - :kept"),
        {"last": round_id, "kept": KEPT_ROUNDS},
    )


async def count(session: AsyncSession) -> tuple[int, int, int]:
    """Return the number of videos, of verified ones and of those with a problem."""
    statement = select(
        func.count(), func.count(Video.verified_at), func.count(Video.verification_error)
    ).select_from(Video)
    total, verified, problems = (await session.execute(statement)).one()
    return total, verified, problems


async def list_problems(session: AsyncSession, limit: int) -> Sequence[Video]:
    statement = (
        select(Video).where(Video.verification_error.is_not(None)).order_by(Video.identifier).limit(limit)
    )
    return (await session.scalars(statement)).all()
