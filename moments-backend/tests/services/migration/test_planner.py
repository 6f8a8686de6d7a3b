"""Decisions from file names and rows alone."""

from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    IdentifierConflictError,
    LocalFileNotFoundError,
    UnusableNameError,
)
from app.repositories.video_db_repository import VideoRef
from app.services.migration.planner import Task, add_rows_without_files, plan
from app.services.migration.scanner import VideoFile

SETTINGS = Settings.model_construct(gcs_bucket_name="ours", gcs_videos_prefix="videos/")


def files(*names: str) -> list[VideoFile]:
    return [VideoFile(Path("/videos", name), size=1) for name in names]


def rows(**cloud_urls: str) -> dict[str, VideoRef]:
    return {
        identifier: VideoRef(number, identifier, url)
        for number, (identifier, url) in enumerate(cloud_urls.items(), start=1)
    }


def decide(*names: str, **cloud_urls: str) -> list[Task]:
    return plan(files(*names), rows(**cloud_urls), settings=SETTINGS)


def test_file_without_a_row_is_new() -> None:
    (task,) = decide("a.mp4")
    assert task.is_new
    assert (task.identifier, task.gcs_path, task.size) == ("a", "videos/a/a.mp4", 1)


def test_registered_file_is_not_migrated() -> None:
    (task,) = decide("a.mp4", a="gs://ours/videos/a/a.mp4")
    assert not task.is_new
    assert task.error is None
    assert task.row is not None


def test_first_of_equal_stems_gets_the_identifier() -> None:
    first, second, third = decide("a.MOV", "a.mov", "a.mp4")
    assert first.is_new
    for other in (second, third):
        assert isinstance(other.error, IdentifierConflictError)
        assert "a.MOV" in other.error.cause
        assert other.filename in str(other.error.remedy)


def test_row_takes_precedence_over_name_order() -> None:
    first, second = decide("a.avi", "a.mp4", a="gs://ours/videos/a/a.mp4")
    assert isinstance(first.error, IdentifierConflictError)
    assert "gs://ours/videos/a/a.mp4" in first.error.cause
    assert second.error is None
    assert second.row is not None


def test_unreadable_file_does_not_take_the_identifier() -> None:
    broken = VideoFile(Path("/videos/a.avi"), error=LocalFileNotFoundError("a.avi no longer exists"))
    first, second = plan([broken, *files("a.mp4")], {}, settings=SETTINGS)
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
        assert isinstance(task.error, IdentifierConflictError), url


def test_unusable_names_are_rejected() -> None:
    for task in decide("caf\udce9.mp4", "two\nlines.mp4", "carriage\rreturn.mp4"):
        assert isinstance(task.error, UnusableNameError)


def test_case_and_normal_form_are_significant() -> None:
    assert all(task.is_new for task in decide("a.mp4", "A.mp4", "\u00e9.mp4", "e\u0301.mp4"))


def test_rows_without_files_are_added_in_name_order() -> None:
    known = rows(a="gs://ours/videos/a/a.mp4", b="gs://ours/videos/b/b.mkv", c="gs://theirs/videos/c/c.mp4")
    tasks = add_rows_without_files(
        plan(files("a.mp4", "z.mp4"), known, settings=SETTINGS), known, settings=SETTINGS
    )
    assert [task.filename for task in tasks] == ["a.mp4", "b.mkv", "c.mp4", "z.mp4"]
    assert [task.path is None for task in tasks] == [False, True, True, False]
    assert isinstance(tasks[2].error, BucketConflictError)


def test_row_of_a_conflicting_file_is_a_separate_task() -> None:
    known = rows(a="gs://ours/videos/a/a.mp4")
    tasks = add_rows_without_files(plan(files("a.avi"), known, settings=SETTINGS), known, settings=SETTINGS)
    assert [(task.filename, task.row is not None) for task in tasks] == [("a.avi", False), ("a.mp4", True)]
