"""Timeout of Cloud Storage calls within an HTTP request; shorter than the client's own retries."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from app.core.exceptions import StorageUnavailableError

T = TypeVar("T")

REQUEST_TIMEOUT_SECONDS = 20.0


async def with_request_timeout(call: Coroutine[Any, Any, T]) -> T:
    """Return the result of `call`, or raise after `REQUEST_TIMEOUT_SECONDS`; a later result is dropped.

    Raises:
        StorageUnavailableError: the timeout has passed.
    """
    task = asyncio.create_task(call)
    # Retrieve the exception, so that asyncio does not log "exception was never retrieved".
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait([task], timeout=REQUEST_TIMEOUT_SECONDS)
    if not task.done():
        raise StorageUnavailableError(
            f"Cloud Storage did not respond within {REQUEST_TIMEOUT_SECONDS:g} seconds", remedy="retry later"
        )
    return task.result()
