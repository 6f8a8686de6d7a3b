"""Identifies the video of a file, by its bytes if path and size are not conclusive."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    CancelledByUserError,
    EmptyFileError,
    FileStillWrittenError,
    IdentifierConflictError,
    VideoMomentsError,
)
from app.database.session import transaction
from app.repositories import video_identity_repository
from app.repositories.video_db_repository import NO_LOCAL_FILE
from app.repositories.video_identity_repository import VideoIdentity
from app.services.library.identity import object_filename, renamed
from app.services.migration.cancellation import CancellationToken
from app.services.migration.contenders import Contenders, ensure_usable
from app.services.migration.file_checks import FileChecks
from app.services.migration.planner import Planner, describe_row
from app.services.migration.progress import MigrationProgress
from app.services.migration.scanner import VideoFile, is_gone
from app.services.migration.stillness import wait_until_still, was_written_to
from app.services.migration.tasks import Task
from app.services.storage.checksums import READ_SIZE, Digest, digest_file
from app.services.storage.object_names import parse_cloud_url, video_path

HasBytes = Callable[[VideoIdentity, Digest], Awaitable[bool | None]]
"""Returns whether the object of a row without an MD5 has these bytes; None if it does not exist."""


async def without_bucket(row: VideoIdentity, digest: Digest) -> None:
    """Compare nothing, in runs that do not need the bucket."""


class OnConflict(StrEnum):
    """Treatment of a file whose identifier another video has."""

    FAIL = "fail"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class Identified:
    """The video that a file is.

    Attributes:
        task: with the row of the video, or without one for a new video.
        moved_from: former path of a file that was moved.
        digest: of the file, if it was read.
    """

    task: Task
    moved_from: str | None = None
    digest: Digest | None = None


@dataclass(slots=True)
class Identification:
    """Decides about the files that the planner could not settle.

    Attributes:
        folder: the scanned folder.
        has_bytes: compares a file with the object of a row without an MD5.
        writes: record that a row has no local file where another video has its path.
    """

    folder: Path
    settings: Settings
    planner: Planner
    checks: FileChecks
    on_conflict: OnConflict
    progress: MigrationProgress
    cancellation: CancellationToken
    has_bytes: HasBytes
    writes: bool = False
    _moved: set[int] = field(default_factory=set)
    _contenders: Contenders = field(init=False)

    def __post_init__(self) -> None:
        self._contenders = Contenders(self.planner, self.settings)

    async def identify(self, task: Task) -> Identified:
        """Return the video of a file once no program writes to it.

        Raises:
            IdentifierConflictError: another video has the identifier.
            MediaError: the same, but the file is unusable anyway.
            FileStillWrittenError: another program writes to the file.
            LocalFileError, EmptyFileError, StorageError, DatabaseError: a comparison failed.
        """
        task = await self._when_still(task)
        if task.error is not None:
            raise task.error
        if task.is_settled:
            return Identified(task)
        if task.size == 0:
            raise EmptyFileError(task.filename)
        task = await self._contenders.settle(task)
        is_renamed = self.on_conflict is OnConflict.RENAME
        if not task.same_size and not task.is_doubtful and not (task.conflict and is_renamed):
            if task.conflict is not None:
                await self._raise_conflict(task, task.conflict)
            return Identified(task)
        async with self.watching(task):
            return await self._compare(task)

    @asynccontextmanager
    async def watching(self, task: Task) -> AsyncIterator[None]:
        """Attribute errors of the block to other programs that wrote to the file during it.

        Raises:
            FileStillWrittenError: instead of the error of the block.
        """
        try:
            yield
        except CancelledByUserError:
            raise
        except VideoMomentsError as error:
            if task.location is not None and await was_written_to(task.path, task.version):
                raise FileStillWrittenError(task.filename) from error
            raise

    async def _when_still(self, task: Task) -> Task:
        version = await wait_until_still(task.path, task.version)
        if version == task.version:
            return task
        return self.planner.plan_again(VideoFile(task.filename, str(task.path), version))

    async def _compare(self, task: Task) -> Identified:
        digest = await self.digest(task)
        if task.row is not None:
            if await self.is_same(task.row, digest) is not False:
                self.remember(task, digest)
                return Identified(replace(task, is_doubtful=False), digest=digest)
            self.planner.owners.pop(task.row.id, None)
            if self.writes and task.row.relative_path == task.filename:
                async with transaction() as session:
                    await video_identity_repository.set_paths(session, [(task.row, NO_LOCAL_FILE)])
            conflict = conflict_with(task.row, task, digest)
            task = replace(task, row=None, is_doubtful=False, conflict=conflict)
        moved = await self._find_moved(task, digest)
        if moved is not None:
            return moved
        if task.conflict is None:
            return Identified(task, digest=digest)
        return Identified(await self.resolve(task, task.conflict, digest), digest=digest)

    async def _find_moved(self, task: Task, digest: Digest) -> Identified | None:
        """Return the video whose file was moved here, if there is one. A copy is another video."""
        for row in task.same_size:
            if await self._is_free(row) and await self.is_same(row, digest) and row.id not in self._moved:
                self._moved.add(row.id)
                self.remember(task, digest)
                _, gcs_path = parse_cloud_url(row.cloud_url)
                moved = replace(task, row=row, identifier=row.identifier, gcs_path=gcs_path, conflict=None)
                return Identified(moved, row.local_path or row.filename, digest)
        return None

    async def is_same(self, row: VideoIdentity, digest: Digest) -> bool | None:
        """Return whether the row states these bytes; None if neither it nor its object states any."""
        if row.md5 is not None:
            return (row.size_bytes, row.md5) == (digest.size, digest.md5_hex)
        return await self.has_bytes(row, digest)

    async def _is_free(self, row: VideoIdentity) -> bool:
        """Return whether the row has no local file: none at its path, or another video."""
        if row.id in self.planner.owners:
            return False
        return not row.local_path or await run_in_thread(self._is_vacant, row.local_path)

    async def has_new_path(self, task: Task) -> bool:
        """Return whether the row states another path for this file, or none, and no file is left there."""
        row = task.row
        if row is None or row.relative_path == task.filename:
            return False
        if not row.relative_path:
            return True
        if self.planner.is_scanned(row.relative_path):
            return False
        return await run_in_thread(self._is_vacant, row.relative_path)

    def _is_vacant(self, relative_path: str) -> bool:
        """Return whether the file is gone, or known to be another video; False if its disk is unavailable."""
        if self.planner.is_scanned(relative_path):
            return True  # by a file that the row does not own
        return all(is_gone(folder / relative_path) for folder in {self.folder, self.settings.videos_dir})

    async def resolve(self, task: Task, conflict: IdentifierConflictError, digest: Digest) -> Task:
        """Return the task of the file under an identifier with the digits of its MD5.

        The task has a row if the same bytes are registered under that identifier.

        Raises:
            IdentifierConflictError: `conflict` without `RENAME`, or another video has that identifier, too.
        MediaError, LocalFileError: the file is unusable, which is the better cause.
        """
        if self.on_conflict is OnConflict.FAIL:
            await self._raise_conflict(task, conflict)
        identifier = renamed(task.identifier, digest.md5_hex)
        async with transaction() as session:
            rows = await video_identity_repository.list_by_identifier(session, [identifier])
        filename = object_filename(task.filename)
        gcs_path = video_path(self.settings, identifier, filename)
        row = rows[0] if rows else None
        if row is not None and await self.is_same(row, digest) is False:
            raise conflict_with(row, task, digest)
        return replace(task, identifier=identifier, gcs_path=gcs_path, row=row, conflict=None, same_size=())

    async def _raise_conflict(self, task: Task, conflict: IdentifierConflictError) -> NoReturn:
        """Raise the conflict, or why the file is unusable: renaming it would not help then."""
        async with self.watching(task):
            await ensure_usable(task.path, self.settings)
        raise conflict

    async def digest(self, task: Task) -> Digest:
        """Read and hash the file, with progress."""
        self.progress.update(task, 0)
        return await run_in_thread(digest_file, task.path, self._on_block(task))

    def remember(self, task: Task, digest: Digest) -> None:
        """Record that this version of the file has these bytes."""
        self.checks.add(task.path, task.version, digest.md5_hex)

    def _on_block(self, task: Task) -> Callable[[], None]:
        """Return a callback for each block read: updates the progress, raises on cancellation."""
        blocks_read = 0

        def check() -> None:
            nonlocal blocks_read
            if self.cancellation.is_at_once:
                raise CancelledByUserError("the comparison was cancelled")
            blocks_read += 1
            self.progress.update(task, min(blocks_read * READ_SIZE, task.size))

        return check


def conflict_with(row: VideoIdentity, task: Task, digest: Digest) -> IdentifierConflictError:
    """Return the error of a file whose identifier belongs to the video of `row`."""
    return IdentifierConflictError(
        task.filename,
        row.identifier,
        describe_row(row),
        details=f"{digest.size} bytes, MD5 {digest.md5_hex}",
    )
