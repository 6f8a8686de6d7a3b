"""Whether the servers that the API stands on answer."""

import asyncio
from collections.abc import Awaitable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.exceptions import DatabaseError
from app.database.read_pool import ReadPool
from app.models.schemas import Connection, Health

CHECK_SECONDS = 2.0


async def check_health(reader: ReadPool, redis: Redis) -> Health:
    """Ask every server at the same time, and none for longer than `CHECK_SECONDS`."""
    found_redis, found_database = await asyncio.gather(_answers(_ping(redis)), _answers(reader.ping()))
    healthy = found_redis == found_database == "connected"
    return Health(status="healthy" if healthy else "unhealthy", redis=found_redis, database=found_database)


async def _ping(redis: Redis) -> None:
    await redis.ping()


async def _answers(check: Awaitable[None]) -> Connection:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check
    except (RedisError, DatabaseError, OSError):  # TimeoutError is an OSError
        return "disconnected"
    return "connected"
