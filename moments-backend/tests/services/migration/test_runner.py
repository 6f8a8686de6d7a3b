"""Concurrency, order of outcomes and cancellation, with handlers of the tests."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from app.core.exceptions import (
    CancelledByUserError,
    DatabaseUnavailableError,
    ExitCode,
    FileStillWrittenError,
)
from app.services.migration import cancellation
from app.services.migration.cancellation import CancellationToken
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Outcome, Result, Status
from app.services.migration.runner import HandlerBundle, MigrationRunner
from app.services.migration.tasks import Task
from app.services.migration.text_output import VideoOutput, render_summary


def tasks(count: int) -> list[Task]:
    return [Task(f"{number}.mp4", f"{number}", f"videos/{number}", None, 0) for number in range(count)]


@dataclass
class RecordedRun:
    """A run that records the emitted outcomes."""

    handle: Callable[[Task, VideoOutput], Awaitable[Status]]
    jobs: int = 4
    token: CancellationToken = field(default_factory=CancellationToken)
    interrupted: bool = False
    emitted: list[tuple[int, str]] = field(default_factory=list)

    async def __call__(self, count: int) -> list[Outcome]:
        self.token.working = True
        runner = MigrationRunner(
            Mode.MIGRATE,
            HandlerBundle(self.handle, self._interrupt),
            jobs=self.jobs,
            progress=MigrationProgress(),
            cancellation=self.token,
        )
        return await runner.run(
            tasks(count), lambda number, outcome: self.emitted.append((number, outcome.filename))
        )

    def _interrupt(self) -> None:
        self.interrupted = True


async def test_outcomes_are_emitted_in_order() -> None:
    async def finish_in_reverse(task: Task, output: VideoOutput) -> Status:
        for _ in range(30 - int(task.identifier)):
            await asyncio.sleep(0)
        return Status.MIGRATED

    run = RecordedRun(finish_in_reverse, jobs=8)
    outcomes = await run(30)
    assert [outcome.identifier for outcome in outcomes] == [str(number) for number in range(30)]
    assert run.emitted == [(number + 1, f"{number}.mp4") for number in range(30)]


async def test_concurrency_equals_the_number_of_jobs() -> None:
    now = most = 0

    async def count_concurrent(task: Task, output: VideoOutput) -> Status:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return Status.MIGRATED

    await RecordedRun(count_concurrent, jobs=3)(20)
    assert most == 3


async def test_failed_video_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    async def fail_some(task: Task, output: VideoOutput) -> Status:
        output.add_step("started")
        if task.identifier == "1":
            raise DatabaseUnavailableError("the database is unavailable", remedy="start it")
        if task.identifier == "2":
            raise ZeroDivisionError("unforeseen")
        return Status.MIGRATED

    first, unavailable, unexpected, last = await RecordedRun(fail_some)(4)
    assert first.status is last.status is Status.MIGRATED
    assert unavailable.lines == ("  - started", "  ✗ Failed: the database is unavailable")
    assert (unavailable.reason, unavailable.remedy) == ("the database is unavailable", "start it")
    assert unexpected.lines[-1] == "  ✗ Failed: unexpected ZeroDivisionError: unforeseen"
    assert "2.mp4" in caplog.text


async def test_file_still_being_written_is_left() -> None:
    async def leave_some(task: Task, output: VideoOutput) -> Status:
        if task.identifier == "1":
            raise FileStillWrittenError(task.filename)
        return Status.MIGRATED

    _, left, _ = outcomes = await RecordedRun(leave_some)(3)
    assert (left.status, left.reason) == (Status.LEFT, "still being written")
    assert left.lines == ("  - Left for the next run (still being written)",)
    result = Result.of(Mode.MIGRATE, outcomes, planned=3, interrupted=False)
    assert (result.total, result.left, result.exit_code) == (2, 1, ExitCode.OK)
    assert render_summary(result).splitlines()[-1] == "  Left for the next run: 1"


async def test_first_interrupt_finishes_running_videos() -> None:
    started = []

    async def interrupt_at_the_third(task: Task, output: VideoOutput) -> Status:
        started.append(task.identifier)
        if len(started) == 3:
            run.token.on_interrupt()
        await asyncio.sleep(0)
        return Status.MIGRATED

    run = RecordedRun(interrupt_at_the_third, jobs=2)
    outcomes = await run(20)
    assert [outcome.status for outcome in outcomes] == [Status.MIGRATED] * len(started)
    assert 3 <= len(started) <= 4
    assert not run.interrupted


async def test_second_interrupt_ends_running_videos() -> None:
    async def until_interrupted(task: Task, output: VideoOutput) -> Status:
        if task.identifier == "1":
            run.token.on_interrupt()
            run.token.on_interrupt()
        while not run.interrupted:
            await asyncio.sleep(0)
        raise CancelledByUserError("stopped")

    run = RecordedRun(until_interrupted, jobs=2)
    outcomes = await run(20)
    assert [outcome.status for outcome in outcomes] == [Status.INTERRUPTED, Status.INTERRUPTED]
    assert outcomes[0].lines == ("  ✗ Stopped before it was registered",)


async def test_hanging_work_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancellation, "GRACE_SECONDS", 0.01)
    hanging = asyncio.Event()

    async def hang_once(task: Task, output: VideoOutput) -> Status:
        if task.identifier == "2":
            run.token.cancel_now()
        elif task.identifier == "0":
            await hanging.wait()
        return Status.MIGRATED

    run = RecordedRun(hang_once, jobs=2)
    outcomes = await run(5)
    assert [(outcome.identifier, outcome.status) for outcome in outcomes] == [
        ("0", Status.INTERRUPTED),
        ("1", Status.MIGRATED),
        ("2", Status.MIGRATED),
    ]
    assert run.token.abandoned
    hanging.set()
