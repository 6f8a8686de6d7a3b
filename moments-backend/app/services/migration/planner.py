"""What is to be done with each file, decided from names and rows alone."""

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
from app.services.migration.scanner import VideoFile
from app.services.storage.object_names import ensure_usable_name, parse_cloud_url, video_path


@dataclass(frozen=True, slots=True)
class Task:
    """One video: a file, a row, or both.

    `error` says why the file cannot be migrated as things stand; a row and no error, that it need not be.
    `path` is None for a row whose file is not in the folder.
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


def plan(candidates: Sequence[VideoFile], rows: Mapping[str, VideoRef], *, settings: Settings) -> list[Task]:
    """A task for every file, in their order.

    A row is compared by object path, so that `a.mov` is never taken for `a.mp4` because they share a stem.
    Where no row decides, the first file in name order holds the identifier.
    """
    tasks: list[Task] = []
    holders: dict[str, str] = {}
    for candidate in candidates:
        task = _decide(candidate, rows.get(candidate.identifier), settings)
        if task.is_new:
            holder = holders.setdefault(task.identifier, task.filename)
            if holder != task.filename:
                task = _task(candidate, settings, error=_held(candidate, holder))
        tasks.append(task)
    return tasks


def add_rows_without_files(
    tasks: Iterable[Task], rows: Mapping[str, VideoRef], *, settings: Settings
) -> list[Task]:
    """The tasks, and one for every row that none of them is about, in file-name order."""
    everything = list(tasks)
    covered = {task.row.identifier for task in everything if task.row is not None}
    for identifier in rows.keys() - covered:
        row = rows[identifier]
        bucket, gcs_path = parse_cloud_url(row.cloud_url)
        filename = gcs_path.rpartition("/")[2] or identifier
        error = None if bucket == settings.gcs_bucket_name else _elsewhere(row, settings)
        everything.append(Task(filename, identifier, gcs_path, None, 0, row, error))
    return sorted(everything, key=lambda task: (task.filename, task.identifier))


def _decide(candidate: VideoFile, row: VideoRef | None, settings: Settings) -> Task:
    own_path = video_path(settings, candidate.identifier, candidate.name)
    if candidate.error is not None:
        return _task(candidate, settings, error=candidate.error)
    if row is None:
        return _task(candidate, settings, error=_unusable_name(candidate.identifier, own_path))
    bucket, gcs_path = parse_cloud_url(row.cloud_url)
    if gcs_path != own_path:
        return _task(candidate, settings, error=_held(candidate, row.cloud_url))
    error = None if bucket == settings.gcs_bucket_name else _elsewhere(row, settings)
    return _task(candidate, settings, row=row, error=error)


def _task(
    candidate: VideoFile,
    settings: Settings,
    *,
    row: VideoRef | None = None,
    error: VideoMomentsError | None = None,
) -> Task:
    return Task(
        filename=candidate.name,
        identifier=candidate.identifier,
        gcs_path=video_path(settings, candidate.identifier, candidate.name),
        path=candidate.path,
        size=candidate.size,
        row=row,
        error=error,
    )


def _unusable_name(identifier: str, gcs_path: str) -> UnusableNameError | None:
    try:
        ensure_usable_name(identifier, gcs_path)
    except UnusableNameError as error:
        return error
    return None


def _held(candidate: VideoFile, holder: str) -> IdentifierConflictError:
    return IdentifierConflictError(candidate.name, candidate.identifier, holder)


def _elsewhere(row: VideoRef, settings: Settings) -> BucketConflictError:
    return BucketConflictError(row.identifier, row.cloud_url, settings.gcs_bucket_name)
