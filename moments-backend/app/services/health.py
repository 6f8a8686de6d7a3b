"""Availability of the servers that the API needs."""

import asyncio
from collections.abc import Awaitable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.exceptions import DatabaseError
from app.database.read_pool import ReadPool
from app.models.schemas import Connection, Health

TIMEOUT_SECONDS = 2.0


async def check_health(read_pool: ReadPool, redis: Redis) -> Health:
    """Check all servers concurrently, each for at most `TIMEOUT_SECONDS`."""
    redis_state, database_state = await asyncio.gather(_check(_ping(redis)), _check(read_pool.ping()))
    is_healthy = redis_state == database_state == "connected"
    status = "healthy" if is_healthy else "unhealthy"
    return Health(status=status, redis=redis_state, database=database_state)


async def _ping(redis: Redis) -> None:
    await redis.ping()


async def _check(ping: Awaitable[None]) -> Connection:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await ping
    except (RedisError, DatabaseError, OSError):  # TimeoutError is an OSError
        return "disconnected"
    return "connected"
