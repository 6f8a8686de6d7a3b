"""The audit log: recording, reading and retention."""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from app.core.clock import utc_now
from app.core.concurrency import cancel_and_wait
from app.core.config import Settings
from app.core.exceptions import VideoMomentsError
from app.database.session import transaction
from app.models.audit import AuditRecord
from app.repositories import audit_repository
from app.repositories.audit_repository import AuditFilter

logger = logging.getLogger(__name__)

RECORD_SECONDS = 2.0
"""Longest time that recording delays a response."""
CLEANUP_SECONDS = 3600.0
MAX_DETAILS = 2000
"""Characters of the details as JSON."""
MAX_TEXT = 200
"""Characters of one text in the details."""
MAX_TARGET = 255
MAX_REQUEST_ID = 128
MAX_CLIENT = 64
MAX_ACTOR = 100


class AuditLog:
    """Records changes; while started, it also deletes old entries."""

    def __init__(self, settings: Settings) -> None:
        self._days = settings.audit_days
        self._cleaner: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Delete old entries from now on, once an hour."""
        self._cleaner = asyncio.create_task(self._clean_periodically())

    async def close(self) -> None:
        if self._cleaner:
            await cancel_and_wait(self._cleaner)

    async def record(
        self,
        *,
        actor: str,
        action: str,
        target_type: str | None = None,
        target_id: str | None = None,
        details: Mapping[str, Any] | None = None,
        client: str | None = None,
        request_id: str | None = None,
        max_details: int = MAX_DETAILS,
    ) -> None:
        """Insert an entry. The change has already happened, so a failure is only logged.

        Args:
            max_details: most characters of the details as JSON; larger ones are dropped.
        """
        entry: dict[str, Any] = {
            "actor": actor[:MAX_ACTOR],
            "action": action,
            "target_type": target_type,
            "target_id": None if target_id is None else _storable(target_id)[:MAX_TARGET],
            "details": _limited(details or {}, max_details),
            "client": None if client is None else client[:MAX_CLIENT],
            "request_id": None if request_id is None else request_id[:MAX_REQUEST_ID],
        }
        try:
            async with asyncio.timeout(RECORD_SECONDS), transaction() as session:
                await audit_repository.add(session, **entry)
        except (VideoMomentsError, TimeoutError) as error:
            logger.error("Audit entry not recorded: %s", error, extra=_for_log(entry))  # noqa: TRY400

    async def list_page(
        self, filters: AuditFilter, *, limit: int, before: int | None = None
    ) -> tuple[list[AuditRecord], int | None]:
        """Return entries, newest first, and the position of the next page or None."""
        async with transaction() as session:
            rows = await audit_repository.list_page(session, filters, limit=limit + 1, before=before)
            records = [AuditRecord.model_validate(row) for row in rows[:limit]]
        return records, records[-1].id if len(rows) > limit else None

    async def delete_old(self) -> int:
        """Delete entries older than `AUDIT_DAYS`; return their number."""
        async with transaction() as session:
            return await audit_repository.delete_before(session, utc_now() - timedelta(days=self._days))

    async def _clean_periodically(self) -> None:
        while True:
            with suppress(VideoMomentsError):  # PostgreSQL is unavailable; the next round deletes them
                if count := await self.delete_old():
                    logger.info("Deleted old audit entries", extra={"count": count})
            await asyncio.sleep(CLEANUP_SECONDS)


def _limited(details: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Shorten long texts, and drop details that are large nevertheless."""
    short = {
        name: _storable(value)[:MAX_TEXT] if isinstance(value, str) else value
        for name, value in details.items()
    }
    return short if len(json.dumps(short, default=str)) <= limit else {"truncated": True}


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _for_log(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("actor", "action", "target_id", "client", "request_id")}
