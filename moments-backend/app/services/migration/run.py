"""Many videos at once, told of in order."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from app.core.exceptions import VideoMomentsError, WorkInterruptedError
from app.services.migration import blocks
from app.services.migration.blocks import Block
from app.services.migration.meter import Meter
from app.services.migration.outcome import Mode, Outcome, Status
from app.services.migration.plan import Task
from app.services.migration.stop import Stop

logger = logging.getLogger(__name__)

PARK_SECONDS = 5.0
"""How long work that was told to end may take before it is cancelled."""

Handler = Callable[[Task, Block], Awaitable[Status]]
"""Does what a mode does with one video, and says so in its block; an error means a failed video."""

Emit = Callable[[int, Outcome], None]
"""Takes the number of a video, from 1, and its outcome; called in the order of the numbers."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a run does; `interrupt` ends what the handler's threads are at."""

    handle: Handler
    interrupt: Callable[[], None] = lambda: None


class Run:
    """Hands tasks to a handler, `jobs` of them at once, and their outcomes on in the tasks' order."""

    def __init__(self, mode: Mode, work: Work, *, jobs: int, meter: Meter, stop: Stop) -> None:
        self._mode = mode
        self._work = work
        self._jobs = jobs
        self._meter = meter
        self._stop = stop
        self._waiting: dict[int, Outcome] = {}
        self._emitted: list[Outcome] = []

    async def __call__(self, tasks: Sequence[Task], emit: Emit) -> list[Outcome]:
        """The outcomes of the tasks that were begun."""
        queue = iter(list(enumerate(tasks, start=1)))
        workers = [asyncio.create_task(self._take(queue, emit)) for _ in range(min(self._jobs, len(tasks)))]
        parking = asyncio.create_task(self._park(workers))
        try:
            await asyncio.gather(*workers)
        finally:
            parking.cancel()
        return self._emitted

    async def _take(self, queue: Iterator[tuple[int, Task]], emit: Emit) -> None:
        while not self._stop.requested and (entry := next(queue, None)) is not None:
            number, task = entry
            self._waiting[number] = await self._handled(task)
            self._meter.finish(task)
            while (outcome := self._waiting.pop(len(self._emitted) + 1, None)) is not None:
                self._emitted.append(outcome)
                emit(len(self._emitted), outcome)

    async def _park(self, workers: Sequence[asyncio.Task[None]]) -> None:
        await self._stop.wait_at_once()
        self._work.interrupt()
        _, slow = await asyncio.wait(workers, timeout=PARK_SECONDS)
        for worker in slow:
            worker.cancel()

    async def _handled(self, task: Task) -> Outcome:
        """The outcome, whatever happens: one bad file never stops the others."""
        block = Block()
        error: VideoMomentsError | None = None
        started = time.monotonic()
        try:
            status = await self._work.handle(task, block)
        except WorkInterruptedError:
            status = Status.PARKED
        except asyncio.CancelledError:
            if not self._stop.is_at_once:
                raise
            status = Status.PARKED
        except VideoMomentsError as caught:
            status, error = Status.FAILED, caught
        except Exception as caught:
            logger.exception("%r ended in an error that nobody expected", task.filename)
            status, error = Status.FAILED, VideoMomentsError(f"unexpected {type(caught).__name__}: {caught}")
        if error is not None:
            block.end(f"{blocks.FAILED[self._mode]}: {error.cause}")
        elif status is Status.PARKED:
            block.end(blocks.STOPPED)
        return Outcome(
            filename=task.filename,
            identifier=task.identifier,
            status=status,
            cloud_url=block.cloud_url or (task.row.cloud_url if task.row else None),
            seconds=time.monotonic() - started,
            size=None if task.path is None else task.size,
            lines=tuple(block.lines),
            reason=error.cause if error else block.reason,
            remedy=error.remedy if error else None,
        )
