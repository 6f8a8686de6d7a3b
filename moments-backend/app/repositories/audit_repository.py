"""Queries on the table `audit_log`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Conditions on entries; None does not restrict."""

    action: str | None = None
    """An action such as `video.delete`, or the part before the dot."""
    actor: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


async def add(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    target_type: str | None = None,
    target_id: str | None = None,
    details: dict[str, Any] | None = None,
    client: str | None = None,
    request_id: str | None = None,
) -> None:
    """Insert an entry."""
    values = {
        "actor": actor,
        "action": action,
        "target_type": target_type,
        "target_id": target_id,
        "details": details or {},
        "client": client,
        "request_id": request_id,
    }
    await session.execute(insert(AuditEntry).values(values))


async def list_page(
    session: AsyncSession, filters: AuditFilter, *, limit: int, before: int | None = None
) -> Sequence[AuditEntry]:
    """Return entries, newest first.

    Args:
        before: id of the last entry of the previous page.
    """
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if filters.action is not None:
        is_group = "." not in filters.action
        statement = statement.where(
            AuditEntry.action.startswith(f"{filters.action}.", autoescape=True)
            if is_group
            else AuditEntry.action == filters.action
        )
    if filters.actor is not None:
        statement = statement.where(AuditEntry.actor == filters.actor)
    if filters.target is not None:
        statement = statement.where(AuditEntry.target_id == filters.target)
    if filters.since is not None:
        statement = statement.where(AuditEntry.at >= filters.since)
    if filters.until is not None:
        statement = statement.where(AuditEntry.at < filters.until)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    return (await session.scalars(statement)).all()


async def list_latest(
    session: AsyncSession, action: str, *, target: str | None = None, limit: int
) -> Sequence[AuditEntry]:
    """Return the latest entry of each target with this action, or of one target, newest first."""
    latest = select(func.max(AuditEntry.id)).where(AuditEntry.action == action)
    if target is not None:
        latest = latest.where(AuditEntry.target_id == target)
    latest = latest.group_by(AuditEntry.target_id)
    statement = select(AuditEntry).where(AuditEntry.id.in_(latest)).order_by(AuditEntry.id.desc())
    return (await session.scalars(statement.limit(limit))).all()


async def delete_before(session: AsyncSession, time: datetime) -> int:
    """Delete entries older than `time`; return their number."""
    statement = delete(AuditEntry).where(AuditEntry.at < time)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount
