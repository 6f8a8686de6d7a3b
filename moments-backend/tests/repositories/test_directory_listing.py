import os
import threading
import time
from pathlib import Path

import pytest

from app.core.exceptions import FileUnreadableError
from app.repositories import directory_listing

HOUR_NS = 3600 * 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "videos"
    made.mkdir()
    return made


def settle(folder: Path, *, ago_ns: int = HOUR_NS) -> None:
    """Set the modification time of the folder to the past."""
    then = time.time_ns() - ago_ns
    os.utime(folder, ns=(then, then))


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"x")


def test_only_regular_files_are_listed(folder: Path) -> None:
    touch(folder, "a.mp4", "b.wav", ".hidden")
    (folder / "c.mp4").mkdir()
    os.mkfifo(folder / "d.mp4")
    assert directory_listing.names(folder) == {"a.mp4", "b.wav", ".hidden"}


def test_circular_link_is_ignored(folder: Path) -> None:
    touch(folder, "a.mp4")
    (folder / "loop.mp4").symlink_to("loop.mp4")
    assert directory_listing.names(folder) == {"a.mp4"}
    assert directory_listing.find_video(folder, "a") == ["a.mp4"]
    assert directory_listing.find_video(folder, "loop") == []


def test_missing_folder_is_empty(tmp_path: Path) -> None:
    assert directory_listing.names(tmp_path / "nowhere") == frozenset()
    assert directory_listing.find_video(tmp_path / "nowhere", "a") == []
    touch(tmp_path, "file")
    assert directory_listing.names(tmp_path / "file") == frozenset()


def test_removed_and_recreated_folder(folder: Path) -> None:
    touch(folder, "a.mp4")
    settle(folder)
    assert directory_listing.names(folder) == {"a.mp4"}
    (folder / "a.mp4").unlink()
    folder.rmdir()
    assert directory_listing.names(folder) == frozenset()
    folder.mkdir()
    assert directory_listing.names(folder) == frozenset()


def test_unchanged_folder_is_read_once(folder: Path) -> None:
    touch(folder, "a.mp4")
    settle(folder)
    first = directory_listing.listing(folder)
    assert directory_listing.listing(folder) is first


@pytest.mark.parametrize("change", ["add", "remove", "rename"])
def test_changed_folder_is_read_again(folder: Path, change: str) -> None:
    touch(folder, "a.mp4", "b.mp4")
    settle(folder)
    assert directory_listing.names(folder) == {"a.mp4", "b.mp4"}
    if change == "add":
        touch(folder, "c.mp4")
        assert directory_listing.names(folder) == {"a.mp4", "b.mp4", "c.mp4"}
    elif change == "remove":
        (folder / "a.mp4").unlink()
        assert directory_listing.names(folder) == {"b.mp4"}
    else:
        (folder / "a.mp4").rename(folder / "z.mp4")
        assert directory_listing.names(folder) == {"b.mp4", "z.mp4"}


@pytest.mark.parametrize("ago_ns", [0, directory_listing.SETTLED_NS // 2, -HOUR_NS])
def test_second_change_within_a_clock_tick_is_detected(folder: Path, ago_ns: int) -> None:
    """Set equal modification times, as on a file system with a coarse clock."""
    touch(folder, "a.mp4")
    then = time.time_ns() - ago_ns
    os.utime(folder, ns=(then, then))
    assert directory_listing.names(folder) == {"a.mp4"}
    touch(folder, "b.mp4")
    os.utime(folder, ns=(then, then))
    assert directory_listing.names(folder) == {"a.mp4", "b.mp4"}


def test_replaced_folder_is_read_again(folder: Path) -> None:
    touch(folder, "a.mp4")
    settle(folder)
    status = folder.stat()
    assert directory_listing.names(folder) == {"a.mp4"}
    folder.rename(folder.with_name("old"))
    folder.mkdir()
    touch(folder, "b.mp4")
    os.utime(folder, ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert directory_listing.names(folder) == {"b.mp4"}


def test_unlistable_folder_raises(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileUnreadableError, match="loop cannot be listed"):
        directory_listing.names(tmp_path / "loop")


def test_find_video_returns_sorted_real_names(folder: Path) -> None:
    touch(folder, "a.mov", "a.MP4", "a.mp4", "a.b.webm", "a.wav", "a.mp4.part", "b.mkv", "A.avi")
    assert directory_listing.find_video(folder, "a") == ["a.MP4", "a.mov", "a.mp4"]
    assert directory_listing.find_video(folder, "a.b") == ["a.b.webm"]
    assert directory_listing.find_video(folder, "A") == ["A.avi"]
    assert directory_listing.find_video(folder, "c") == []


@pytest.mark.parametrize(
    "name", ["a b#c?%20", 'it\'s "x"', "two\nlines", "-x", "crème", "cre\u0300me", "x" * 200]
)
def test_find_video_accepts_any_name(folder: Path, name: str) -> None:
    touch(folder, f"{name}.mp4")
    assert directory_listing.find_video(folder, name) == [f"{name}.mp4"]


@pytest.mark.parametrize(
    "identifier", ["", ".", "..", "../a", "sub/a", "/etc/passwd", "a\0b", ".hidden", "x" * 9999]
)
def test_find_video_stays_inside_the_folder(folder: Path, identifier: str) -> None:
    touch(folder.parent, "a.mp4")
    touch(folder, ".hidden.mp4")
    (folder / "sub").mkdir()
    touch(folder / "sub", "a.mp4")
    assert directory_listing.find_video(folder, identifier) == []


def test_links_must_stay_inside_the_folder(folder: Path) -> None:
    touch(folder, "real.mp4")
    touch(folder.parent, "outside.mp4")
    (folder / "inside.mp4").symlink_to("real.mp4")
    (folder / "out.mp4").symlink_to("../outside.mp4")
    (folder / "twice.mp4").symlink_to("out.mp4")
    (folder / "nowhere.mp4").symlink_to("no-such-file.mp4")
    found = {
        stem: directory_listing.find_video(folder, stem) for stem in ("inside", "out", "twice", "nowhere")
    }
    assert found == {"inside": ["inside.mp4"], "out": [], "twice": [], "nowhere": []}


def test_folder_may_be_a_link(folder: Path) -> None:
    touch(folder, "real.mp4")
    (folder / "inside.mp4").symlink_to("real.mp4")
    link = folder.with_name("link")
    link.symlink_to("videos")
    assert directory_listing.find_video(link, "inside") == ["inside.mp4"]


def test_listed_files_are_checked_again(folder: Path) -> None:
    """A link's target may change without a change to the folder."""
    touch(folder.parent, "target")
    (folder / "sub").mkdir()
    touch(folder / "sub", "target")
    (folder / "a.mp4").symlink_to("sub/target")
    settle(folder)
    assert directory_listing.find_video(folder, "a") == ["a.mp4"]
    (folder / "sub" / "target").unlink()
    assert directory_listing.find_video(folder, "a") == []


def test_threads_get_complete_listings(folder: Path) -> None:
    """Listings are consistent while another thread adds files."""
    touch(folder, *(f"{number}.mp4" for number in range(50)))
    stop = threading.Event()
    failures: list[object] = []

    def read() -> None:
        while not stop.is_set():
            seen = directory_listing.listing(folder)
            if not {f"{number}.mp4" for number in range(50)} <= seen.names or "0" not in seen.videos:
                failures.append(seen)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(50, 100):
        touch(folder, f"{number}.mp4")
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(directory_listing.names(folder)) == 100


def test_find_video_looks_into_subfolders(folder: Path) -> None:
    for name in ("2023", "2023/May", "2023__May", ".hidden", "2024"):
        (folder / name).mkdir()
    for path in ("2023/May/a.mov", "2023__May/a.mp4", "2023/May__a.mkv", ".hidden/a.mp4", "2024/__a.mp4"):
        touch(folder, path)
    touch(folder, "2023__May__a.avi")
    assert directory_listing.find_video(folder, "2023__May__a") == [
        "2023__May__a.avi",
        "2023/May__a.mkv",
        "2023/May/a.mov",
        "2023__May/a.mp4",
    ]
    assert directory_listing.find_video(folder, "2024____a") == ["2024/__a.mp4"]
    assert directory_listing.find_video(folder, ".hidden__a") == []
    assert directory_listing.find_video(folder, "..__a") == []
    assert directory_listing.find_video(folder, "__2023__a") == []


def test_linked_folders_are_not_entered(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    touch(outside, "a.mp4")
    (folder / "out").symlink_to(outside)
    assert directory_listing.find_video(folder, "out__a") == []
    assert not directory_listing.is_inside(folder, "out/a.mp4")
    assert not directory_listing.is_inside(folder, "../outside/a.mp4")
    assert not directory_listing.is_inside(folder, str(outside / "a.mp4"))


def test_tree_lists_each_folder_once(folder: Path) -> None:
    (folder / "sub").mkdir()
    touch(folder, "a.mp4", "sub/b.mp4")
    tree = directory_listing.VideoTree(folder)
    assert tree.missing(["", "sub"]) == {"", "sub"}
    tree.load(["", "sub", "nowhere"])
    assert tree.missing(["", "sub", "nowhere"]) == set()
    assert [tree.has(path) for path in ("a.mp4", "sub/b.mp4", "b.mp4", "nowhere/a.mp4", "")] == [
        *(True, True, False, False, False)
    ]
