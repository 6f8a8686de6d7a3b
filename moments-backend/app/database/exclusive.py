"""Mutual exclusion of periodic work across processes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select

from app.database.session import database_timeout, separate_connection, transaction


@asynccontextmanager
async def try_exclusive(name: str) -> AsyncIterator[bool]:
    """Yield whether this process holds the lock `name` for the duration of the block, without waiting.

    The lock is a transaction's advisory lock, so it holds one connection and ends with the process.
    """
    async with transaction() as session:
        key = func.hashtextextended(f"exclusive:{name}", 0)
        yield bool(await session.scalar(select(func.pg_try_advisory_xact_lock(key))))


@asynccontextmanager
async def try_exclusive_for_long(name: str) -> AsyncIterator[bool]:
    """Do the same as `try_exclusive` for a block that may take longer than a transaction.

    The lock has a connection of its own and is released when that closes, also by the end of the process.
    """
    async with separate_connection() as connection:
        async with database_timeout():
            key = func.hashtextextended(f"exclusive:{name}", 0)
            is_held = bool(await connection.scalar(select(func.pg_try_advisory_lock(key))))
        yield is_held
