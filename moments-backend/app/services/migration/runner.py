"""Many videos at once, told of in order."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from app.core.exceptions import CancelledByUserError, VideoMomentsError
from app.services.migration import text_output
from app.services.migration.cancellation import CancellationToken
from app.services.migration.planner import Task
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Outcome, Status
from app.services.migration.text_output import VideoOutput

logger = logging.getLogger(__name__)

Handler = Callable[[Task, VideoOutput], Awaitable[Status]]
"""Does what a mode does with one video, and says so in its block; an error means a failed video."""

OnOutcome = Callable[[int, Outcome], None]
"""Takes the number of a video, from 1, and its outcome; called in the order of the numbers."""


@dataclass(frozen=True, slots=True)
class HandlerBundle:
    """What a run does; `interrupt` ends what the handler's threads are at."""

    handle: Handler
    interrupt: Callable[[], None] = lambda: None


class MigrationRunner:
    """Hands tasks to a handler, `jobs` of them at once, and their outcomes on in the tasks' order."""

    def __init__(
        self, mode: Mode, work: HandlerBundle, *, jobs: int, meter: MigrationProgress, stop: CancellationToken
    ) -> None:
        self._mode = mode
        self._work = work
        self._jobs = jobs
        self._meter = meter
        self._stop = stop
        self._begun = 0
        self._waiting: dict[int, Outcome] = {}
        self._emitted: list[Outcome] = []

    async def __call__(self, tasks: Sequence[Task], emit: OnOutcome) -> list[Outcome]:
        """The outcomes of the tasks that were begun."""
        queue = iter(list(enumerate(tasks, start=1)))
        workers = asyncio.gather(*(self._take(queue, emit) for _ in range(min(self._jobs, len(tasks)))))
        if await self._stop.wait_or_abandon(workers, self._work.interrupt):
            self._give_up(tasks, emit)
        else:
            await workers
        return self._emitted

    async def _take(self, queue: Iterator[tuple[int, Task]], emit: OnOutcome) -> None:
        while not self._stop.requested and (entry := next(queue, None)) is not None:
            number, task = entry
            self._begun = number
            self._pass_on(number, await self._handled(task), emit)
            self._meter.complete(task)

    def _pass_on(self, number: int, outcome: Outcome, emit: OnOutcome) -> None:
        """Emit what is next in line; keep what is not."""
        self._waiting[number] = outcome
        while (ready := self._waiting.pop(len(self._emitted) + 1, None)) is not None:
            self._emitted.append(ready)
            emit(len(self._emitted), ready)

    def _give_up(self, tasks: Sequence[Task], emit: OnOutcome) -> None:
        """Tell of those that did not end in time; whatever becomes of them, no row does."""
        for number, task in enumerate(tasks[: self._begun], start=1):
            if number > len(self._emitted) and number not in self._waiting:
                block = VideoOutput()
                block.set_final_line(text_output.STOPPED)
                self._pass_on(number, _outcome(task, block, Status.INTERRUPTED, self._meter.seconds), emit)

    async def _handled(self, task: Task) -> Outcome:
        """The outcome, whatever happens: one bad file never stops the others."""
        block = VideoOutput()
        started = time.monotonic()
        try:
            status = await self._work.handle(task, block)
        except CancelledByUserError:
            status = Status.INTERRUPTED
            block.set_final_line(text_output.STOPPED)
        except VideoMomentsError as error:
            status = self._failed(block, error)
        except Exception as error:
            logger.exception("%r ended in an error that nobody expected", task.filename)
            status = self._failed(block, VideoMomentsError(f"unexpected {type(error).__name__}: {error}"))
        return _outcome(task, block, status, time.monotonic() - started)

    def _failed(self, block: VideoOutput, error: VideoMomentsError) -> Status:
        block.set_final_line(f"{text_output.FAILED[self._mode]}: {error.cause}")
        block.reason, block.remedy = error.cause, error.remedy
        return Status.FAILED


def _outcome(task: Task, block: VideoOutput, status: Status, seconds: float) -> Outcome:
    return Outcome(
        filename=task.filename,
        identifier=task.identifier,
        status=status,
        cloud_url=block.cloud_url or (task.row.cloud_url if task.row else None),
        seconds=seconds,
        size=None if task.path is None else task.size,
        lines=tuple(block.lines),
        reason=block.reason,
        remedy=block.remedy,
    )
