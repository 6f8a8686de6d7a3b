"""Whether the servers that the API stands on answer."""

import asyncio
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from app.core.config import Settings
from app.database.session import create_engine
from app.models.schemas import Connection, Health

CHECK_SECONDS = 2.0


async def check_health(settings: Settings, redis: Redis) -> Health:
    """Ask every server at the same time, and none for longer than `CHECK_SECONDS`."""
    found_redis, found_database = await asyncio.gather(
        _answers(lambda: _ping(redis)), _answers(lambda: _select(settings))
    )
    healthy = found_redis == found_database == "connected"
    return Health(status="healthy" if healthy else "unhealthy", redis=found_redis, database=found_database)


async def _answers(check: Callable[[], Awaitable[None]]) -> Connection:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except (RedisError, SQLAlchemyError, OSError, TimeoutError):
        return "disconnected"
    return "connected"


async def _ping(redis: Redis) -> None:
    await redis.ping()


async def _select(settings: Settings) -> None:
    """On a connection of its own: a busy pool is not a dead server."""
    engine = create_engine(settings, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    finally:
        await engine.dispose()
