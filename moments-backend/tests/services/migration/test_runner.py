"""Many at once, in order, and how a run is stopped. The work itself is the test's own."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from app.core.exceptions import CancelledByUserError, DatabaseUnavailableError
from app.services.migration import cancellation as stop_module
from app.services.migration.cancellation import CancellationToken
from app.services.migration.planner import Task
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Outcome, Status
from app.services.migration.runner import HandlerBundle, MigrationRunner
from app.services.migration.text_output import VideoOutput


def tasks(count: int) -> list[Task]:
    return [Task(f"{number}.mp4", f"{number}", f"videos/{number}", None, 0) for number in range(count)]


@dataclass
class Played:
    """A run, and what was heard of it."""

    handle: Callable[[Task, VideoOutput], Awaitable[Status]]
    jobs: int = 4
    stop: CancellationToken = field(default_factory=CancellationToken)
    interrupted: bool = False
    heard: list[tuple[int, str]] = field(default_factory=list)

    async def __call__(self, count: int) -> list[Outcome]:
        self.stop.working = True
        work = HandlerBundle(self.handle, self._interrupt)
        run = MigrationRunner(Mode.MIGRATE, work, jobs=self.jobs, meter=MigrationProgress(), stop=self.stop)
        return await run(tasks(count), lambda number, outcome: self.heard.append((number, outcome.filename)))

    def _interrupt(self) -> None:
        self.interrupted = True


async def test_outcomes_come_in_order_however_they_finish() -> None:
    async def later_ones_first(task: Task, block: VideoOutput) -> Status:
        for _ in range(30 - int(task.identifier)):
            await asyncio.sleep(0)
        return Status.MIGRATED

    played = Played(later_ones_first, jobs=8)
    outcomes = await played(30)
    assert [outcome.identifier for outcome in outcomes] == [str(number) for number in range(30)]
    assert played.heard == [(number + 1, f"{number}.mp4") for number in range(30)]


async def test_never_more_than_the_jobs_are_in_work_and_all_of_them_are() -> None:
    now = most = 0

    async def counted(task: Task, block: VideoOutput) -> Status:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return Status.MIGRATED

    await Played(counted, jobs=3)(20)
    assert most == 3


async def test_one_bad_video_never_stops_the_others(caplog: pytest.LogCaptureFixture) -> None:
    async def some_fail(task: Task, block: VideoOutput) -> Status:
        block.add_step("begun")
        if task.identifier == "1":
            raise DatabaseUnavailableError("the database is away", remedy="start it")
        if task.identifier == "2":
            raise ZeroDivisionError("nobody thought of this")
        return Status.MIGRATED

    first, away, surprise, last = await Played(some_fail)(4)
    assert first.status is last.status is Status.MIGRATED
    assert away.lines == ("  - begun", "  ✗ Failed: the database is away")
    assert (away.reason, away.remedy) == ("the database is away", "start it")
    assert surprise.lines[-1] == "  ✗ Failed: unexpected ZeroDivisionError: nobody thought of this"
    assert "2.mp4" in caplog.text


async def test_one_press_finishes_what_is_in_work_and_begins_nothing() -> None:
    begun = []

    async def pressed_in_the_middle(task: Task, block: VideoOutput) -> Status:
        begun.append(task.identifier)
        if len(begun) == 3:
            played.stop.on_interrupt()
        await asyncio.sleep(0)
        return Status.MIGRATED

    played = Played(pressed_in_the_middle, jobs=2)
    outcomes = await played(20)
    assert [outcome.status for outcome in outcomes] == [Status.MIGRATED] * len(begun)
    assert 3 <= len(begun) <= 4
    assert not played.interrupted


async def test_a_second_press_ends_what_is_in_work() -> None:
    async def until_interrupted(task: Task, block: VideoOutput) -> Status:
        if task.identifier == "1":
            played.stop.on_interrupt()
            played.stop.on_interrupt()
        while not played.interrupted:
            await asyncio.sleep(0)
        raise CancelledByUserError("stopped")

    played = Played(until_interrupted, jobs=2)
    outcomes = await played(20)
    assert [outcome.status for outcome in outcomes] == [Status.INTERRUPTED, Status.INTERRUPTED]
    assert outcomes[0].lines == ("  ✗ Stopped before it was registered",)


async def test_nobody_waits_for_work_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_module, "PARK_SECONDS", 0.01)
    hanging = asyncio.Event()

    async def one_hangs(task: Task, block: VideoOutput) -> Status:
        if task.identifier == "2":
            played.stop.cancel_now()
        elif task.identifier == "0":
            await hanging.wait()
        return Status.MIGRATED

    played = Played(one_hangs, jobs=2)
    outcomes = await played(5)
    assert [(outcome.identifier, outcome.status) for outcome in outcomes] == [
        ("0", Status.INTERRUPTED),
        ("1", Status.MIGRATED),
        ("2", Status.MIGRATED),
    ]
    assert played.stop.abandoned
    hanging.set()
