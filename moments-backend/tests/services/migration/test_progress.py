"""Progress figures of a migration."""

from pathlib import Path

from app.core.exceptions import VideoMomentsError
from app.repositories.video_identity_repository import VideoIdentity
from app.services.migration.progress import MigrationProgress
from app.services.migration.tasks import Task


def task(name: str, size: int, *, registered: bool = False, failed: bool = False, local: bool = True) -> Task:
    row = VideoIdentity(1, name, f"gs://b/videos/{name}/{name}.mp4") if registered else None
    error = VideoMomentsError("no") if failed else None
    path = Path(f"{name}.mp4") if local else None
    return Task(f"{name}.mp4", name, f"videos/{name}/{name}.mp4", path, size, row, error)


NEW, OLD, BAD, ROW = (
    task("new", 100),
    task("old", 1000, registered=True),
    task("bad", 10000, failed=True),
    task("row", 0, registered=True, local=False),
)


def test_only_files_to_be_read_are_counted() -> None:
    progress = MigrationProgress()
    progress.start([NEW, OLD, BAD, ROW], reads_registered=False)
    assert (progress.videos_total, progress.bytes_total) == (4, 100)
    progress = MigrationProgress()
    progress.start([NEW, OLD, BAD, ROW], reads_registered=True)
    assert (progress.videos_total, progress.bytes_total) == (4, 1100)


def test_bytes_grow_and_reach_the_total() -> None:
    progress = MigrationProgress()
    progress.start([NEW, OLD, BAD], reads_registered=True)
    assert (progress.bytes_done, progress.seconds_left) == (0, None)
    progress.update(NEW, 50)
    assert progress.current == {"new.mp4": (50, 100)}
    assert progress.bytes_done == 50
    left = progress.seconds_left
    assert left is not None
    assert left >= 0
    progress.complete(NEW)
    assert (progress.videos_done, progress.bytes_done, progress.current) == (1, 100, {})
    progress.complete(BAD)
    progress.complete(OLD)  # without updates, like a video that is already in the bucket
    assert (progress.videos_done, progress.bytes_done) == (3, 1100)
    assert progress.seconds_left == 0
