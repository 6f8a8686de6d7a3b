"""Queries on the table `api_keys`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import ApiKey

USE_INTERVAL = timedelta(minutes=1)
"""Shortest time between two updates of `last_used_at`."""


async def create(
    session: AsyncSession, *, name: str, hash_: str, scope: str, expires_at: datetime | None
) -> ApiKey | None:
    """Insert a key; return None if the name is taken."""
    statement = (
        insert(ApiKey)
        .values(name=name, hash=hash_, scope=scope, expires_at=expires_at)
        .on_conflict_do_nothing(index_elements=[ApiKey.name])
        .returning(ApiKey)
    )
    return (await session.scalars(statement)).one_or_none()


async def list_all(session: AsyncSession) -> Sequence[ApiKey]:
    """Return all keys by name, also expired and revoked ones."""
    return (await session.scalars(select(ApiKey).order_by(ApiKey.name))).all()


async def list_valid(session: AsyncSession) -> Sequence[ApiKey]:
    """Return the keys that are neither revoked nor expired."""
    statement = select(ApiKey).where(
        ApiKey.revoked_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now())
    )
    return (await session.scalars(statement)).all()


async def get_by_name(session: AsyncSession, name: str) -> ApiKey | None:
    return (await session.scalars(select(ApiKey).where(ApiKey.name == name))).one_or_none()


async def revoke(session: AsyncSession, name: str) -> bool:
    """Revoke a key; return False if there was none to revoke. One of several concurrent callers gets True."""
    statement = (
        update(ApiKey)
        .where(ApiKey.name == name, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(ApiKey.id)
    )
    return (await session.scalars(statement)).one_or_none() is not None


async def record_use(session: AsyncSession, key_id: int) -> None:
    """Set `last_used_at` to now, unless another process did so within the last minute."""
    statement = update(ApiKey).where(
        ApiKey.id == key_id,
        or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < func.now() - USE_INTERVAL),
    )
    await session.execute(statement.values(last_used_at=func.now()))
