"""Live status, lock and recent history of runs in Redis.

Ephemeral: `pipeline_runs` is authoritative, so losing Redis loses only live progress.
"""

import logging
from collections.abc import Awaitable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.config import Settings
from app.models.pipeline import RUN_KINDS, RunKind, RunState
from app.services.pipeline.status_listener import (
    StatusListener,
    StatusSubscription,
    channel,
    key_prefix,
    mapped_errors,
    parse_state,
)

logger = logging.getLogger(__name__)

# Checks the lock atomically, so that a worker that was suspended cannot overwrite its successor's state.
# KEYS: lock, status. ARGV: token, state, expiry in seconds, channel.
_PUBLISH = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[2])
return 1
"""
# KEYS: lock. ARGV: token, seconds.
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class RunStatusStore:
    """Stores and publishes run states; workers log errors of Redis, readers get `LiveStatusError`."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._listener = StatusListener(redis)
        self._lock_seconds = settings.job_lock_ttl
        self._history_seconds = settings.pipeline_history_ttl
        self._history_runs = settings.pipeline_history_max_runs
        self._publish = redis.register_script(_PUBLISH)
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)

    # For workers

    async def acquire(self, video_id: str, token: str, kind: RunKind = "moments") -> None:
        """Set the lock to `token`, replacing any other: the queue gives a run to one worker at a time."""
        with _logged_errors("lock not acquired"):
            await self._redis.set(_lock(video_id, kind), token, ex=self._lock_seconds)

    async def renew(self, video_id: str, token: str, kind: RunKind = "moments") -> bool:
        """Renew the lock, or acquire it again if it expired; return False if another worker holds it."""
        lock = _lock(video_id, kind)
        with _logged_errors("lock not renewed"):
            if await self._renew(keys=[lock], args=[token, self._lock_seconds]):
                return True
            return bool(await self._redis.set(lock, token, ex=self._lock_seconds, nx=True))
        return True

    async def release(self, video_id: str, token: str, kind: RunKind = "moments") -> None:
        with _logged_errors("lock not released"):
            await self._release(keys=[_lock(video_id, kind)], args=[token])

    async def publish(self, state: RunState, token: str) -> None:
        """Store and publish the state if `token` holds the lock."""
        key = (state.video_id, state.kind)
        with _logged_errors("state not published"):
            await self._publish(
                keys=[_lock(*key), _status(*key)],
                args=[token, state.model_dump_json(), self._history_seconds, channel(*key)],
            )

    async def set_status(self, state: RunState) -> None:
        """Store and publish the state of a run without a worker: queued, cancelled or abandoned."""
        key = (state.video_id, state.kind)
        with _logged_errors("state not published"):
            document = state.model_dump_json()
            await self._redis.set(_status(*key), document, ex=self._history_seconds)
            await self._redis.publish(channel(*key), document)

    async def append_history(self, state: RunState) -> None:
        key = _history(state.video_id, state.kind)
        with _logged_errors("history not stored"):
            async with self._redis.pipeline(transaction=True) as commands:
                commands.lpush(key, state.model_dump_json())
                commands.ltrim(key, 0, self._history_runs - 1)
                commands.expire(key, self._history_seconds)
                await commands.execute()

    async def delete(self, video_id: str) -> None:
        """Delete everything about a video; without the locks, its workers publish nothing more."""
        keys = [key(video_id, kind) for kind in RUN_KINDS for key in (_lock, _status, _history)]
        with _logged_errors("status not deleted"):
            await self._redis.delete(*keys)

    # For readers

    async def get(self, video_id: str, kind: RunKind = "moments") -> RunState | None:
        """Return the last published state; None if there is none or another version wrote it."""
        with mapped_errors():
            document = await self._redis.get(_status(video_id, kind))
        return parse_state(document) if document else None

    async def history(self, video_id: str, kind: RunKind = "moments") -> list[RunState]:
        """Return the video's ended runs that have not expired, newest first."""
        with mapped_errors():
            key = _history(video_id, kind)
            documents = await cast("Awaitable[list[str]]", self._redis.lrange(key, 0, -1))
        return [state for document in documents if (state := parse_state(document))]

    def subscribe(
        self, video_id: str | None = None, kind: RunKind = "moments"
    ) -> AbstractAsyncContextManager[StatusSubscription]:
        """Follow the published states of a video's runs of one kind, or of all runs.

        See `StatusListener.subscribe`.
        """
        return self._listener.subscribe(video_id, kind)


def _lock(video_id: str, kind: RunKind) -> str:
    return f"{key_prefix(kind)}lock:{video_id}"


def _status(video_id: str, kind: RunKind) -> str:
    return f"{key_prefix(kind)}status:{video_id}"


def _history(video_id: str, kind: RunKind) -> str:
    return f"{key_prefix(kind)}history:{video_id}"


@contextmanager
def _logged_errors(consequence: str) -> Iterator[None]:
    """Log Redis errors instead of raising them."""
    try:
        yield
    except (RedisError, OSError) as error:
        logger.warning("Redis unavailable: %s", consequence, extra={"cause": error})
