"""Browser sessions in Redis: random ids, of which only hashes are stored.

A `<video>` element cannot send a key as a header, hence sessions. Losing Redis ends all of them.
"""

import asyncio
import hmac
import logging
import math
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.exceptions import SessionStoreError

T = TypeVar("T")

logger = logging.getLogger(__name__)

SESSION_SECONDS = 7 * 24 * 3600
"""Validity of a session, which use does not extend."""
ID_BYTES = 32
MAX_SESSIONS_PER_KEY = 1000
"""Opening one more ends the oldest."""
CACHE_SESSIONS = 1000
CACHE_SECONDS = 900.0
"""Time for which a session that this process has verified is accepted while Redis is unavailable."""
REDIS_SECONDS = 1.0
RETRY_SECONDS = 2.0
"""Pause after a failed command, during which requests use the cache at once."""
PREFIX = "videomoments:session:"
INDEX_PREFIX = "videomoments:sessions:"
_ID = re.compile(r"[A-Za-z0-9_-]{43}")

# Redis Cluster is not supported: the keys of the sessions to end are known only inside the script.
# KEYS: session, index of its key. ARGV: digest, record, seconds, now, maximum, prefix.
_OPEN = """
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])
local excess = redis.call('ZCARD', KEYS[2]) - ARGV[5] + 1
if excess > 0 then
    local oldest = redis.call('ZPOPMIN', KEYS[2], excess)
    for i = 1, #oldest, 2 do redis.call('DEL', ARGV[6] .. oldest[i]) end
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[4] + ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[3])
"""


class Session(BaseModel, frozen=True):
    """The record of a session."""

    key_id: int | None
    """Id of the named key that opened it; None: `API_KEY`."""
    binding: str | None = None
    """HMAC of `API_KEY` under the session's id, which ends the session when the key changes.

    Redis does not contain the id, so its content does not help to guess the key.
    """
    expires_at: float
    """Unix time."""

    def belongs_to(self, session_id: str, api_key: str) -> bool:
        return self.binding is not None and hmac.compare_digest(self.binding, _binding(session_id, api_key))


@dataclass(frozen=True, slots=True)
class _Cached:
    session: Session
    verified_at: float


class SessionStore:
    """The sessions, with a cache that is used only while Redis is unavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._open = redis.register_script(_OPEN)
        self._cache: OrderedDict[str, _Cached] = OrderedDict()
        self._revoked: OrderedDict[str, None] = OrderedDict()
        self._failed_at = -math.inf

    async def open(self, *, key_id: int | None, api_key: str | None = None) -> str:
        """Open a session and return its id.

        Args:
            key_id: id of the named key; None for `api_key`.

        Raises:
            SessionStoreError: Redis is unavailable.
        """
        session_id, now = secrets.token_urlsafe(ID_BYTES), time.time()
        session = Session(
            key_id=key_id,
            binding=None if api_key is None else _binding(session_id, api_key),
            expires_at=now + SESSION_SECONDS,
        )
        digest = _digest(session_id)
        async with self._commands():
            await self._open(
                keys=[PREFIX + digest, _index(session)],
                args=[
                    *(digest, session.model_dump_json(), SESSION_SECONDS),
                    *(repr(now), MAX_SESSIONS_PER_KEY, PREFIX),
                ],
            )
        return session_id

    async def find(self, session_id: str) -> Session | None:
        """Return the session, or None if it never existed, expired or was revoked.

        Raises:
            SessionStoreError: Redis is unavailable, and this process has not verified the session recently.
        """
        if not _ID.fullmatch(session_id):
            return None
        digest = _digest(session_id)
        if digest in self._revoked:
            return None
        try:
            session = await self._load(digest)
        except SessionStoreError:
            cached = self._cache.get(digest)
            if cached is None or time.monotonic() - cached.verified_at > CACHE_SECONDS:
                raise
            session = cached.session
        if session is None or session.expires_at <= time.time() or digest in self._revoked:
            self._cache.pop(digest, None)
            return None
        return session

    async def revoke(self, session_id: str) -> None:
        """End a session in every process.

        Raises:
            SessionStoreError: Redis is unavailable; only this process rejects the session.
        """
        if not _ID.fullmatch(session_id):
            return
        digest = _digest(session_id)
        self._cache.pop(digest, None)
        # Also rejects requests that read the session just before, or use it after an outage of Redis.
        _remember(self._revoked, digest, None)
        async with self._commands():
            session = _parsed(await self._redis.getdel(PREFIX + digest))
            if session is not None:
                await self._redis.zrem(_index(session), digest)

    async def _load(self, digest: str) -> Session | None:
        async with self._commands():
            session = _parsed(await self._redis.get(PREFIX + digest))
        if session is None:
            self._cache.pop(digest, None)
        else:
            _remember(self._cache, digest, _Cached(session, time.monotonic()))
        return session

    @asynccontextmanager
    async def _commands(self) -> AsyncIterator[None]:
        """Map errors of Redis, and fail at once for a moment after one.

        Raises:
            SessionStoreError: Redis is unavailable or did not respond in time.
        """
        if time.monotonic() - self._failed_at < RETRY_SECONDS:
            raise _unavailable()
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                yield
        except (RedisError, OSError, TimeoutError) as error:
            self._failed_at = time.monotonic()
            logger.warning("Redis unavailable for sessions: %s", error)
            raise _unavailable() from error


def _remember(sessions: OrderedDict[str, T], digest: str, value: T) -> None:
    """Add an entry, and remove the oldest if there are too many."""
    sessions[digest] = value
    sessions.move_to_end(digest)
    if len(sessions) > CACHE_SESSIONS:
        sessions.popitem(last=False)


def _parsed(text: str | bytes | None) -> Session | None:
    try:
        return None if text is None else Session.model_validate_json(text)
    except ValidationError:  # written by another version
        return None


def _unavailable() -> SessionStoreError:
    return SessionStoreError(
        "sessions cannot be verified: Redis is unavailable",
        remedy="try again, send the API key as a header, or check Redis with `videomoments doctor`",
    )


def _digest(session_id: str) -> str:
    return sha256(session_id.encode("ascii")).hexdigest()


def _binding(session_id: str, api_key: str) -> str:
    return hmac.new(session_id.encode("ascii"), api_key.encode("utf-8"), sha256).hexdigest()


def _index(session: Session) -> str:
    return INDEX_PREFIX + ("api-key" if session.key_id is None else str(session.key_id))
