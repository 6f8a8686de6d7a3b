"""Runs a handler for many videos concurrently and reports the outcomes in order."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from app.core.exceptions import CancelledByUserError, FileStillWrittenError, VideoMomentsError
from app.services.migration import text_output
from app.services.migration.cancellation import CancellationToken
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Outcome, Status
from app.services.migration.tasks import Task
from app.services.migration.text_output import VideoOutput

logger = logging.getLogger(__name__)

Handler = Callable[[Task, VideoOutput], Awaitable[Status]]
"""Processes one video and adds to its output; raises if the video failed."""

OnOutcome = Callable[[int, Outcome], None]
"""Called with the number of a video, from 1, and its outcome, in ascending order."""


@dataclass(frozen=True, slots=True)
class HandlerBundle:
    """A handler, and the function that interrupts its threads."""

    handle: Handler
    interrupt: Callable[[], None] = lambda: None


@dataclass(slots=True)
class MigrationRunner:
    """Processes up to `jobs` tasks at once; emits the outcomes in the order of the tasks."""

    mode: Mode
    handler: HandlerBundle
    jobs: int
    progress: MigrationProgress
    cancellation: CancellationToken
    _started: int = field(default=0, init=False)
    _waiting: dict[int, Outcome] = field(default_factory=dict, init=False)
    _emitted: list[Outcome] = field(default_factory=list, init=False)
    _skipped: VideoOutput | None = field(default=None, init=False)

    async def run(self, tasks: Sequence[Task], emit: OnOutcome) -> list[Outcome]:
        """Return the outcomes of the tasks that were started."""
        queue = iter(list(enumerate(tasks, start=1)))
        workers = asyncio.gather(*(self._work(queue, emit) for _ in range(min(self.jobs, len(tasks)))))
        if await self.cancellation.wait_or_abandon(workers, self.handler.interrupt):
            self._emit_abandoned(tasks, emit)
        else:
            await workers
        return self._emitted

    async def _work(self, queue: Iterator[tuple[int, Task]], emit: OnOutcome) -> None:
        while not self.cancellation.requested and (entry := next(queue, None)) is not None:
            number, task = entry
            self._started = number
            outcome = self._skip(task) if self._is_skipped(task) else await self._process(task)
            self._emit_in_order(number, outcome, emit)
            self.progress.complete(task)

    def _emit_in_order(self, number: int, outcome: Outcome, emit: OnOutcome) -> None:
        """Emit this outcome and those waiting for it, or keep it for later."""
        if number == len(self._emitted) + 1 and not self._waiting:
            self._emitted.append(outcome)
            emit(number, outcome)
            return
        self._waiting[number] = outcome
        while (ready := self._waiting.pop(len(self._emitted) + 1, None)) is not None:
            self._emitted.append(ready)
            emit(len(self._emitted), ready)

    def _emit_abandoned(self, tasks: Sequence[Task], emit: OnOutcome) -> None:
        """Emit the tasks that did not end in time; none of them will write a row."""
        for number, task in enumerate(tasks[: self._started], start=1):
            if number > len(self._emitted) and number not in self._waiting:
                output = VideoOutput()
                output.set_final_line(text_output.STOPPED)
                outcome = _outcome(task, output, Status.INTERRUPTED, self.progress.seconds)
                self._emit_in_order(number, outcome, emit)

    def _is_skipped(self, task: Task) -> bool:
        return task.is_settled and task.error is None and not self.mode.is_full

    def _skip(self, task: Task) -> Outcome:
        """Return the outcome of a registered file, of which there may be ten thousands."""
        if task.row is not None and task.row.is_deleted:
            output = VideoOutput()
            output.set_skipped(self.mode, task.row)
            return _outcome(task, output, Status.SKIPPED, 0.0)
        if self._skipped is None:
            self._skipped = VideoOutput()
            self._skipped.set_skipped(self.mode)
        return _outcome(task, self._skipped, Status.SKIPPED, 0.0)

    async def _process(self, task: Task) -> Outcome:
        """Return the outcome, also after an error, so that a bad file does not stop the others."""
        output = VideoOutput()
        started = time.monotonic()
        try:
            status = await self.handler.handle(task, output)
        except CancelledByUserError:
            status = Status.INTERRUPTED
            output.set_final_line(text_output.STOPPED)
        except FileStillWrittenError:
            status = Status.LEFT
            output.set_left()
        except VideoMomentsError as error:
            status = self._fail(output, error)
        except Exception as error:
            logger.exception("unexpected error while processing %r", task.filename)
            status = self._fail(output, VideoMomentsError(f"unexpected {type(error).__name__}: {error}"))
        return _outcome(task, output, status, time.monotonic() - started)

    def _fail(self, output: VideoOutput, error: VideoMomentsError) -> Status:
        output.set_final_line(f"{text_output.TEXTS[self.mode].failed}: {error.cause}")
        output.reason, output.remedy, output.error_type = error.cause, error.remedy, error.type
        return Status.FAILED


def _outcome(task: Task, output: VideoOutput, status: Status, seconds: float) -> Outcome:
    return Outcome(
        filename=task.filename,
        identifier=task.identifier,
        status=status,
        cloud_url=output.cloud_url or (task.row.cloud_url if task.row else None),
        seconds=seconds,
        size=None if task.location is None else task.size,
        lines=tuple(output.lines),
        reason=output.reason,
        remedy=output.remedy,
        error_type=output.error_type,
    )
