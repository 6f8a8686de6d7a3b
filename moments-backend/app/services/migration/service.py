"""Runs a whole migration, from the directory to the result."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import BucketConflictError, CancelledByUserError
from app.database.session import close_db, init_db, transaction
from app.repositories import video_db_repository
from app.services.migration.cancellation import CancellationToken
from app.services.migration.planner import Task, add_rows_without_files, plan
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Outcome, Result
from app.services.migration.runner import HandlerBundle, MigrationRunner, noop_handler
from app.services.migration.scanner import Scan, VideoFile, scan

T = TypeVar("T")

FULL_SCAN_MODES = frozenset({Mode.VERIFY, Mode.REPAIR})
"""Modes that compare every row and object, instead of only registering new files."""


class Reporter(Protocol):
    def scanned(self, found: Scan) -> None:
        """Report the content of the directory."""

    def finished(self, number: int, total: int, outcome: Outcome) -> None:
        """Report the outcome of a video; called in the order of the numbers."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One run of one mode over one directory; processes `jobs` videos at once."""

    mode: Mode
    folder: Path
    settings: Settings
    reporter: Reporter
    jobs: int
    progress: MigrationProgress = field(default_factory=MigrationProgress)
    cancellation: CancellationToken = field(default_factory=CancellationToken)

    async def run(self) -> Result:
        """Process all videos; errors of single videos are part of the result.

        Raises:
            VideoMomentsError: directory, database, bucket, credentials or ffprobe are unusable.
            CancelledByUserError: stopped before the first video.
        """
        async with AsyncExitStack() as cleanup:
            tasks, handler = await self._unless_cancelled(self._prepare(cleanup), cleanup)
            self.progress.start(tasks, reads_registered=self.mode in FULL_SCAN_MODES)
            self.cancellation.working = True
            runner = MigrationRunner(self.mode, handler, self.jobs, self.progress, self.cancellation)
            outcomes = await runner.run(
                tasks, lambda number, outcome: self.reporter.finished(number, len(tasks), outcome)
            )
            if self.cancellation.abandoned:
                cleanup.pop_all()  # closing would wait for the abandoned threads
        return Result.of(self.mode, outcomes, planned=len(tasks), interrupted=self.cancellation.requested)

    async def _prepare(self, cleanup: AsyncExitStack) -> tuple[Sequence[Task], HandlerBundle]:
        found = await run_in_thread(scan, self.folder)
        self.reporter.scanned(found)
        if not found.videos and self.mode not in FULL_SCAN_MODES:
            return (), noop_handler(self.mode)
        await init_db(self.settings)
        cleanup.push_async_callback(close_db)
        tasks = await self._tasks(found.videos)
        if self.mode not in FULL_SCAN_MODES and not any(map(_needs_the_bucket, tasks)):
            return tasks, noop_handler(self.mode)
        # Imported late: Google's client takes 0.3 s to load, and runs without new files do not need it.
        from app.services.migration.handler_factory import HandlerFactory  # noqa: PLC0415

        factory = HandlerFactory(self.mode, self.settings, self.progress, self.cancellation)
        return tasks, await factory.connect(tasks, self.jobs, cleanup)

    async def _tasks(self, videos: Sequence[VideoFile]) -> list[Task]:
        """Plan the tasks with one query."""
        everything = self.mode in FULL_SCAN_MODES
        identifiers = None if everything else {video.identifier for video in videos if _is_text(video.name)}
        async with transaction() as session:
            rows = await video_db_repository.list_refs(session, identifiers)
        tasks = plan(videos, rows, settings=self.settings)
        return add_rows_without_files(tasks, rows, settings=self.settings) if everything else tasks

    async def _unless_cancelled(self, start: Coroutine[Any, Any, T], cleanup: AsyncExitStack) -> T:
        """Return the result of `start`, unless the user interrupts it."""
        starting = asyncio.create_task(start)
        if await self.cancellation.wait_or_abandon(starting, starting.cancel):
            cleanup.pop_all()  # closing would wait for the abandoned threads
        if not starting.done() or starting.cancelled():
            raise CancelledByUserError("stopped before the first video")
        return starting.result()


def _needs_the_bucket(task: Task) -> bool:
    """Include rows in another bucket, so that a missing bucket is reported as the cause."""
    return task.is_new or isinstance(task.error, BucketConflictError)


def _is_text(name: str) -> bool:
    """Return whether the name is valid Unicode; the database rejects undecodable bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
