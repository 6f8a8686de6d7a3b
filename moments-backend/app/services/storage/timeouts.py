"""How long a request waits for Cloud Storage, which is shorter than the retries of its client take."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from app.core.exceptions import StorageUnavailableError

T = TypeVar("T")

REQUEST_TIMEOUT_SECONDS = 20.0


async def with_request_timeout(call: Coroutine[Any, Any, T]) -> T:
    """Wait for an answer of Cloud Storage as long as a request may. One that comes later is dropped.

    Raises:
        StorageUnavailableError: it took too long.
    """
    task = asyncio.create_task(call)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, also when late
    await asyncio.wait([task], timeout=REQUEST_TIMEOUT_SECONDS)
    if not task.done():
        raise StorageUnavailableError(
            f"Cloud Storage did not answer within {REQUEST_TIMEOUT_SECONDS:g} seconds", remedy="try again"
        )
    return task.result()
