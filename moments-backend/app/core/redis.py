"""The client of the Redis protocol."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.core.config import Settings

TIMEOUT_SECONDS = 2.0
"""To connect, and to wait for an answer. What Redis holds here is never worth a longer wait."""


CONNECTIONS = 10_000
"""Each watcher of a run holds one; the library's own limit is 100."""


def create_redis(settings: Settings) -> Redis:
    """A client for `settings`. It connects at its first command, and again after the server was away."""
    password = settings.redis_password
    return Redis(
        host=settings.redis_host,
        port=settings.redis_port,
        db=settings.redis_db,
        password=password.get_secret_value() if password else None,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
        max_connections=CONNECTIONS,
        decode_responses=True,
        client_name="videomoments",
    )
