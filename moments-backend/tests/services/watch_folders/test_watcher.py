"""Watch folders with real files, a real database and a real bucket."""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.core.exceptions import FileChangedError
from app.models.pipeline import GenerateMomentsRequest
from app.models.watch_folder import WatchFolderRecord
from app.repositories.watched_file_repository import SeenFile
from app.services.storage.gcs_uploader import GCSUploader
from app.services.watch_folders import service
from app.services.watch_folders.intake import Intake
from app.services.watch_folders.watcher import FolderWatcher
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

pytestmark = pytest.mark.usefixtures("session_factory")


@dataclass
class Watch:
    """A watch folder and its watcher."""

    folder: Path
    settings: Settings
    library: Library
    watcher: FolderWatcher

    async def poll(self, times: int = 2) -> None:
        """Scan so often that all files count as unchanged for long enough."""
        for _ in range(times):
            await self.watcher.poll()
            self.library.execute("UPDATE watched_files SET changed_at = changed_at - interval '1 hour'")

    def add(self, name: str, **options: Any) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return make_video(path, **options)

    async def state(self) -> WatchFolderRecord:
        return (await service.list_watch_folders(self.settings))[0]

    def ids(self) -> list[str]:
        return sorted(self.library.rows())


@pytest.fixture
async def uploader(settings: Settings) -> AsyncIterator[GCSUploader]:
    running = GCSUploader(settings)
    yield running
    await running.close()


@pytest.fixture
def make_watch(
    settings: Settings, uploader: GCSUploader, library: Library, tmp_path: Path
) -> Callable[..., Watch]:
    def make(submit: Callable[[GenerateMomentsRequest], Any] | None = None, **changes: Any) -> Watch:
        folder = tmp_path / "watched"
        folder.mkdir(exist_ok=True)
        changed = settings.model_copy(update={"watch_dir": [folder]} | changes)

        async def ignore(request: GenerateMomentsRequest) -> None:
            raise AssertionError(request)

        return Watch(folder, changed, library, FolderWatcher.create(changed, uploader, submit or ignore))

    return make


@pytest.fixture
def watch(make_watch: Callable[..., Watch]) -> Watch:
    return make_watch()


async def test_new_files_are_registered_in_place(watch: Watch) -> None:
    talk = watch.add("2024/talk.mp4")
    (talk.parent / "talk.en.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    (watch.folder / "half.mp4.part").write_bytes(b"x")
    (watch.folder / ".hidden.mp4").write_bytes(b"x")
    (watch.folder / "notes.txt").write_bytes(b"x")
    await watch.poll(1)
    assert watch.ids() == []
    assert (await watch.state()).waiting == 1
    await watch.poll(1)
    row = watch.library.rows()["2024__talk"]
    assert (row["relative_path"], row["title"]) == ("2024/talk.mp4", "Talk")
    objects = sorted(name for name in watch.library.objects() if "2024__talk" in name)
    assert "videos/2024__talk/talk.mp4" in objects
    captions = [name for name in objects if name.startswith("captions/2024__talk/en.")]
    assert [name.rpartition(".")[2] for name in captions] == ["srt"]
    assert list(watch.settings.videos_dir.iterdir()) == []  # no second copy on the disk
    state = await watch.state()
    assert (state.state, state.added, state.waiting, state.failed) == ("available", 1, 0, 0)
    assert {entry.path: entry.reason for entry in state.ignored} == {
        ".hidden.mp4": "a hidden file",
        "half.mp4.part": "an unfinished download",
        "notes.txt": "no video's file extension",
    }
    before = watch.library.objects()
    await watch.poll()
    assert watch.library.objects() == before


async def test_growing_file_waits(watch: Watch) -> None:
    content = watch.add("talk.mp4").read_bytes()
    path = watch.folder / "copied.mp4"
    (watch.folder / "talk.mp4").unlink()
    for part in (1000, 2000, 3000):
        path.write_bytes(content[:part])
        await watch.poll(1)
        assert watch.ids() == []
    path.write_bytes(content)
    await watch.poll(2)
    assert watch.ids() == ["copied"]


async def test_moved_file_stays_one_video(watch: Watch) -> None:
    path = watch.add("inbox/talk.mp4")
    await watch.poll()
    (watch.folder / "2024").mkdir()
    path.rename(watch.folder / "2024" / "renamed.mp4")
    await watch.poll(3)
    rows = watch.library.rows()
    assert list(rows) == ["inbox__talk"]
    assert rows["inbox__talk"]["relative_path"] == "2024/renamed.mp4"
    state = await watch.state()
    assert (state.added, state.missing, state.known) == (1, 0, 0)


async def test_copy_adds_no_second_video(watch: Watch) -> None:
    path = watch.add("talk.mp4")
    await watch.poll()
    shutil.copy(path, watch.folder / "copy.mp4")
    os.utime(path)  # a new time alone changes nothing either
    await watch.poll(3)
    assert watch.ids() == ["talk"]
    state = await watch.state()
    assert (state.added, state.known) == (1, 1)


async def test_empty_file_is_reported_with_a_remedy(watch: Watch) -> None:
    (watch.folder / "empty.mp4").touch()
    await watch.poll(3)
    state = await watch.state()
    assert [(problem.path, problem.detail, problem.remedy) for problem in state.problems] == [
        ("empty.mp4", "empty.mp4 is empty (0 bytes)", "replace it with a complete copy, or remove it")
    ]


async def test_deletes_do_not_propagate(watch: Watch) -> None:
    watch.add("a.mp4", seconds=1)
    gone = watch.add("b.mp4", seconds=2)
    await watch.poll()
    gone.unlink()
    await watch.poll()
    assert watch.ids() == ["a", "b"]
    assert (await watch.state()).missing == 1


@pytest.mark.parametrize("way", ["vanished", "empty"])
async def test_lost_drive_changes_nothing_and_is_reported_once(
    watch: Watch, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    watch.add("a.mp4")
    await watch.poll()
    before = watch.library.rows()
    away = watch.folder.with_name("away")
    watch.folder.rename(away)
    if way == "empty":
        watch.folder.mkdir()
    await watch.poll(3)
    state = await watch.state()
    assert (state.state, state.added, state.missing) == ("unavailable", 1, 0)
    assert state.error is not None
    assert str(watch.folder) in state.error.detail
    assert state.error.remedy
    assert sum(record.levelname == "WARNING" for record in caplog.records) == 1
    if way == "empty":
        watch.folder.rmdir()
    away.rename(watch.folder)
    await watch.poll()
    assert (await watch.state()).state == "available"
    assert watch.library.rows() == before


async def test_deleted_videos_are_not_added_again(watch: Watch) -> None:
    watch.add("a.mp4", seconds=1)
    path = watch.add("b.mp4", seconds=2)
    await watch.poll()
    watch.library.execute("DELETE FROM videos WHERE identifier = 'b'")
    watch.library.execute("UPDATE videos SET deleted_at = now() WHERE identifier = 'a'")
    os.utime(path)
    path.rename(watch.folder / "c.mp4")
    os.utime(watch.folder / "a.mp4")
    await watch.poll(4)
    assert watch.ids() == ["a"]


async def test_problems_are_named_and_retried_when_the_file_changes(watch: Watch) -> None:
    path = watch.folder / "talk.mp4"
    path.write_bytes(b"not a video" * 100)
    await watch.poll(3)
    (problem,) = (await watch.state()).problems
    assert (problem.path, bool(problem.detail)) == ("talk.mp4", True)
    watch.add("talk.mp4")
    await watch.poll(3)
    assert (watch.ids(), (await watch.state()).problems) == (["talk"], [])


async def test_odd_names_and_links(watch: Watch) -> None:
    watch.add("two\nlines.mp4", seconds=1)
    invalid = os.fsencode(watch.folder) + b"/bad-\xff.mp4"
    Path(os.fsdecode(invalid)).write_bytes(b"x")
    (watch.folder / "loop").symlink_to(watch.folder)
    (watch.folder / "self.mp4").symlink_to("self.mp4")
    await watch.poll(2)
    (row,) = watch.library.rows().values()
    assert row["title"] == "Two Lines"
    state = await watch.state()
    assert [(problem.path, problem.type) for problem in state.problems] == [
        ("bad-\\xff.mp4", "unusable-name")
    ]
    reasons = {entry.path: entry.reason for entry in state.ignored}
    assert reasons["loop"] == "a symbolic link to a folder"
    assert reasons["self.mp4"] == "a symbolic link that leads nowhere"


@pytest.mark.parametrize("replaced", ["sub/talk.mp4", "sub"], ids=["file", "folder"])
async def test_link_that_replaces_a_file_is_not_read(
    watch: Watch, uploader: GCSUploader, tmp_path: Path, replaced: str
) -> None:
    status = watch.add("sub/talk.mp4").stat()
    await watch.poll(1)
    (tmp_path / "secret").mkdir()
    make_video(tmp_path / "secret" / "talk.mp4", seconds=2)
    path = watch.folder / replaced
    path.rename(tmp_path / "away")
    path.symlink_to(tmp_path / "secret" / path.relative_to(watch.folder / "sub"))
    seen = SeenFile("sub/talk.mp4", status.st_size, status.st_mtime_ns)
    intake = Intake(watch.settings, uploader)
    await intake.process(watch.folder, seen)
    # The link may also appear after the first check.
    with pytest.raises(FileChangedError):
        await uploader.store(watch.folder / seen.path, "videos/talk/talk.mp4", within=watch.folder)
    assert (watch.ids(), watch.library.objects()) == ([], {})
    assert ((await watch.state()).waiting, (await watch.state()).problems) == (1, [])
    await watch.poll(1)
    state = await watch.state()
    assert (state.waiting, [entry.path for entry in state.ignored]) == (0, [replaced])


async def test_other_video_of_the_same_name_gets_a_suffix(watch: Watch) -> None:
    path = watch.add("talk.mp4", seconds=1)
    await watch.poll()
    watch.add("new.mp4", seconds=2).replace(path)
    await watch.poll(3)
    first, second = watch.ids()
    assert first == "talk"
    assert second.startswith("talk-")


async def test_unavailable_bucket_delays_files(
    watch: Watch, make_watch: Callable[..., Watch], caplog: pytest.LogCaptureFixture
) -> None:
    watch.add("talk.mp4")
    nowhere = {"storage_emulator_host": "http://127.0.0.1:9", "gcs_max_retries": 0, "gcs_retry_base_delay": 0}
    unreachable = watch.settings.model_copy(update=nowhere)
    away = GCSUploader(unreachable)
    broken = Watch(
        watch.folder,
        unreachable,
        watch.library,
        FolderWatcher.create(unreachable, away, lambda _: None),  # type: ignore[arg-type, return-value]
    )
    await broken.poll(2)
    await away.close()
    state = await watch.state()
    assert (state.waiting, state.failed, state.error is None) == (1, 0, False)
    await watch.poll(1)
    state = await watch.state()
    assert (state.added, state.error) == (1, None)


async def test_runs_start_only_if_wanted(make_watch: Callable[..., Watch]) -> None:
    submitted: list[str | None] = []

    async def submit(request: GenerateMomentsRequest) -> None:
        submitted.append(request.video_id)

    watch = make_watch(submit, watch_moments=True)
    watch.add("talk.mp4")
    await watch.poll(3)
    assert submitted == ["talk"]


async def test_own_folder_is_left_out(watch: Watch, make_watch: Callable[..., Watch]) -> None:
    inner = make_watch(watch_dir=[watch.settings.static_path.parent])
    make_video(watch.settings.static_path / "uploads.mp4")
    inner.add("talk.mp4", seconds=2)
    await inner.poll()
    assert watch.ids() == ["watched__talk"]


async def test_unexpected_error_concerns_one_file(make_watch: Callable[..., Watch]) -> None:
    async def submit(request: GenerateMomentsRequest) -> None:
        if request.video_id == "first":
            raise RuntimeError("a bug")

    watch = make_watch(submit, watch_moments=True)
    watch.add("first.mp4")
    watch.add("second.mp4", seconds=2)
    await watch.poll()
    assert watch.ids() == ["first", "second"]
    state = await watch.state()
    assert (state.added, state.failed) == (1, 1)
