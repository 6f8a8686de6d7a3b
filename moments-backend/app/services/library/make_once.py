"""Work that is done once per video, even for concurrent requests."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from app.core.exceptions import VideoMomentsError, VideoNotFoundError


class MakeOnce:
    """Runs one task per video; further requests wait for it and share its error."""

    def __init__(self, limit: int, too_many: Callable[[int], VideoMomentsError]) -> None:
        """Create the runner.

        Args:
            limit: number of videos at once.
            too_many: error for further ones; called with `limit`.
        """
        self._limit = limit
        self._too_many = too_many
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self, identifier: str, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `make`, or wait for the task of this video that is running.

        Raises:
            VideoNotFoundError: the task was cancelled because the video is being deleted.
            VideoMomentsError: the limit is reached, or an error of `make`.
        """
        task = self._tasks.get(identifier)
        if task is None:
            if len(self._tasks) >= self._limit:
                raise self._too_many(self._limit)
            task = asyncio.create_task(make())
            self._tasks[identifier] = task
            task.add_done_callback(lambda done: self._on_done(identifier, done))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # by `cancel`; otherwise this request was cancelled
                raise VideoNotFoundError(identifier) from None
            raise

    async def cancel(self, identifier: str) -> None:
        """Cancel the task of a video and wait for its end."""
        task = self._tasks.get(identifier)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def close(self) -> None:
        """Cancel all tasks."""
        for identifier in list(self._tasks):
            await self.cancel(identifier)

    def _on_done(self, identifier: str, task: "asyncio.Task[None]") -> None:
        del self._tasks[identifier]
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not log it if all requests were cancelled
