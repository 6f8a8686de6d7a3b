"""Timeout of Cloud Storage calls within an HTTP request; shorter than the client's own retries."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from app.core.exceptions import StorageUnavailableError

T = TypeVar("T")

REQUEST_TIMEOUT_SECONDS = 20.0

CANCEL_SECONDS = 10.0
"""Longest wait for a call in a thread after the cancellation of its caller."""


async def with_request_timeout(call: Coroutine[Any, Any, T]) -> T:
    """Return the result of `call`, or raise after `REQUEST_TIMEOUT_SECONDS`; a later result is dropped.

    Raises:
        StorageUnavailableError: the timeout has passed.
    """
    return await _result_within(asyncio.create_task(call), REQUEST_TIMEOUT_SECONDS)


async def limit_call(call: Coroutine[Any, Any, T], seconds: float | None) -> T:
    """Return the result of `call`, or cancel it and raise after `seconds` without waiting for its thread.

    A cancelled caller waits for the thread, but at most `CANCEL_SECONDS`.

    Args:
        seconds: None for no limit.

    Raises:
        StorageUnavailableError: the timeout has passed.
    """
    task = asyncio.create_task(call)
    try:
        return await _result_within(task, seconds)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_SECONDS)
        raise
    finally:
        task.cancel()  # skips the steps after the one that hangs


async def _result_within(task: "asyncio.Task[T]", seconds: float | None) -> T:
    # Retrieve the exception, so that asyncio does not log "exception was never retrieved".
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait([task], timeout=seconds)
    if not task.done():
        raise StorageUnavailableError(
            f"Cloud Storage did not respond within {seconds:g} seconds", remedy="retry later"
        )
    return task.result()
