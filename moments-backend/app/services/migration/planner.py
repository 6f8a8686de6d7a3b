"""Decides what to do with each file, from file names and rows, without I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    IdentifierConflictError,
    UnusableNameError,
    VideoMomentsError,
)
from app.repositories.video_db_repository import VideoRef
from app.services.migration.results import Mode, Status
from app.services.migration.scanner import VideoFile
from app.services.migration.text_output import VideoOutput
from app.services.storage.object_names import ensure_usable_name, parse_cloud_url, video_path


@dataclass(frozen=True, slots=True)
class Task:
    """One video: a file, a row, or both.

    Attributes:
        path: None for a row without a file in the directory.
        error: why the file cannot be migrated. A row without an error needs no migration.
    """

    filename: str
    identifier: str
    gcs_path: str
    path: Path | None
    size: int
    row: VideoRef | None = None
    error: VideoMomentsError | None = None

    @property
    def is_new(self) -> bool:
        return self.row is None and self.error is None


def plan(files: Sequence[VideoFile], rows: Mapping[str, VideoRef], *, settings: Settings) -> list[Task]:
    """Return a task for every file, in their order.

    Rows are compared by object path, so that `a.mov` does not match the row of `a.mp4`. Without a row the
    first file in name order gets the identifier.
    """
    tasks: list[Task] = []
    holders: dict[str, str] = {}
    for file in files:
        task = _decide(file, rows.get(file.identifier), settings)
        if task.is_new:
            holder = holders.setdefault(task.identifier, task.filename)
            if holder != task.filename:
                task = _task(
                    file, settings, error=IdentifierConflictError(file.name, file.identifier, holder)
                )
        tasks.append(task)
    return tasks


def add_rows_without_files(
    tasks: Iterable[Task], rows: Mapping[str, VideoRef], *, settings: Settings
) -> list[Task]:
    """Add a task for every row without one, and sort by file name."""
    everything = list(tasks)
    covered = {task.row.identifier for task in everything if task.row is not None}
    for identifier in rows.keys() - covered:
        row = rows[identifier]
        bucket, gcs_path = parse_cloud_url(row.cloud_url)
        filename = gcs_path.rpartition("/")[2] or identifier
        error = None if bucket == settings.gcs_bucket_name else _bucket_conflict(row, settings)
        everything.append(Task(filename, identifier, gcs_path, None, 0, row, error))
    return sorted(everything, key=lambda task: (task.filename, task.identifier))


def decide_without_io(mode: Mode, task: Task, output: VideoOutput) -> Status | None:
    """Return SKIPPED for a registered video and None for a new one.

    Raises:
        VideoMomentsError: the file cannot be migrated.
    """
    if task.error is not None:
        raise task.error
    if task.row is None:
        return None
    output.set_skipped(mode)
    return Status.SKIPPED


def _decide(file: VideoFile, row: VideoRef | None, settings: Settings) -> Task:
    own_path = video_path(settings, file.identifier, file.name)
    if file.error is not None:
        return _task(file, settings, error=file.error)
    if row is None:
        return _task(file, settings, error=_unusable_name(file.identifier, own_path))
    bucket, gcs_path = parse_cloud_url(row.cloud_url)
    if gcs_path != own_path:
        conflict = IdentifierConflictError(file.name, file.identifier, row.cloud_url)
        return _task(file, settings, error=conflict)
    error = None if bucket == settings.gcs_bucket_name else _bucket_conflict(row, settings)
    return _task(file, settings, row=row, error=error)


def _task(
    file: VideoFile,
    settings: Settings,
    *,
    row: VideoRef | None = None,
    error: VideoMomentsError | None = None,
) -> Task:
    return Task(
        filename=file.name,
        identifier=file.identifier,
        gcs_path=video_path(settings, file.identifier, file.name),
        path=file.path,
        size=file.size,
        row=row,
        error=error,
    )


def _unusable_name(identifier: str, gcs_path: str) -> UnusableNameError | None:
    try:
        ensure_usable_name(identifier, gcs_path)
    except UnusableNameError as error:
        return error
    return None


def _bucket_conflict(row: VideoRef, settings: Settings) -> BucketConflictError:
    return BucketConflictError(row.identifier, row.cloud_url, settings.gcs_bucket_name)
