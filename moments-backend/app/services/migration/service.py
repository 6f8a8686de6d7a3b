"""A whole run, from the folder to the result."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from app.core.config import Settings
from app.core.exceptions import BucketConflictError, CancelledByUserError
from app.database.session import close_db, init_db, transaction
from app.repositories import video_db_repository
from app.services.migration.cancellation import CancellationToken
from app.services.migration.planner import Task, add_rows_without_files, plan
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Outcome, Result
from app.services.migration.runner import HandlerBundle, MigrationRunner
from app.services.migration.scanner import Scan, VideoFile, scan
from app.services.migration.settled import noop_handler

T = TypeVar("T")

FULL_SCAN_MODES = frozenset({Mode.VERIFY, Mode.REPAIR})
"""The modes that compare every row and every object, not only bring in what is new."""


class Reporter(Protocol):
    """Hears of a run as it goes."""

    def scanned(self, found: Scan) -> None:
        """Told when the folder has been read."""

    def finished(self, number: int, total: int, outcome: Outcome) -> None:
        """Told of every video, in the order of their numbers."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One run of one mode over one folder.

    `jobs` videos are in work at once; `meter` counts, and `stop` ends the run early.
    """

    mode: Mode
    folder: Path
    settings: Settings
    reporter: Reporter
    jobs: int
    meter: MigrationProgress = field(default_factory=MigrationProgress)
    stop: CancellationToken = field(default_factory=CancellationToken)

    async def __call__(self) -> Result:
        """Raises:
        VideoMomentsError: found before the first video: folder, database, bucket, credentials, ffprobe.
        CancelledByUserError: stopped before the first video.
        """
        async with AsyncExitStack() as cleanup:
            tasks, work = await self._unless_stopped(self._prepare(cleanup), cleanup)
            self.meter.start(tasks, reads_registered=self.mode in FULL_SCAN_MODES)
            self.stop.working = True
            run = MigrationRunner(self.mode, work, jobs=self.jobs, meter=self.meter, stop=self.stop)
            outcomes = await run(
                tasks, lambda number, outcome: self.reporter.finished(number, len(tasks), outcome)
            )
            if self.stop.abandoned:
                cleanup.pop_all()  # it would wait for the threads
        return Result.of(self.mode, outcomes, planned=len(tasks), interrupted=self.stop.requested)

    async def _prepare(self, cleanup: AsyncExitStack) -> tuple[Sequence[Task], HandlerBundle]:
        found = await asyncio.to_thread(scan, self.folder)
        self.reporter.scanned(found)
        if not found.videos and self.mode not in FULL_SCAN_MODES:
            return (), noop_handler(self.mode)
        await init_db(self.settings)
        cleanup.push_async_callback(close_db)
        tasks = await self._tasks(found.videos)
        if self.mode not in FULL_SCAN_MODES and not any(map(_needs_the_bucket, tasks)):
            return tasks, noop_handler(self.mode)
        # Google's client takes a third of a second to import: a run without anything new goes without.
        from app.services.migration.handler_factory import connect  # noqa: PLC0415

        return tasks, await connect(self.mode, self.settings, self.jobs, self.meter, self.stop, cleanup)

    async def _tasks(self, videos: Sequence[VideoFile]) -> list[Task]:
        """What is to be done, from one query."""
        everything = self.mode in FULL_SCAN_MODES
        identifiers = None if everything else {video.identifier for video in videos if _is_text(video.name)}
        async with transaction() as session:
            rows = await video_db_repository.list_refs(session, identifiers)
        tasks = plan(videos, rows, settings=self.settings)
        return add_rows_without_files(tasks, rows, settings=self.settings) if everything else tasks

    async def _unless_stopped(self, start: Coroutine[Any, Any, T], cleanup: AsyncExitStack) -> T:
        """The result of `start`, which the user may interrupt."""
        starting = asyncio.create_task(start)
        if await self.stop.wait_or_abandon(starting, starting.cancel):
            cleanup.pop_all()  # it would wait for the threads
        if not starting.done() or starting.cancelled():
            raise CancelledByUserError("stopped before the first video")
        return starting.result()


def _needs_the_bucket(task: Task) -> bool:
    """A row in another bucket counts too: a bucket that does not exist is the better explanation."""
    return task.is_new or isinstance(task.error, BucketConflictError)


def _is_text(name: str) -> bool:
    """Whether the name can be sent to the database: undecodable bytes cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
