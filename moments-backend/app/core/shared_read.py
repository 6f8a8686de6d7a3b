"""Reads whose concurrent callers share one result."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedRead(Generic[T]):
    """Calls `read` once for all callers that arrive before it begins, and never twice at the same time.

    Each caller gets a result that was read after its call; any number of them costs at most two reads.
    """

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        if self._next is None:
            self._next = asyncio.create_task(self._run())
            self._next.add_done_callback(_retrieve_exception)
        return await asyncio.shield(self._next)

    async def _run(self) -> T:
        async with self._lock:
            self._next = None
            return await self._read()


def _retrieve_exception(task: "asyncio.Task[T]") -> None:
    """Retrieve the exception, so that asyncio does not log it if every caller was cancelled."""
    if not task.cancelled():
        task.exception()
