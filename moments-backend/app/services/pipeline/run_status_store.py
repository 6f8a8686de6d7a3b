"""What changes by the second: the state of a running pipeline, its lock and its history, in Redis.

Everything here is a copy, or ends with the run. `pipeline_runs` has what must last, so a Redis that is away
or was emptied costs the percentages and nothing else.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import cast

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from app.core.config import Settings
from app.core.exceptions import LiveStatusError
from app.models.pipeline import RunState

logger = logging.getLogger(__name__)

PREFIX = "videomoments:pipeline:"
CHANNELS = f"{PREFIX}events:"

# A worker that was silent and comes back must not write over its successor: the lock is looked at in the same
# step. KEYS: lock, status. ARGV: token, state, seconds to keep it, channel.
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
    """The copy in Redis. Where it says so, a Redis that is away is logged and otherwise ignored."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._lock_seconds = settings.job_lock_ttl
        self._history_seconds = settings.pipeline_history_ttl
        self._history_runs = settings.pipeline_history_max_runs
        self._publish = redis.register_script(_PUBLISH)
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)

    # For the worker that has the run; a Redis that is away is ignored

    async def acquire(self, video_id: str, token: str) -> None:
        """Make `token` the lock's. The queue gives a run to one worker at a time: whoever held it is gone."""
        with _forgiven("the lock was not taken"):
            await self._redis.set(_lock(video_id), token, ex=self._lock_seconds)

    async def renew(self, video_id: str, token: str) -> bool:
        """Renew the lock; False when it is somebody else's. One that ran out, or was lost, is taken again."""
        with _forgiven("the lock was not renewed"):
            if await self._renew(keys=[_lock(video_id)], args=[token, self._lock_seconds]):
                return True
            taken = await self._redis.set(_lock(video_id), token, ex=self._lock_seconds, nx=True)
            return bool(taken)
        return True

    async def release(self, video_id: str, token: str) -> None:
        with _forgiven("the lock was not released"):
            await self._release(keys=[_lock(video_id)], args=[token])

    async def publish(self, state: RunState, token: str) -> None:
        """Show the state to whoever looks, if the lock is ours."""
        with _forgiven("the state was not shown"):
            await self._publish(
                keys=[_lock(state.video_id), _status(state.video_id)],
                args=[token, state.model_dump_json(), self._history_seconds, _channel(state.video_id)],
            )

    async def set_status(self, state: RunState) -> None:
        """Show the state of a run that no worker has: queued, cancelled, given up."""
        with _forgiven("the state was not shown"):
            document = state.model_dump_json()
            await self._redis.set(_status(state.video_id), document, ex=self._history_seconds)
            await self._redis.publish(_channel(state.video_id), document)

    async def append_history(self, state: RunState) -> None:
        """Add a run that has ended to the video's history."""
        key = _history(state.video_id)
        with _forgiven("the history was not kept"):
            async with self._redis.pipeline(transaction=True) as commands:
                commands.lpush(key, state.model_dump_json())
                commands.ltrim(key, 0, self._history_runs - 1)
                commands.expire(key, self._history_seconds)
                await commands.execute()

    async def delete(self, video_id: str) -> None:
        """The video is deleted. Its lock goes too, so the worker that still has it shows nothing any more."""
        with _forgiven("the status was not removed"):
            await self._redis.delete(_lock(video_id), _status(video_id), _history(video_id))

    # For whoever looks

    async def get(self, video_id: str) -> RunState | None:
        """The last state that was shown; None also where it is of another version of this program.

        Raises:
            LiveStatusError: Redis is away.
        """
        with _translated():
            document = await self._redis.get(_status(video_id))
        return _state(document) if document else None

    async def history(self, video_id: str) -> list[RunState]:
        """The video's last runs that have ended, newest first, as far as Redis remembers.

        Raises:
            LiveStatusError: Redis is away.
        """
        with _translated():
            documents = await cast("Awaitable[list[str]]", self._redis.lrange(_history(video_id), 0, -1))
        return [state for document in documents if (state := _state(document))]

    @asynccontextmanager
    async def subscribe(self, video_id: str | None = None) -> AsyncIterator["StatusSubscription"]:
        """Hears of every state that is shown from the start of the block on; without a video, of all videos.

        Raises:
            LiveStatusError: Redis is away.
        """
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            with _translated():
                if video_id is None:
                    await pubsub.psubscribe(f"{CHANNELS}*")
                else:
                    await pubsub.subscribe(_channel(video_id))
            yield StatusSubscription(pubsub)
        finally:
            with suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]  # the library's own gap


class StatusSubscription:
    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub

    async def next(self, seconds: float) -> RunState | None:
        """The next state that is shown; None when there was none for so long.

        Of several that wait it is the last: the caller may have seen what came of the others elsewhere.

        Raises:
            LiveStatusError: Redis is away.
        """
        states = await self.pending(seconds)
        return states[-1] if states else None

    async def pending(self, seconds: float) -> list[RunState]:
        """The states that are shown next, of each video the last; none when there was none for so long.

        Raises:
            LiveStatusError: Redis is away.
        """
        documents: dict[str, str] = {}
        with _translated():
            message = await self._pubsub.get_message(timeout=seconds)
            while message is not None:
                channel = message["channel"]
                documents.pop(channel, None)
                documents[channel] = message["data"]
                message = await self._pubsub.get_message(timeout=0)
        return [state for document in documents.values() if (state := _state(document))]


def _state(document: str | bytes) -> RunState | None:
    try:
        return RunState.model_validate_json(document)
    except ValidationError as error:
        logger.warning("a state in Redis cannot be read: %s", error.errors(include_input=False)[0]["msg"])
        return None


def _lock(video_id: str) -> str:
    return f"{PREFIX}lock:{video_id}"


def _status(video_id: str) -> str:
    return f"{PREFIX}status:{video_id}"


def _history(video_id: str) -> str:
    return f"{PREFIX}history:{video_id}"


def _channel(video_id: str) -> str:
    return f"{CHANNELS}{video_id}"


@contextmanager
def _forgiven(consequence: str) -> Iterator[None]:
    """A Redis that is away is logged, and nothing more."""
    try:
        yield
    except (RedisError, OSError) as error:
        logger.warning("Redis is away: %s", consequence, extra={"cause": error})


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise LiveStatusError(
            "Redis cannot be reached", remedy="check that it runs and REDIS_HOST is right"
        ) from error
