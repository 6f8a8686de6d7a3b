"""Comparison of scans with the rows of a folder."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.exceptions import FileUnreadableError
from app.repositories.watched_file_repository import SeenFile, WatchedRow
from app.services.migration.scanner import FileVersion, VideoFile
from app.services.watch_folders.changes import Changes, find_changes, storable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTLE = timedelta(seconds=9)


def video(path: str = "a.mp4", size: int = 5, modified_ns: int = 7) -> VideoFile:
    return VideoFile(path, f"/watch/{path}", FileVersion(size=size, modified_ns=modified_ns))


def row(path: str = "a.mp4", state: str = "waiting", seconds: float = 10, **fields: Any) -> WatchedRow:
    values: dict[str, Any] = {"size": 5, "modified_ns": 7, "md5": None, "video_id": None, "error": None}
    return WatchedRow(path=path, state=state, changed_at=NOW - timedelta(seconds=seconds), **values | fields)


def changes_of(videos: list[VideoFile], *rows: WatchedRow) -> Changes:
    return find_changes(videos, {row.path: row for row in rows}, now=NOW, settle=SETTLE)


FILE = SeenFile("a.mp4", 5, 7)


def test_new_file_waits_for_the_next_scan() -> None:
    assert changes_of([video()]) == Changes(waiting=[FILE])


@pytest.mark.parametrize(
    ("seconds", "size", "expected"),
    [(10, 5, Changes(ready=[FILE])), (8, 5, Changes()), (10, 6, Changes(waiting=[SeenFile("a.mp4", 6, 7)]))],
    ids=["complete", "too-soon", "growing"],
)
def test_complete_files_are_ready(seconds: float, size: int, expected: Changes) -> None:
    assert changes_of([video(size=size)], row(seconds=seconds)) == expected


def test_empty_file_is_reported_late() -> None:
    assert changes_of([video(size=0)], row(size=0, seconds=590)) == Changes()
    assert changes_of([video(size=0)], row(size=0, seconds=610)) == Changes(ready=[SeenFile("a.mp4", 0, 7)])


@pytest.mark.parametrize("state", ["added", "known", "failed"])
def test_unchanged_files_are_skipped(state: str) -> None:
    assert changes_of([video()], row(state=state, md5="a" * 32, error={"type": "not-a-video"})) == Changes()


@pytest.mark.parametrize("state", ["added", "known", "failed"])
def test_changed_files_start_over(state: str) -> None:
    changed = changes_of([video(modified_ns=8)], row(state=state, md5="a" * 32))
    assert changed == Changes(waiting=[SeenFile("a.mp4", 5, 8)])


def test_unreadable_file_is_retried_after_a_while() -> None:
    failed = row(state="failed", seconds=601, error={"type": "file-unreadable"})
    assert changes_of([video()], failed) == Changes(waiting=[FILE])


def test_removed_files_are_missing_or_forgotten() -> None:
    rows = (
        row("added.mp4", "added", md5="a" * 32, video_id=1),
        row("changed.mp4", "waiting", md5="a" * 32),
        row("failed.mp4", "failed"),
        row("gone.mp4", "missing", md5="a" * 32),
        row("waiting.mp4"),
    )
    changes = changes_of([], *rows)
    assert changes == Changes(missing=["added.mp4"], forgotten=["failed.mp4", "waiting.mp4"])


@pytest.mark.parametrize(("video_id", "state"), [(1, "added"), (None, "known")])
def test_returned_file_gets_its_state_back(video_id: int | None, state: str) -> None:
    changes = changes_of([video()], row(state="missing", md5="a" * 32, video_id=video_id))
    assert changes == Changes(returned={state: ["a.mp4"]})


def test_unreadable_folder_keeps_its_files() -> None:
    error = FileUnreadableError("the folder talks cannot be read")
    folder = VideoFile("talks", "/watch/talks", error=error)
    changes = changes_of([folder], row("talks/a.mp4", "added", md5="a" * 32))
    assert changes == Changes(failed=[(SeenFile("talks", 0, 0), error)])


def test_invalid_utf8_is_named_once() -> None:
    path = b"talk-\xff.mp4".decode("utf-8", "surrogateescape")
    ((file, error),) = changes_of([video(path)]).failed
    assert (file.path, error.type) == ("talk-\\xff.mp4", "unusable-name")
    known = row(storable(path), "failed", error={"type": "unusable-name"})
    assert changes_of([video(path)], known) == Changes()
