"""Redis client."""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.core.config import Settings

TIMEOUT_SECONDS = 2.0
"""Timeout to connect and per response; Redis holds only ephemeral data."""

CONNECTIONS = 64
"""Commands at one time per process; others wait up to `TIMEOUT_SECONDS`. Event streams share one."""


def create_redis(settings: Settings) -> Redis:
    """Create a client, which connects at the first command and reconnects after an outage."""
    password = settings.redis_password
    pool = BlockingConnectionPool(
        max_connections=CONNECTIONS,
        timeout=TIMEOUT_SECONDS,
        host=settings.redis_host,
        port=settings.redis_port,
        db=settings.redis_db,
        password=password.get_secret_value() if password else None,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
        decode_responses=True,
        client_name="videomoments",
    )
    return Redis.from_pool(pool)
