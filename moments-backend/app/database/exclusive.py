"""Mutual exclusion of periodic work across processes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select

from app.database.session import transaction


@asynccontextmanager
async def try_exclusive(name: str) -> AsyncIterator[bool]:
    """Yield whether this process holds the lock `name` for the duration of the block, without waiting.

    The lock is a transaction's advisory lock, so it holds one connection and ends with the process.
    """
    async with transaction() as session:
        key = func.hashtextextended(f"exclusive:{name}", 0)
        yield bool(await session.scalar(select(func.pg_try_advisory_xact_lock(key))))
