"""Decides what to do with each file, from paths, sizes and rows, without reading the files."""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    IdentifierConflictError,
    UnusableNameError,
    VideoMomentsError,
)
from app.repositories.video_identity_repository import VideoIdentity
from app.services.library.identity import MAX_IDENTIFIER_BYTES, identifier_of, object_filename
from app.services.migration.file_checks import FileChecks
from app.services.migration.known_rows import KnownRows
from app.services.migration.results import Mode, Status
from app.services.migration.scanner import VideoFile
from app.services.migration.stillness import NANOSECONDS, is_recent
from app.services.migration.tasks import Task
from app.services.migration.text_output import VideoOutput
from app.services.storage.object_names import (
    MAX_IDENTIFIER_CHARACTERS,
    ensure_usable_name,
    parse_cloud_url,
    video_path,
)

MAX_BYTES_PER_CHARACTER = 4
"""Longest character in UTF-8."""


@dataclass(slots=True)
class Planner:
    """Finds the row of each file.

    A row belongs to a file if the path of the local file, or else the name of the object, is the file's own
    and the sizes are equal. Files that were changed after their registration need an MD5 as well.

    Attributes:
        owners: path of the file that each row belongs to, by the row's id.
    """

    rows: KnownRows
    settings: Settings
    checks: FileChecks
    owners: dict[int, str] = field(default_factory=dict)
    _readable: set[str] = field(default_factory=set)
    _found: dict[str, VideoIdentity] = field(default_factory=dict)
    _contenders: dict[str, dict[str, str | os.PathLike[str]]] = field(default_factory=dict)

    def plan(self, files: Sequence[VideoFile]) -> list[Task]:
        """Return a task for every file; see `in_order`.

        Without a row, the first file in the order of paths gets an identifier.
        """
        self._readable.update(file.relative_path for file in files if file.error is None)
        matches = [self._match(file) for file in files]  # before the rest, which needs all owners
        return in_order(task or self._plan_unknown(file) for file, task in zip(files, matches, strict=True))

    def find(self, files: Sequence[VideoFile]) -> list[VideoFile]:
        """Find the rows of the files by path and size; return the files without one."""
        rows = {file.relative_path: self.row_of(file) for file in files}
        self._found.update((path, row) for path, row in rows.items() if row is not None)
        return [file for file in files if rows[file.relative_path] is None]

    def is_scanned(self, relative_path: str) -> bool:
        """Return whether the folder has a readable file at this path."""
        return relative_path in self._readable

    def plan_again(self, file: VideoFile) -> Task:
        """Return the task of a file that changed since the folder was read."""
        self._found.pop(file.relative_path, None)
        return self._match(file) or self._plan_unknown(file)

    def _match(self, file: VideoFile) -> Task | None:
        """Return the task of a file that cannot be read or has a row; None for other files."""
        if file.error is not None:
            return self._task(file, error=file.error)
        row = self._found.get(file.relative_path) or self.row_of(file)
        if row is None:
            return None
        self.owners[row.id] = file.relative_path
        bucket, gcs_path = parse_cloud_url(row.cloud_url)
        error = None if bucket == self.settings.gcs_bucket_name else bucket_conflict(row, self.settings)
        is_doubtful = error is None and self._is_doubtful(file, row)
        task = self._task(file, row=row, error=error, identifier=row.identifier, gcs_path=gcs_path)
        if not is_doubtful:
            return task
        return replace(task, is_doubtful=True, same_size=self._same_size(file, but=row))

    def row_of(self, file: VideoFile) -> VideoIdentity | None:
        """Return the row of a file, by path and size."""
        for row in self.rows.at_path(file.relative_path):
            if row.may_have_size(file.size) and parse_cloud_url(row.cloud_url)[1]:
                return row
        namesake = self._namesake(file)
        if namesake is None or not namesake.may_have_size(file.size):
            return None
        return namesake if self._names_same_object(file, namesake) else None

    def _namesake(self, file: VideoFile) -> VideoIdentity | None:
        """Return the row that has the identifier of the file."""
        identifier = identifier_of(file.relative_path)
        row = self.rows.get(identifier)
        stem = unshortened_identifier(file.relative_path) if row is None else None
        return row if stem is None else self.rows.get(stem)

    def _names_same_object(self, file: VideoFile, row: VideoIdentity) -> bool:
        gcs_path = parse_cloud_url(row.cloud_url)[1]
        return gcs_path == video_path(self.settings, row.identifier, object_filename(file.relative_path)) or (
            gcs_path == video_path(self.settings, row.identifier, file.relative_path)  # not shortened
        )

    def _is_doubtful(self, file: VideoFile, row: VideoIdentity) -> bool:
        """Return whether the file is newer than the row, and was not compared with it since."""
        if row.size_bytes is None or row.created_at is None:
            return False  # nothing to compare with
        is_newer = file.version.newest_ns > row.created_at.timestamp() * NANOSECONDS
        return is_newer and not self.checks.contains(file.path, file.version, row.md5)

    def _same_size(self, file: VideoFile, *, but: VideoIdentity | None = None) -> tuple[VideoIdentity, ...]:
        """Return the rows without a file that this file may belong to, those with the same name first."""
        name = object_filename(file.relative_path)
        free = [row for row in self.rows.of_size(file.size) if row != but and row.id not in self.owners]
        return tuple(sorted(free, key=lambda row: (row.filename != name, row.id)))

    def _plan_unknown(self, file: VideoFile) -> Task:
        """Return the task of a file that no row belongs to."""
        task = self._task(file)
        try:
            ensure_usable_name(task.identifier, task.gcs_path)
        except UnusableNameError as error:
            return replace(task, error=error)
        conflict = self._find_conflict(file, task)
        return replace(task, conflict=conflict, same_size=self._same_size(file))

    def contenders(self, identifier: str) -> Mapping[str, str | os.PathLike[str]]:
        """Return path and location of the unregistered files with this identifier, the first one first."""
        return self._contenders.get(identifier, {})

    def _find_conflict(self, file: VideoFile, task: Task) -> IdentifierConflictError | None:
        row = self._namesake(file)
        if row is not None:
            return twin_conflict(file.relative_path, task.identifier, describe_row(row), file.size)
        files = self._contenders.setdefault(task.identifier, {})
        files.setdefault(file.relative_path, file.location)
        holder = next(iter(files))
        if holder == file.relative_path:
            return None
        return twin_conflict(file.relative_path, task.identifier, holder, file.size)

    def _task(
        self,
        file: VideoFile,
        *,
        row: VideoIdentity | None = None,
        error: VideoMomentsError | None = None,
        identifier: str | None = None,
        gcs_path: str | None = None,
    ) -> Task:
        identifier = identifier or identifier_of(file.relative_path)
        return Task(
            filename=file.relative_path,
            identifier=identifier,
            gcs_path=gcs_path or video_path(self.settings, identifier, object_filename(file.relative_path)),
            location=file.location,
            size=file.size,
            row=row,
            error=error,
            version=file.version,
        )


def twin_conflict(filename: str, identifier: str, holder: str, size: int) -> IdentifierConflictError:
    """Return the error of an unread file whose identifier another file or video has."""
    return IdentifierConflictError(filename, identifier, holder, details=f"{size} bytes")


def unshortened_identifier(relative_path: str) -> str | None:
    """Return the identifier that older versions gave the file, if it was longer than today's."""
    if len(relative_path) * MAX_BYTES_PER_CHARACTER <= MAX_IDENTIFIER_BYTES or "/" in relative_path:
        return None
    stem = relative_path.rpartition(".")[0]
    return stem if len(stem) <= MAX_IDENTIFIER_CHARACTERS else None


def add_rows_without_files(
    tasks: Iterable[Task], rows: Iterable[VideoIdentity], *, settings: Settings
) -> list[Task]:
    """Add a task for every row without one; see `in_order`."""
    everything = list(tasks)
    covered = {task.row.id for task in everything if task.row is not None}
    for row in rows:
        if row.id not in covered:
            bucket, gcs_path = parse_cloud_url(row.cloud_url)
            error = None if bucket == settings.gcs_bucket_name else bucket_conflict(row, settings)
            filename = row.local_path or row.filename
            everything.append(Task(filename, row.identifier, gcs_path, None, 0, row, error))
    return in_order(everything)


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Sort by path, with files that have to be read and may still be written at the end."""
    now = time.time_ns()
    return sorted(
        tasks,
        key=lambda task: (
            not task.is_settled and is_recent(task.version, now),
            task.filename,
            task.identifier,
        ),
    )


def decide_without_io(mode: Mode, task: Task, output: VideoOutput) -> Status | None:
    """Return SKIPPED for a registered video and None for one whose file must be read.

    Raises:
        VideoMomentsError: the file cannot be migrated.
    """
    if task.error is not None:
        raise task.error
    if not task.is_settled:
        return None
    output.set_skipped(mode, task.row)
    return Status.SKIPPED


def describe_row(row: VideoIdentity) -> str:
    """Return the object's URL, with size and MD5 as far as they are known."""
    facts = [] if row.size_bytes is None else [f"{row.size_bytes} bytes"]
    if row.md5 is not None:
        facts.append(f"MD5 {row.md5}")
    return f"{row.cloud_url} ({', '.join(facts)})" if facts else row.cloud_url


def bucket_conflict(row: VideoIdentity, settings: Settings) -> BucketConflictError:
    return BucketConflictError(row.identifier, row.cloud_url, settings.gcs_bucket_name)
