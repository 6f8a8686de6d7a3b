"""What a run counts for whoever draws it."""

from pathlib import Path

from app.core.exceptions import VideoMomentsError
from app.repositories.video_db_repository import VideoRef
from app.services.migration.planner import Task
from app.services.migration.progress import MigrationProgress


def task(name: str, size: int, *, registered: bool = False, failed: bool = False, local: bool = True) -> Task:
    row = VideoRef(1, name, f"gs://b/videos/{name}/{name}.mp4") if registered else None
    error = VideoMomentsError("no") if failed else None
    path = Path(f"{name}.mp4") if local else None
    return Task(f"{name}.mp4", name, f"videos/{name}/{name}.mp4", path, size, row, error)


NEW, OLD, BAD, ROW = (
    task("new", 100),
    task("old", 1000, registered=True),
    task("bad", 10000, failed=True),
    task("row", 0, registered=True, local=False),
)


def test_only_what_must_be_read_is_counted() -> None:
    meter = MigrationProgress()
    meter.start([NEW, OLD, BAD, ROW], reads_registered=False)
    assert (meter.videos_total, meter.bytes_total) == (4, 100)
    meter = MigrationProgress()
    meter.start([NEW, OLD, BAD, ROW], reads_registered=True)
    assert (meter.videos_total, meter.bytes_total) == (4, 1100)


def test_bytes_grow_with_the_work_and_reach_the_total() -> None:
    meter = MigrationProgress()
    meter.start([NEW, OLD, BAD], reads_registered=True)
    assert (meter.bytes_done, meter.seconds_left) == (0, None)
    meter.update(NEW, 50)
    assert meter.current == {"new.mp4": (50, 100)}
    assert meter.bytes_done == 50
    left = meter.seconds_left
    assert left is not None
    assert left >= 0
    meter.complete(NEW)
    assert (meter.videos_done, meter.bytes_done, meter.current) == (1, 100, {})
    meter.complete(BAD)
    meter.complete(OLD)  # without a word on its way, as a video that is there already
    assert (meter.videos_done, meter.bytes_done) == (3, 1100)
    assert meter.seconds_left == 0
