"""Mutual exclusion of periodic work across processes."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.functions import Function

from app.core.exceptions import DatabaseError
from app.database.session import database_timeout, separate_connection

logger = logging.getLogger(__name__)


@asynccontextmanager
async def try_exclusive_for_long(name: str) -> AsyncIterator[bool]:
    """Yield whether this process holds the lock `name` for the duration of the block, without waiting.

    The lock has a connection of its own, so that the block may take long. The end of the process releases it.
    """
    key = func.hashtextextended(f"exclusive:{name}", 0)
    async with separate_connection() as connection:
        async with database_timeout():
            is_held = bool(await connection.scalar(select(func.pg_try_advisory_lock(key))))
        try:
            yield is_held
        finally:
            if is_held:
                await _release(connection, key)


async def _release(connection: AsyncConnection, key: Function[Any]) -> None:
    """Release a lock before its connection closes: PostgreSQL notices the end of a connection only later."""
    try:
        async with database_timeout():
            await connection.scalar(select(func.pg_advisory_unlock(key)))
    except DatabaseError as error:
        logger.warning("A lock is released only when PostgreSQL ends its connection: %s", error.cause)
