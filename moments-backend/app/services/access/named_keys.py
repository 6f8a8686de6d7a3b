"""Verification of named API keys against a copy of the valid ones in memory.

A copy makes wrong keys cheap and survives short outages: an unknown key costs at most a share of one query,
and keys stay valid for `OUTAGE_SECONDS` without PostgreSQL.
"""

import asyncio
import logging
import math
import time
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app.core.clock import utc_now
from app.core.concurrency import cancel_and_wait
from app.core.exceptions import DatabaseError, DatabaseUnavailableError
from app.database.errors import UNAVAILABLE_REMEDY
from app.database.session import transaction
from app.models.access_scope import AccessScope
from app.repositories import api_key_repository
from app.services.access.principal import Principal

logger = logging.getLogger(__name__)

PREFIX = "vm_"
"""Start of every named key, for secret scanners and for people."""
REFRESH_SECONDS = 5.0
"""Longest age of the copy; a revocation takes effect within this time in every process."""
OUTAGE_SECONDS = 60.0
"""Longest age of the copy while PostgreSQL is unavailable."""
MISS_SECONDS = 0.05
"""Shortest time between two queries; all requests with unknown keys that arrive meanwhile share the next."""
LIMITED_MISS_SECONDS = 1.0
"""The same for unknown keys of clients that sent too many wrong ones."""
QUERY_SECONDS = 2.0
RETRY_SECONDS = 1.0
"""Pause after a failed query, during which requests fail at once."""
USE_SECONDS = api_key_repository.USE_INTERVAL.total_seconds()


@dataclass(frozen=True, slots=True)
class _ValidKey:
    id: int
    name: str
    scope: AccessScope
    expires_at: datetime | None

    def principal(self) -> Principal | None:
        """Return the principal, or None if the key has expired since the copy was made."""
        if self.expires_at is not None and self.expires_at <= utc_now():
            return None
        return Principal(self.name, self.scope, self.id)


class NamedKeys:
    """The valid named keys of the table, for one process."""

    def __init__(self) -> None:
        self._by_hash: dict[str, _ValidKey] = {}
        self._by_id: dict[int, _ValidKey] = {}
        self._loaded_at = -math.inf
        """Start of the query that made the copy."""
        self._failed_at = -math.inf
        self._loading = asyncio.Lock()
        self._used_at: dict[int, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def verify(self, key: bytes, *, is_limited: bool = False) -> Principal | None:
        """Return the principal of a key, or None if it is unknown, expired or revoked.

        Args:
            is_limited: the client sent too many wrong keys, so an unknown one may wait for the next query.

        Raises:
            DatabaseError: PostgreSQL is unavailable, and the copy is too old.
        """
        digest, now = sha256(key).hexdigest(), time.monotonic()
        await self._load_newer_than(now - REFRESH_SECONDS)
        if digest not in self._by_hash:  # it may have been created since
            await self._load_newer_than(now - LIMITED_MISS_SECONDS if is_limited else now)
        return self._use(self._by_hash.get(digest))

    async def get(self, key_id: int) -> Principal | None:
        """Return the principal of a valid key by its id.

        Raises:
            DatabaseError: PostgreSQL is unavailable, and the copy is too old.
        """
        await self._load_newer_than(time.monotonic() - REFRESH_SECONDS)
        return self._use(self._by_id.get(key_id))

    async def close(self) -> None:
        await cancel_and_wait(*self._tasks)

    def _use(self, key: _ValidKey | None) -> Principal | None:
        principal = key.principal() if key else None
        if key is not None and principal is not None:
            now = time.monotonic()
            if now - self._used_at.get(key.id, -math.inf) > USE_SECONDS:
                self._used_at[key.id] = now
                task = asyncio.create_task(_record_use(key.id))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return principal

    async def _load_newer_than(self, moment: float) -> None:
        """Query the keys unless the copy was made after `moment`; concurrent callers share a query."""
        if self._loaded_at >= moment:
            return
        async with self._loading:
            if self._loaded_at >= moment:
                return
            now = time.monotonic()
            if now - self._failed_at < RETRY_SECONDS:
                self._require_recent(now)
                return
            await asyncio.sleep(max(0.0, self._loaded_at + MISS_SECONDS - now))
            try:
                await self._query()
            except DatabaseError as error:
                self._failed_at = time.monotonic()
                self._require_recent(self._failed_at, error)

    async def _query(self) -> None:
        started = time.monotonic()
        try:
            async with asyncio.timeout(QUERY_SECONDS), transaction() as session:
                rows = await api_key_repository.list_valid(session)
        except TimeoutError as error:
            raise DatabaseUnavailableError(
                "the database did not return the API keys in time", remedy=UNAVAILABLE_REMEDY
            ) from error
        keys = [
            (row.hash, _ValidKey(row.id, row.name, AccessScope(row.scope), row.expires_at)) for row in rows
        ]
        self._by_hash = dict(keys)
        self._by_id = {key.id: key for _, key in keys}
        self._used_at = {id_: at for id_, at in self._used_at.items() if id_ in self._by_id}
        self._loaded_at = started

    def _require_recent(self, now: float, cause: DatabaseError | None = None) -> None:
        """Accept the copy during an outage.

        Raises:
            DatabaseError: the copy is too old.
        """
        if now - self._loaded_at <= OUTAGE_SECONDS:
            return
        raise cause or DatabaseUnavailableError(
            "named API keys cannot be verified: the database is unavailable", remedy=UNAVAILABLE_REMEDY
        )


async def _record_use(key_id: int) -> None:
    try:
        async with transaction() as session:
            await api_key_repository.record_use(session, key_id)
    except DatabaseError as error:
        logger.info("Use of an API key not recorded: %s", error.cause, extra={"key": key_id})
