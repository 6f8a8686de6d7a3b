"""Comparison of a scan with the rows of its folder; without I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.exceptions import UnusableNameError, VideoMomentsError
from app.repositories.watched_file_repository import SeenFile, WatchedRow
from app.services.migration.scanner import VideoFile

RETRY_UNREADABLE = timedelta(minutes=10)
"""Interval of attempts with files that could not be read: permissions change without a new time."""

EMPTY_AFTER = timedelta(minutes=10)
"""Time after which an empty file is reported: some programs create a file long before its first byte."""

RETRIED_ERRORS = frozenset({"file-unreadable", "local-file", "disk-full", "internal-error"})
"""Types of errors after which an unchanged file may succeed later."""


@dataclass(slots=True)
class Changes:
    """The differences between a scan and the rows.

    Attributes:
        waiting: new and changed files, to be compared with the next scan.
        ready: unchanged since the previous scan, so that they are complete.
        returned: files that were missing, by the state that they get back.
        missing: paths of registered files that are gone.
        forgotten: paths of other files that are gone.
        failed: files that cannot be read, with the cause.
    """

    waiting: list[SeenFile] = field(default_factory=list)
    ready: list[SeenFile] = field(default_factory=list)
    returned: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    failed: list[tuple[SeenFile, VideoMomentsError]] = field(default_factory=list)


def find_changes(
    videos: Iterable[VideoFile], rows: Mapping[str, WatchedRow], *, now: datetime, settle: timedelta
) -> Changes:
    """Compare the files of a scan with the rows.

    Args:
        settle: time without changes after which a file is complete.
    """
    changes, found, unreadable = Changes(), set[str](), list[str]()
    for video in videos:
        path = storable(video.relative_path)
        file = SeenFile(path, video.size, video.version.modified_ns)
        found.add(path)
        row = rows.get(path)
        error = video.error or _name_error(video.relative_path)
        if error is not None:
            unreadable.append(f"{path}/")
            if row is None or row.error is None:
                changes.failed.append((file, error))
        elif row is None or (row.size, row.modified_ns) != (file.size, file.modified_ns):
            changes.waiting.append(file)
        else:
            _compare_unchanged(file, row, changes, now=now, settle=settle)
    for path, row in rows.items():
        if path in found or row.state == "missing" or path.startswith(tuple(unreadable)):
            continue
        if row.md5 is None:
            changes.forgotten.append(path)
        elif row.state != "waiting":  # its MD5 is that of an earlier version
            changes.missing.append(path)
    return changes


def _compare_unchanged(
    file: SeenFile, row: WatchedRow, changes: Changes, *, now: datetime, settle: timedelta
) -> None:
    age = now - row.changed_at
    if row.state == "missing":
        state = "known" if row.video_id is None else "added"
        changes.returned.setdefault(state, []).append(file.path)
    elif row.state == "waiting" and age >= (settle if file.size > 0 else EMPTY_AFTER):
        changes.ready.append(file)
    elif row.state == "failed" and age >= RETRY_UNREADABLE and _is_retried(row):
        changes.waiting.append(file)


def _is_retried(row: WatchedRow) -> bool:
    return row.error is not None and row.error.get("type") in RETRIED_ERRORS


def _name_error(path: str) -> VideoMomentsError | None:
    if storable(path) == path:
        return None
    return UnusableNameError(
        f"the name {storable(path)} is not valid UTF-8", remedy="rename the file or its folder"
    )


def storable(path: str) -> str:
    r"""Return a path that the database can store: bytes that are not UTF-8 become `\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
