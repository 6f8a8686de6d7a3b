"""Authentication of requests by key, by session, or by address while no key is configured."""

import hmac
import logging
import math
from contextlib import suppress
from dataclasses import dataclass

from redis.asyncio import Redis

from app.core.client_access import api_key_applies, is_loopback_address, require_public_key
from app.core.config import Settings
from app.core.exceptions import TooManyFailuresError, UnauthorizedError
from app.services.access.audit import AuditLog
from app.services.access.failure_limiter import FailureLimiter
from app.services.access.named_keys import PREFIX, NamedKeys
from app.services.access.principal import API_KEY, LOCAL, Principal
from app.services.access.sessions import SessionStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Client address, key and session of a request."""

    client: str | None
    """Address; None for a Unix socket."""
    key: bytes | None = None
    session_id: str | None = None


class ApiAccess:
    """Keys, sessions, limits and the audit log of the API."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._settings = settings
        self._api_key = settings.api_key.get_secret_value() if settings.api_key else None
        self._encodings = _encodings(self._api_key)
        self._failures = FailureLimiter(redis)
        self.keys = NamedKeys()
        self.sessions = SessionStore(redis)
        self.audit = AuditLog(settings)

    def start(self) -> None:
        self.audit.start()

    async def close(self) -> None:
        await self.audit.close()
        await self.keys.close()

    async def authenticate(self, credentials: Credentials) -> Principal:
        """Return the origin of a request.

        A wrong key fails even with a valid session, so that a session cannot be used to guess keys.

        Raises:
            UnauthorizedError: neither a valid key nor a valid session.
            TooManyFailuresError: the client sent too many wrong keys.
            ApiKeyRequiredError: the client is on another machine, and `API_KEY` is missing or too short.
            DatabaseError: a named key cannot be verified.
            SessionStoreError: a session cannot be verified.
        """
        client, key = credentials.client, credentials.key
        is_named = key is not None and key.startswith(PREFIX.encode())
        if self._api_key is None and not is_named and is_loopback_address(client):
            return LOCAL
        if key is not None:
            return await self._with_key(key, client, is_named=is_named)
        if credentials.session_id is not None:
            principal = await self._with_session(credentials.session_id, client)
            if principal is not None:
                return principal
        require_public_key(self._settings, client)
        raise _unauthorized()

    async def open_session(self, principal: Principal) -> str | None:
        """Open a session for the key of a request and return its id; None if the request had no key.

        Raises:
            SessionStoreError: Redis is unavailable.
        """
        if principal.key_id is not None:
            return await self.sessions.open(key_id=principal.key_id)
        if principal == API_KEY:
            return await self.sessions.open(key_id=None, api_key=self._api_key)
        return None

    async def _with_key(self, key: bytes, client: str | None, *, is_named: bool) -> Principal:
        delay = self._failures.delay(client)
        if not delay and api_key_applies(self._settings, client) and self._is_api_key(key):
            return API_KEY
        if is_named:
            # Never limited: these keys cannot be guessed, and others behind the same address may use theirs.
            principal = await self.keys.verify(key, is_limited=delay > 0)
            if principal is not None:
                return principal
        else:
            require_public_key(self._settings, client)
        if delay:
            raise TooManyFailuresError(math.ceil(delay))
        delay = await self._failures.add_failure(client)
        logger.warning("Wrong API key", extra={"client": client, "refused_seconds": math.ceil(delay)})
        raise _unauthorized()

    async def _with_session(self, session_id: str, client: str | None) -> Principal | None:
        session = await self.sessions.find(session_id)
        if session is None:
            return None
        if session.key_id is not None:
            owner = await self.keys.get(session.key_id)
        elif (
            self._api_key is not None
            and api_key_applies(self._settings, client)
            and session.belongs_to(session_id, self._api_key)
        ):
            owner = API_KEY
        else:
            owner = None
        return None if owner is None else Principal(f"session of {owner.actor}", owner.scope)

    def _is_api_key(self, key: bytes) -> bool:
        """Compare in constant time."""
        return any([hmac.compare_digest(encoded, key) for encoded in self._encodings])  # noqa: C419


def _encodings(key: str | None) -> list[bytes]:
    """Return the key as clients send it: curl sends non-ASCII characters as UTF-8, browsers as Latin-1."""
    if key is None:
        return []
    encodings = [key.encode("utf-8")]
    with suppress(UnicodeEncodeError):
        encodings.append(key.encode("latin-1"))
    return encodings


def _unauthorized() -> UnauthorizedError:
    return UnauthorizedError(
        "missing or invalid API key", remedy="send it as Authorization: Bearer …, or open a session"
    )
