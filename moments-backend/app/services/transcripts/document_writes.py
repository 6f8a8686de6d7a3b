"""Replacements of several documents of a video that take effect together with a transaction."""

import asyncio
import logging
from typing import Any

from app.core.exceptions import CancelledByUserError, StorageUnavailableError, VideoMomentsError
from app.services.moments.documents import DocumentStore

logger = logging.getLogger(__name__)

REVERT_SECONDS = 10.0
"""Longest time for restoring a document."""


class DocumentWrites:
    """Replaces documents in the bucket and on the disk; `revert` restores the previous ones.

    Args:
        timeout: seconds for one replacement; None leaves it to the client's own retries.
    """

    def __init__(self, video_id: str, *, timeout: float | None) -> None:
        self._video_id = video_id
        self._timeout = timeout
        self._is_abandoned = False
        self._previous: list[tuple[DocumentStore[Any], bytes | None]] = []

    async def replace(self, store: DocumentStore[Any], previous: bytes | None, stored: bytes | None) -> None:
        """Replace one document; None deletes it.

        Raises:
            StorageError, LocalFileError: it could not be replaced; call `revert`.
        """
        self._previous.append((store, previous))
        limit = asyncio.timeout(self._timeout)
        try:
            async with limit:
                await store.replace(self._video_id, stored, before_write=self._ensure_wanted)
        except TimeoutError:
            if not limit.expired():
                raise
            raise StorageUnavailableError(
                f"Cloud Storage did not respond within {self._timeout:g} seconds", remedy="retry later"
            ) from None

    async def revert(self) -> None:
        """Restore the documents that were replaced. Errors are logged: the bucket may be unavailable."""
        self._is_abandoned = True
        for store, previous in reversed(self._previous):
            try:
                async with asyncio.timeout(REVERT_SECONDS):
                    await store.replace(self._video_id, previous)
            except (VideoMomentsError, TimeoutError) as error:
                path = store.gcs_path(self._video_id)
                logger.warning("document not restored: %s", error, extra={"path": path})

    def _ensure_wanted(self, *_: object) -> None:
        """Stop an upload whose transaction has ended; its thread cannot be cancelled."""
        if self._is_abandoned:
            raise CancelledByUserError("the change of the document was abandoned")
