"""Classification of directory entries."""

import os
import socket
from pathlib import Path

import pytest

from app.core.exceptions import ConfigurationError
from app.services.migration.scanner import scan


def names(folder: Path) -> list[str]:
    return [video.name for video in scan(folder).videos]


def ignored(folder: Path) -> dict[str, str]:
    return {entry.name: entry.reason for entry in scan(folder).ignored}


def test_videos_are_sorted_by_code_point(tmp_path: Path) -> None:
    for name in ("b.mp4", "B.mov", "é.avi", "a.mkv", "10.webm", "9.m4v"):
        (tmp_path / name).write_bytes(b"12345")
    found = scan(tmp_path).videos
    assert [video.name for video in found] == ["10.webm", "9.m4v", "B.mov", "a.mkv", "b.mp4", "é.avi"]
    assert {video.size for video in found} == {5}
    assert [video.identifier for video in found] == ["10", "9", "B", "a", "b", "é"]


@pytest.mark.parametrize(
    "name", ["A.MP4", "a.Mov", "a.tar.mkv", "a b.avi", "a#?%\"'.webm", "-.m4v", "ä..mp4"]
)
def test_extension_is_case_insensitive(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert names(tmp_path) == [name]


def test_ignored_entries_have_a_reason(tmp_path: Path) -> None:
    for name in ("notes.txt", "video.mp4.part", ".video.mp4", "mp4"):
        (tmp_path / name).touch()
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "extras").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket.mp4"))
    assert names(tmp_path) == []
    assert ignored(tmp_path) == {
        "notes.txt": "no video's file extension",
        "mp4": "no video's file extension",
        "video.mp4.part": "an unfinished download",
        ".video.mp4": "a hidden file",
        "folder.mp4": "a folder",
        "extras": "a folder",
        "pipe.mp4": "a named pipe",
        "socket.mp4": "a socket",
    }


def test_other_hidden_files_are_not_reported(tmp_path: Path) -> None:
    for name in (".gitkeep", ".DS_Store", ".mp4"):
        (tmp_path / name).touch()
    (tmp_path / ".cache").mkdir()
    found = scan(tmp_path)
    assert found.videos == ()
    assert found.ignored == ()


def test_symlinks_out_of_the_directory_are_ignored(tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    (folder / "below").mkdir(parents=True)
    (folder / "a.mp4").write_bytes(b"a")
    (folder / "below" / "deep.mp4").write_bytes(b"deep")
    (tmp_path / "outside.mp4").write_bytes(b"outside")
    (folder / "inside.mp4").symlink_to("a.mp4")
    (folder / "further.mp4").symlink_to(folder / "below" / "deep.mp4")
    (folder / "out.mp4").symlink_to(tmp_path / "outside.mp4")
    (folder / "up.mp4").symlink_to("../outside.mp4")
    (folder / "nowhere.mp4").symlink_to("gone.mp4")
    (folder / "round.mp4").symlink_to("round.mp4")
    assert names(folder) == ["a.mp4", "further.mp4", "inside.mp4"]
    assert ignored(folder) == {
        "below": "a folder",
        "nowhere.mp4": "a symbolic link that leads nowhere",
        "out.mp4": "a symbolic link out of the folder",
        "round.mp4": "a symbolic link that leads nowhere",
        "up.mp4": "a symbolic link out of the folder",
    }


def test_directory_may_be_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "a.mp4").touch()
    (tmp_path / "disk" / "b.mp4").symlink_to("a.mp4")
    (tmp_path / "videos").symlink_to("disk")
    assert names(tmp_path / "videos") == ["a.mp4", "b.mp4"]


def test_unusable_directory_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist") as missing:
        scan(tmp_path / "gone")
    assert missing.value.remedy is not None
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="is not a folder"):
        scan(tmp_path / "file")
