"""Decisions from paths, sizes and rows alone."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    IdentifierConflictError,
    LocalFileNotFoundError,
    UnusableNameError,
)
from app.repositories.video_identity_repository import VideoIdentity
from app.services.migration.file_checks import FileChecks
from app.services.migration.known_rows import KnownRows
from app.services.migration.planner import Planner, add_rows_without_files
from app.services.migration.scanner import FileVersion, VideoFile
from app.services.migration.tasks import Task

SETTINGS = Settings.model_construct(gcs_bucket_name="ours", gcs_videos_prefix="videos/")
CREATED = datetime(2026, 1, 2, tzinfo=UTC)
OLDER, NEWER = (int(datetime(2026, 1, day, tzinfo=UTC).timestamp()) * 10**9 for day in (1, 3))


def file(path: str, size: int = 1, modified_ns: int = OLDER) -> VideoFile:
    return VideoFile(path, f"/videos/{path}", FileVersion(1, hash(path), size, modified_ns))


def files(*paths: str) -> list[VideoFile]:
    return list(map(file, paths))


def row(identifier: str, url: str, number: int = 1, **columns: Any) -> VideoIdentity:
    return VideoIdentity(number, identifier, url, **({"created_at": CREATED} | columns))


def rows(**cloud_urls: str) -> list[VideoIdentity]:
    return [row(name, url, number) for number, (name, url) in enumerate(cloud_urls.items(), start=1)]


def plan(found: list[VideoFile], known: list[VideoIdentity], checks: FileChecks | None = None) -> list[Task]:
    return Planner(KnownRows(known), SETTINGS, checks or FileChecks(Path("/nowhere"))).plan(found)


def decide(*names: str, **cloud_urls: str) -> list[Task]:
    return plan(files(*names), rows(**cloud_urls))


A = "gs://ours/videos/a/a.mp4"


def test_file_without_a_row_is_new() -> None:
    (task,) = decide("a.mp4")
    assert task.is_new
    assert (task.identifier, task.gcs_path, task.size) == ("a", "videos/a/a.mp4", 1)


def test_nested_file_has_its_folder_in_the_identifier() -> None:
    (task,) = decide("2023/trip/IMG_1.MOV")
    assert (task.filename, task.identifier) == ("2023/trip/IMG_1.MOV", "2023__trip__IMG_1")
    assert task.gcs_path == "videos/2023__trip__IMG_1/IMG_1.MOV"


def test_registered_file_is_not_migrated() -> None:
    (task,) = decide("a.mp4", a=A)
    assert not task.is_new
    assert task.is_settled
    assert task.row is not None


def test_first_of_equal_stems_gets_the_identifier() -> None:
    first, second, third = decide("a.MOV", "a.mov", "a.mp4")
    assert first.is_new
    for other in (second, third):
        assert isinstance(other.conflict, IdentifierConflictError)
        assert "a.MOV" in other.conflict.cause
        assert other.filename in str(other.conflict.remedy)


def test_row_takes_precedence_over_name_order() -> None:
    first, second = decide("a.avi", "a.mp4", a=A)
    assert isinstance(first.conflict, IdentifierConflictError)
    assert A in first.conflict.cause
    assert second.row is not None


def test_file_of_another_size_is_a_conflict() -> None:
    known = [row("a", A, size_bytes=7, md5="0" * 32)]
    (task,) = plan([file("a.mp4", 8)], known)
    assert task.row is None
    assert task.conflict is not None
    for detail in ("a.mp4 (8 bytes)", f"{A} (7 bytes, MD5 {'0' * 32})", "--on-conflict rename"):
        assert detail in f"{task.conflict.cause} {task.conflict.remedy}"


def test_size_in_kilobytes_is_compared_without_bytes() -> None:
    known = [row("a", A, file_size_kb=2)]
    (same,), (other,) = plan([file("a.mp4", 3000)], known), plan([file("a.mp4", 3100)], known)
    assert same.row == known[0]
    assert other.conflict is not None


def test_path_of_the_row_takes_precedence_over_its_identifier() -> None:
    first = row("a", A, 1, size_bytes=7)
    renamed = row("a-12345678", "gs://ours/videos/a-12345678/a.mp4", 2, size_bytes=8, relative_path="a.mp4")
    (task,) = plan([file("a.mp4", 8)], [first, renamed])
    assert (task.row, task.gcs_path) == (renamed, "videos/a-12345678/a.mp4")


def test_identifier_of_an_older_version_is_found() -> None:
    long = "x" * 240
    known = row(long, f"gs://ours/videos/{long}/{long}.mp4", size_bytes=1)
    (task,) = plan(files(f"{long}.mp4"), [known])
    assert task.row == known


def test_equal_path_and_folder_names_are_a_conflict() -> None:
    nested, flat = decide("a/b.mp4", "a__b.mp4")
    assert nested.is_new
    assert flat.conflict is not None
    assert "a/b.mp4" in flat.conflict.cause


@pytest.mark.parametrize(("modified", "is_doubtful"), [(OLDER, False), (NEWER, True)])
def test_file_newer_than_its_row_is_doubtful(modified: int, is_doubtful: bool) -> None:
    (task,) = plan([file("a.mp4", 1, modified)], [row("a", A, size_bytes=1, md5="0" * 32)])
    assert task.row is not None
    assert task.is_doubtful == is_doubtful
    assert task.is_settled != is_doubtful


def test_compared_file_is_not_doubtful(tmp_path: Path) -> None:
    checks = FileChecks(tmp_path / "checks.json")
    newer = file("a.mp4", 1, NEWER)
    checks.add(newer.path, newer.version, "0" * 32)
    checks.save(Path("/videos"), [newer])
    read_again = FileChecks(tmp_path / "checks.json")
    read_again.load()
    for md5, is_doubtful in (("0" * 32, False), ("1" * 32, True)):
        (task,) = plan([newer], [row("a", A, size_bytes=1, md5=md5)], read_again)
        assert task.is_doubtful == is_doubtful


def test_rows_of_the_same_size_may_be_moved_files() -> None:
    here = row("here", "gs://ours/videos/here/here.mp4", 1, size_bytes=5)
    gone = row("gone", "gs://ours/videos/gone/x.mp4", 2, size_bytes=5)
    namesake = row("b", "gs://ours/videos/b/new.mp4", 3, size_bytes=5)
    (_, new) = plan([file("here.mp4", 5), file("sub/new.mp4", 5)], [here, gone, namesake])
    assert new.same_size == (namesake, gone)


def test_recent_files_are_taken_last() -> None:
    now = time.time_ns()
    found = [file("a.mp4", 1, now), file("b.mp4"), file("c.mp4", 1, now - 9 * 10**9), file("d.mp4")]
    assert [task.filename for task in plan(found, [])] == ["b.mp4", "d.mp4", "a.mp4", "c.mp4"]


def test_unreadable_file_does_not_take_the_identifier() -> None:
    broken = VideoFile("a.avi", "/videos/a.avi", error=LocalFileNotFoundError("a.avi no longer exists"))
    first, second = plan([broken, *files("a.mp4")], [])
    assert isinstance(first.error, LocalFileNotFoundError)
    assert second.is_new


def test_row_in_another_bucket_is_a_conflict() -> None:
    (task,) = decide("a.mp4", a="gs://theirs/videos/a/a.mp4")
    assert isinstance(task.error, BucketConflictError)
    assert "gs://theirs/videos/a/a.mp4" in task.error.cause
    assert "ours" in task.error.cause


def test_invalid_cloud_url_is_a_conflict() -> None:
    for url in ("", "nonsense", "gs://", "gs://ours", "https://ours/videos/a/a.mp4"):
        (task,) = decide("a.mp4", a=url)
        assert isinstance(task.conflict, IdentifierConflictError), url


def test_undecodable_names_are_rejected() -> None:
    (task,) = decide("caf\udce9.mp4")
    assert isinstance(task.error, UnusableNameError)


def test_case_and_normal_form_are_significant() -> None:
    assert all(task.is_new for task in decide("a.mp4", "A.mp4", "\u00e9.mp4", "e\u0301.mp4"))


def test_rows_without_files_are_added_in_name_order() -> None:
    known = rows(a=A, b="gs://ours/videos/b/b.mkv", c="gs://theirs/videos/c/c.mp4")
    known[1] = known[1]._replace(relative_path="2023/b.mkv")
    tasks = add_rows_without_files(plan(files("a.mp4", "z.mp4"), known), known, settings=SETTINGS)
    assert [task.filename for task in tasks] == ["2023/b.mkv", "a.mp4", "c.mp4", "z.mp4"]
    assert [task.location is None for task in tasks] == [True, False, True, False]
    assert isinstance(tasks[2].error, BucketConflictError)


def test_row_of_a_conflicting_file_is_a_separate_task() -> None:
    known = rows(a=A)
    tasks = add_rows_without_files(plan(files("a.avi"), known), known, settings=SETTINGS)
    assert [(task.filename, task.row is not None) for task in tasks] == [("a.avi", False), ("a.mp4", True)]


def test_changed_file_is_planned_again() -> None:
    known = [row("a", A, size_bytes=7)]
    planner = Planner(KnownRows(known), SETTINGS, FileChecks(Path("/nowhere")))
    (growing,) = planner.plan([file("a.mp4", 3)])
    assert growing.conflict is not None
    complete = planner.plan_again(file("a.mp4", 7))
    assert complete.row == known[0]
    assert replace(complete, row=None).is_new
