"""What the folder's entries are taken for."""

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


def test_videos_come_in_code_point_order_with_their_sizes(tmp_path: Path) -> None:
    for name in ("b.mp4", "B.mov", "é.avi", "a.mkv", "10.webm", "9.m4v"):
        (tmp_path / name).write_bytes(b"12345")
    found = scan(tmp_path).videos
    assert [video.name for video in found] == ["10.webm", "9.m4v", "B.mov", "a.mkv", "b.mp4", "é.avi"]
    assert {video.size for video in found} == {5}
    assert [video.identifier for video in found] == ["10", "9", "B", "a", "b", "é"]


@pytest.mark.parametrize(
    "name", ["A.MP4", "a.Mov", "a.tar.mkv", "a b.avi", "a#?%\"'.webm", "-.m4v", "ä..mp4"]
)
def test_an_ending_counts_in_any_case_and_the_rest_of_a_name_is_free(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert names(tmp_path) == [name]


def test_what_is_no_video_is_named_with_its_reason(tmp_path: Path) -> None:
    for name in ("notes.txt", "film.mp4.part", ".film.mp4", "mp4"):
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
        "film.mp4.part": "an unfinished download",
        ".film.mp4": "a hidden file",
        "folder.mp4": "a folder",
        "extras": "a folder",
        "pipe.mp4": "a named pipe",
        "socket.mp4": "a socket",
    }


def test_hidden_files_without_a_videos_ending_are_passed_over_in_silence(tmp_path: Path) -> None:
    for name in (".gitkeep", ".DS_Store", ".mp4"):
        (tmp_path / name).touch()
    (tmp_path / ".cache").mkdir()
    found = scan(tmp_path)
    assert found.videos == ()
    assert found.ignored == ()


def test_symbolic_links_are_followed_inside_the_folder_only(tmp_path: Path) -> None:
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


def test_the_folder_itself_may_be_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "a.mp4").touch()
    (tmp_path / "disk" / "b.mp4").symlink_to("a.mp4")
    (tmp_path / "videos").symlink_to("disk")
    assert names(tmp_path / "videos") == ["a.mp4", "b.mp4"]


def test_a_folder_that_is_missing_or_none_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist") as missing:
        scan(tmp_path / "gone")
    assert missing.value.remedy is not None
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="is not a folder"):
        scan(tmp_path / "file")
