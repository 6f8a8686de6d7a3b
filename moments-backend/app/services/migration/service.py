"""Runs a whole migration, from the folder to the result."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import BucketConflictError, CancelledByUserError, StorageError
from app.core.terminal_text import is_unicode
from app.database.session import close_db, init_db, transaction
from app.repositories import video_identity_repository
from app.repositories.video_identity_repository import VideoIdentity
from app.services.library.identity import identifier_of
from app.services.migration.cancellation import CancellationToken
from app.services.migration.caption_files import keep_captions
from app.services.migration.file_checks import FILENAME, FileChecks
from app.services.migration.identification import Identification, OnConflict, without_bucket
from app.services.migration.known_rows import KnownRows
from app.services.migration.planner import Planner, add_rows_without_files, unshortened_identifier
from app.services.migration.progress import MigrationProgress
from app.services.migration.registered import RegisteredHandler
from app.services.migration.results import Mode, Outcome, Result, Status
from app.services.migration.runner import HandlerBundle, MigrationRunner
from app.services.migration.scanner import Scan, VideoFile, is_gone, scan
from app.services.migration.tasks import Task

if TYPE_CHECKING:
    from app.services.migration.handler_factory import HandlerFactory

logger = logging.getLogger(__name__)

T = TypeVar("T")

ROWS_PER_FILE = 4
"""Up to so many rows for each file, reading the whole table is faster than looking for the files' rows."""


class Reporter(Protocol):
    def scanned(self, found: Scan) -> None:
        """Report the content of the folder."""

    def finished(self, number: int, total: int, outcome: Outcome) -> None:
        """Report the outcome of a video; called in the order of the numbers."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a run.

    Attributes:
        jobs: videos processed at once.
        recursive: read the subfolders.
    """

    mode: Mode
    folder: Path
    jobs: int = 4
    recursive: bool = True
    on_conflict: OnConflict = OnConflict.FAIL


@dataclass(slots=True)
class Migration:
    """One run of one mode over one folder."""

    options: Options
    settings: Settings
    reporter: Reporter
    progress: MigrationProgress = field(default_factory=MigrationProgress)
    cancellation: CancellationToken = field(default_factory=CancellationToken)
    _factory: "HandlerFactory | None" = None

    async def run(self) -> Result:
        """Process all videos; errors of single videos are part of the result.

        Raises:
            VideoMomentsError: folder, database, bucket, credentials or ffprobe are unusable.
            CancelledByUserError: stopped before the first video.
        """
        mode = self.options.mode
        async with AsyncExitStack() as cleanup:
            found, tasks, handler = await self._unless_cancelled(self._prepare(cleanup), cleanup)
            self.progress.start(tasks, reads_registered=mode.is_full)
            self.cancellation.working = True
            runner = MigrationRunner(mode, handler, self.options.jobs, self.progress, self.cancellation)
            outcomes = await runner.run(
                tasks, lambda number, outcome: self.reporter.finished(number, len(tasks), outcome)
            )
            if mode.writes and not self.cancellation.requested:
                await keep_captions(
                    found,
                    outcomes,
                    folder=self.options.folder,
                    settings=self.settings,
                    connect=lambda: self._bucket(cleanup).uploader,
                )
            if self.cancellation.abandoned:
                cleanup.pop_all()  # closing would wait for the abandoned threads
        return Result.of(mode, outcomes, planned=len(tasks), interrupted=self.cancellation.requested)

    async def _prepare(self, cleanup: AsyncExitStack) -> tuple[Scan, Sequence[Task], HandlerBundle]:
        mode = self.options.mode
        found = await run_in_thread(partial(scan, self.options.folder, recursive=self.options.recursive))
        self.reporter.scanned(found)
        if not found.videos and not mode.is_full:
            return found, (), HandlerBundle(_without_videos)
        await init_db(self.settings)
        cleanup.push_async_callback(close_db)
        checks = FileChecks(self.settings.static_path / FILENAME)
        await run_in_thread(checks.load)
        planner = Planner(KnownRows(), self.settings, checks)
        await self._load_rows(planner, found.videos, cleanup)
        tasks = planner.plan(found.videos)
        if mode.writes:
            await self._store_paths(planner, tasks)
            cleanup.push_async_callback(run_in_thread, checks.save, self.options.folder, found.videos)
        if mode.is_full:
            tasks = add_rows_without_files(tasks, planner.rows, settings=self.settings)
        return found, tasks, await self._handler(tasks, planner, cleanup)

    async def _handler(
        self, tasks: Sequence[Task], planner: Planner, cleanup: AsyncExitStack
    ) -> HandlerBundle:
        identification = Identification(
            folder=self.options.folder,
            settings=self.settings,
            planner=planner,
            checks=planner.checks,
            on_conflict=self.options.on_conflict,
            progress=self.progress,
            cancellation=self.cancellation,
            has_bytes=without_bucket,
            writes=self.options.mode.writes,
        )
        if not self.options.mode.is_full and not any(map(self._needs_the_bucket, tasks)):
            return HandlerBundle(RegisteredHandler(self.options.mode, identification).handle)
        factory = self._bucket(cleanup)
        identification.has_bytes = factory.has_bytes
        return await factory.connect(tasks, identification)

    def _needs_the_bucket(self, task: Task) -> bool:
        """Include rows in another bucket, so that a missing bucket is reported as the cause."""
        if task.is_settled:
            return isinstance(task.error, BucketConflictError)
        if task.is_new or self.options.on_conflict is OnConflict.RENAME:
            return True
        candidates = task.same_size if task.row is None else (task.row, *task.same_size)
        return any(row.md5 is None for row in candidates)

    def _bucket(self, cleanup: AsyncExitStack) -> "HandlerFactory":
        if self._factory is None:
            # Imported late: Google's client takes 0.3 s to load, and runs without new files do not need it.
            from app.services.migration.handler_factory import HandlerFactory  # noqa: PLC0415

            options = self.options
            self._factory = HandlerFactory.create(
                options.mode, self.settings, self.progress, options.jobs, cleanup
            )
        return self._factory

    async def _load_rows(
        self, planner: Planner, videos: Sequence[VideoFile], cleanup: AsyncExitStack
    ) -> None:
        """Load the rows that the files may belong to, or all, with the sizes that the bucket states."""
        sizes = {row.id: row for row in await self._read_missing_sizes(cleanup)}

        def complete(rows: Iterable[VideoIdentity]) -> list[VideoIdentity]:
            return [sizes.get(row.id, row) for row in rows]

        async with transaction() as session:
            enough = len(videos) * ROWS_PER_FILE
            if self.options.mode.is_full or await video_identity_repository.count_all(session) <= enough:
                planner.rows.add(complete(await video_identity_repository.list_all(session)))
                return
            # The database rejects undecodable bytes.
            named = [video for video in videos if is_unicode(video.relative_path)]
            identifiers = {identifier_of(video.relative_path) for video in named}
            identifiers.update(filter(None, (unshortened_identifier(video.relative_path) for video in named)))
            planner.rows.add(
                complete(await video_identity_repository.list_by_identifier(session, identifiers))
            )
            unknown = planner.find([video for video in named if video.error is None])
            if unknown:
                paths = [video.relative_path for video in unknown]
                rows = await video_identity_repository.list_by_path_or_size(
                    session, paths, [video.size for video in unknown]
                )
                planner.rows.add(complete(rows))

    async def _read_missing_sizes(self, cleanup: AsyncExitStack) -> list[VideoIdentity]:
        """Return the rows of older versions with size and MD5 of their object; store both."""
        async with transaction() as session:
            lacking = await video_identity_repository.list_without_size(session)
        if not lacking:
            return []
        try:
            filled = await self._bucket(cleanup).read_sizes(lacking)
        except StorageError as error:
            if self.options.mode.is_full:
                raise
            logger.warning("The sizes of %d older videos could not be read: %s", len(lacking), error)
            return []
        if self.options.mode.writes:
            for batch in _batches(filled):
                async with transaction() as session:
                    await video_identity_repository.set_sizes(session, batch)
        return filled

    async def _store_paths(self, planner: Planner, tasks: Iterable[Task]) -> None:
        """Store the paths of registered files that the table lacks, or where no file is left."""
        changed = [
            (task.row, task.filename)
            for task in tasks
            if task.row is not None
            and task.error is None
            and not task.is_doubtful
            and task.row.relative_path != task.filename
            and not (task.row.relative_path and planner.is_scanned(task.row.relative_path))
        ]
        if not changed:
            return
        folders = {self.options.folder, self.settings.videos_dir}

        def vacant() -> list[tuple[VideoIdentity, str]]:
            return [
                (row, path)
                for row, path in changed
                if not row.relative_path or all(is_gone(folder / row.relative_path) for folder in folders)
            ]

        paths = await run_in_thread(vacant)
        for batch in _batches(paths):
            async with transaction() as session:
                await video_identity_repository.set_paths(session, batch)

    async def _unless_cancelled(self, start: Coroutine[Any, Any, T], cleanup: AsyncExitStack) -> T:
        """Return the result of `start`, unless the user interrupts it."""
        starting = asyncio.create_task(start)
        if await self.cancellation.wait_or_abandon(starting, starting.cancel):
            cleanup.pop_all()  # closing would wait for the abandoned threads
        if not starting.done() or starting.cancelled():
            raise CancelledByUserError("stopped before the first video")
        return starting.result()


async def _without_videos(*_: object) -> Status:
    raise NotImplementedError("a run without videos has no tasks")


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    size = video_identity_repository.BATCH
    return (items[start : start + size] for start in range(0, len(items), size))
