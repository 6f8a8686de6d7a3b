"""Replacements of several documents of a video that take effect together with a transaction."""

import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from app.core.exceptions import CancelledByUserError, VideoMomentsError
from app.services.moments.documents import DocumentStore
from app.services.storage.timeouts import limit_call

T = TypeVar("T")

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
        await self.limited(store.replace(self._video_id, stored, before_write=self._ensure_wanted))

    async def limited(self, call: Coroutine[Any, Any, T]) -> T:
        """Return the result of a read or write of a document within the timeout.

        Raises:
            StorageUnavailableError: the timeout has passed.
        """
        return await limit_call(call, self._timeout)

    async def revert(self) -> None:
        """Restore the documents that were replaced. Errors are logged: the bucket may be unavailable."""
        self._is_abandoned = True
        for store, previous in reversed(self._previous):
            try:
                await limit_call(store.replace(self._video_id, previous), REVERT_SECONDS)
            except VideoMomentsError as error:
                path = store.gcs_path(self._video_id)
                logger.warning("document not restored: %s", error, extra={"path": path})

    def _ensure_wanted(self, *_: object) -> None:
        """Stop an upload whose transaction has ended; its thread cannot be cancelled."""
        if self._is_abandoned:
            raise CancelledByUserError("the change of the document was abandoned")
