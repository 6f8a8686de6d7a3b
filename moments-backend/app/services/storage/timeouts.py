"""How long a request waits for Cloud Storage, which is shorter than the retries of its client take."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from app.core.exceptions import StorageUnavailableError

T = TypeVar("T")

STORAGE_SECONDS = 20.0


async def in_time(call: Coroutine[Any, Any, T]) -> T:
    """Wait for an answer of Cloud Storage as long as a request may. One that comes later is dropped.

    Raises:
        StorageUnavailableError: it took too long.
    """
    task = asyncio.create_task(call)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, also when late
    await asyncio.wait([task], timeout=STORAGE_SECONDS)
    if not task.done():
        raise StorageUnavailableError(
            f"Cloud Storage did not answer within {STORAGE_SECONDS:g} seconds", remedy="try again"
        )
    return task.result()
