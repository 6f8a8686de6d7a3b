"""One Redis subscription per process, shared by all followers of runs.

It exists while there are followers. Each of them has a mailbox that keeps only the latest state per video and
kind of run, so a slow follower skips states instead of filling the memory.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeAlias, cast

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from app.core.concurrency import cancel_and_wait
from app.core.exceptions import LiveStatusError
from app.core.redis import TIMEOUT_SECONDS
from app.models.pipeline import RUN_KINDS, RunKind, RunState

logger = logging.getLogger(__name__)

PREFIX = "videomoments:pipeline:"

RunKey: TypeAlias = tuple[str, RunKind]
"""A video's id and a kind of run."""


def key_prefix(kind: RunKind) -> str:
    """Return the prefix of the keys and channels of a kind; older versions use only those of `moments`."""
    return PREFIX if kind == "moments" else f"{PREFIX}{kind}:"


def channel(video_id: str, kind: RunKind) -> str:
    return f"{key_prefix(kind)}events:{video_id}"


_PATTERNS: dict[str, RunKind] = {channel("*", kind): kind for kind in RUN_KINDS}

PING_SECONDS = 10.0
"""Time without a message after which Redis is asked whether it still answers."""

MAX_RUNS = 1000
"""Runs in a mailbox. A follower that falls behind further reads the rows again."""


class StatusSubscription:
    """The mailbox of one follower; raises `LiveStatusError` once Redis is unavailable."""

    def __init__(self) -> None:
        self._states: dict[RunKey, RunState] = {}
        self._missed = False
        self._error: LiveStatusError | None = None
        self._changed = asyncio.Event()

    async def next(self, seconds: float) -> RunState | None:
        """Return the latest pending state; None if none arrives within `seconds`."""
        states = await self.pending(seconds)
        return states[-1] if states else None

    async def pending(self, seconds: float) -> list[RunState]:
        """Return the latest pending state of each video and kind.

        Returns:
            An empty list if none arrives within `seconds`, or if there were too many: read the rows instead.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return []
        self._changed.clear()
        if self._error is not None:
            raise self._error
        states = [] if self._missed else list(self._states.values())
        self._states, self._missed = {}, False
        return states

    def put(self, state: RunState) -> None:
        key = (state.video_id, state.kind)
        self._states.pop(key, None)
        if len(self._states) >= MAX_RUNS:
            self._missed = True
        if not self._missed:
            self._states[key] = state
        self._changed.set()

    def fail(self, error: LiveStatusError) -> None:
        self._error = error
        self._changed.set()


class StatusListener:
    """Receives the published states of all videos and distributes them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._followers: dict[RunKey | None, set[StatusSubscription]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._connected: asyncio.Future[None] | None = None

    @asynccontextmanager
    async def subscribe(
        self, video_id: str | None = None, kind: RunKind = "moments"
    ) -> AsyncIterator[StatusSubscription]:
        """Follow a video's runs of one kind, or without a video all runs, during the block.

        Raises:
            LiveStatusError: Redis is unavailable.
        """
        subscription = StatusSubscription()
        key = None if video_id is None else (video_id, kind)
        followers = self._followers.setdefault(key, set())
        followers.add(subscription)
        try:
            await asyncio.shield(self._connect())
            yield subscription
        finally:
            followers.discard(subscription)
            if not followers:
                self._followers.pop(key, None)
            if not self._followers and self._listening is not None:
                listening, self._listening = self._listening, None
                await cancel_and_wait(listening)

    def _connect(self) -> "asyncio.Future[None]":
        """Return a future that is done once the subscription is active; start it if it is not running."""
        if self._connected is None or self._listening is None or self._listening.done():
            self._connected = asyncio.get_running_loop().create_future()
            self._connected.add_done_callback(_retrieve_exception)
            self._listening = asyncio.create_task(self._listen(self._connected))
        return self._connected

    async def _listen(self, connected: "asyncio.Future[None]") -> None:
        pubsub = self._redis.pubsub()
        try:
            with mapped_errors():
                await pubsub.psubscribe(*_PATTERNS)
                for _ in _PATTERNS:
                    await _next_message(pubsub)  # confirms the subscription
                connected.set_result(None)
                await self._distribute(pubsub)
        except LiveStatusError as error:
            if not connected.done():
                connected.set_exception(error)
            for subscription in [one for each in self._followers.values() for one in each]:
                subscription.fail(error)
        finally:
            connected.cancel()
            with suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]  # untyped in redis-py

    async def _distribute(self, pubsub: PubSub) -> None:
        while True:
            message = await _next_message(pubsub)
            if message["type"] != "pmessage":
                continue
            kind = _PATTERNS[message["pattern"]]
            key = (message["channel"].removeprefix(channel("", kind)), kind)
            interested = [*self._followers.get(key, ()), *self._followers.get(None, ())]
            if interested and (state := parse_state(message["data"])):
                for subscription in interested:
                    subscription.put(state)


async def _next_message(pubsub: PubSub) -> dict[str, Any]:
    """Return the next message, pongs included.

    Raises:
        TimeoutError: Redis does not answer a ping, so that messages may be lost.
    """
    message = await pubsub.get_message(timeout=PING_SECONDS)
    if message is None:
        await pubsub.ping()
        message = await pubsub.get_message(timeout=TIMEOUT_SECONDS)
    if message is None:
        raise TimeoutError(f"no answer from Redis within {TIMEOUT_SECONDS:g} s")
    return cast("dict[str, Any]", message)


def parse_state(document: str | bytes) -> RunState | None:
    """Return the state; None if another version of this program wrote it."""
    try:
        return RunState.model_validate_json(document)
    except ValidationError as error:
        logger.warning("Invalid run state in Redis: %s", error.errors(include_input=False)[0]["msg"])
        return None


@contextmanager
def mapped_errors() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise LiveStatusError(
            "Redis unavailable", remedy="check that it is running and that REDIS_HOST is correct"
        ) from error


def _retrieve_exception(future: "asyncio.Future[None]") -> None:
    """Retrieve the exception, so that asyncio does not log that it was never retrieved."""
    if not future.cancelled():
        future.exception()
