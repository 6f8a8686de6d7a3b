"""Periodic tasks of a worker."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.core.concurrency import cancel_and_wait
from app.core.exceptions import VideoMomentsError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """A function that every worker calls at an interval; it must be safe in several workers at once."""

    name: str
    """For the log: `Periodic task failed: <name>`."""
    interval: float
    """Seconds between the end of a call and the next one."""
    run: Callable[[], Awaitable[object]]


class PeriodicTasks:
    """Runs tasks until `close`. A task that fails is logged and called again after its interval."""

    def __init__(self, tasks: tuple[PeriodicTask, ...]) -> None:
        self._tasks = tasks
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._running = [asyncio.create_task(_repeat(task)) for task in self._tasks]

    async def close(self) -> None:
        await cancel_and_wait(*self._running)


async def _repeat(task: PeriodicTask) -> None:
    while True:
        try:
            await task.run()
        except VideoMomentsError as error:
            logger.warning("Periodic task failed: %s", error.cause, extra={"task": task.name})
        except Exception:
            logger.exception("Periodic task failed", extra={"task": task.name})
        await asyncio.sleep(task.interval)
