"""Classification of directory entries."""

import os
import socket
from pathlib import Path

import pytest

from app.core.exceptions import ConfigurationError, FileUnreadableError
from app.services.migration import scanner
from app.services.migration.scanner import Scan, scan


def paths(found: Scan) -> list[str]:
    return [video.relative_path for video in found.videos]


def ignored(found: Scan) -> dict[str, str]:
    return {entry.relative_path: entry.reason for entry in found.ignored}


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_videos_are_sorted_by_code_point(tmp_path: Path) -> None:
    for name in ("b.mp4", "B.mov", "é.avi", "a.mkv", "10.webm", "9.m4v"):
        (tmp_path / name).write_bytes(b"12345")
    found = scan(tmp_path)
    assert paths(found) == ["10.webm", "9.m4v", "B.mov", "a.mkv", "b.mp4", "é.avi"]
    assert {video.size for video in found.videos} == {5}
    assert {video.version.modified_ns for video in found.videos} == {
        path.stat().st_mtime_ns for path in tmp_path.iterdir()
    }


@pytest.mark.parametrize(
    "name", ["A.MP4", "a.Mov", "a.tar.mkv", "a b.avi", "a#?%\"'.webm", "-.m4v", "ä..mp4", "a.MTS", "a.vob"]
)
def test_extension_is_case_insensitive(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert paths(scan(tmp_path)) == [name]


def test_folders_are_read_recursively(tmp_path: Path) -> None:
    touch(tmp_path, "z.mp4", "2023/b.mp4", "2023/a/deep.mkv", "2022.mp4/in.mov", "-x/new\nline.mp4")
    found = scan(tmp_path)
    assert paths(found) == [
        "-x/new\nline.mp4", "2022.mp4/in.mov", "2023/a/deep.mkv", "2023/b.mp4", "z.mp4"
    ]  # fmt: skip
    assert [video.path.relative_to(tmp_path).as_posix() for video in found.videos] == paths(found)
    assert ignored(found) == {}


def test_folders_are_ignored_without_recursion(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "2023/b.mp4", "folder.mp4/c.mp4")
    found = scan(tmp_path, recursive=False)
    assert paths(found) == ["a.mp4"]
    assert ignored(found) == {"2023": "a folder", "folder.mp4": "a folder"}


def test_ignored_entries_have_a_reason(tmp_path: Path) -> None:
    touch(tmp_path, "notes.txt", ".video.mp4", "mp4", "2023/cover.jpg")
    os.mkfifo(tmp_path / "pipe.mp4")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket.mp4"))
    found = scan(tmp_path)
    assert paths(found) == []
    assert ignored(found) == {
        ".video.mp4": "a hidden file",
        "2023/cover.jpg": "no video's file extension",
        "mp4": "no video's file extension",
        "notes.txt": "no video's file extension",
        "pipe.mp4": "a named pipe",
        "socket.mp4": "a socket",
    }


@pytest.mark.parametrize(
    "name",
    [
        "a.mp4.part",
        "a.mp4.crdownload",
        "a.mp4.!qB",
        "a.mkv.!ut",
        "film.!ut.mp4",
        "Talk [abc].f137.mp4",
        "Talk [abc].f251-drc.webm",
        "Talk [abc].temp.mp4",
        "A.TEMP.MKV",
    ],
)
def test_unfinished_downloads_are_ignored(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert ignored(scan(tmp_path)) == {name: "an unfinished download"}


@pytest.mark.parametrize("name", ["race.f1.mp4", "temp.mp4", "f137.mp4", "a.template.mp4", "a.part.mp4"])
def test_similar_names_are_videos(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert paths(scan(tmp_path)) == [name]


def test_hidden_and_system_folders_are_skipped(tmp_path: Path) -> None:
    for folder in (".hidden", "@eaDir", "lost+found", "#recycle", "2023/@eaDir"):
        touch(tmp_path, f"{folder}/a.mp4")
    found = scan(tmp_path)
    assert paths(found) == []
    assert ignored(found) == {
        "#recycle": "a system folder",
        ".hidden": "a hidden folder",
        "2023/@eaDir": "a system folder",
        "@eaDir": "a system folder",
        "lost+found": "a system folder",
    }


def test_other_hidden_files_are_not_reported(tmp_path: Path) -> None:
    touch(tmp_path, ".gitkeep", ".DS_Store", ".mp4")
    assert scan(tmp_path) == Scan((), ())


def test_symlinks_out_of_the_directory_are_ignored(tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    touch(folder, "a.mp4", "below/deep.mp4")
    touch(tmp_path, "outside.mp4", "nas/b.mp4")
    (folder / "inside.mp4").symlink_to("a.mp4")
    (folder / "further.mp4").symlink_to(folder / "below" / "deep.mp4")
    (folder / "out.mp4").symlink_to(tmp_path / "outside.mp4")
    (folder / "below" / "up.mp4").symlink_to("../../outside.mp4")
    (folder / "nowhere.mp4").symlink_to("gone.mp4")
    (folder / "round.mp4").symlink_to("round.mp4")
    (folder / "nas").symlink_to(tmp_path / "nas")
    (folder / "below" / "loop").symlink_to(folder)
    found = scan(folder)
    assert paths(found) == ["a.mp4", "below/deep.mp4", "further.mp4", "inside.mp4"]
    assert ignored(found) == {
        "below/loop": "a symbolic link to a folder",
        "below/up.mp4": "a symbolic link out of the folder",
        "nas": "a symbolic link to a folder",
        "nowhere.mp4": "a symbolic link that leads nowhere",
        "out.mp4": "a symbolic link out of the folder",
        "round.mp4": "a symbolic link that leads nowhere",
    }


def test_directory_may_be_a_symlink(tmp_path: Path) -> None:
    touch(tmp_path, "disk/a.mp4")
    (tmp_path / "disk" / "b.mp4").symlink_to("a.mp4")
    (tmp_path / "videos").symlink_to("disk")
    assert paths(scan(tmp_path / "videos")) == ["a.mp4", "b.mp4"]


def test_unreadable_subfolder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.mp4", "locked/b.mp4")
    read = scanner._entries

    def deny(folder: str) -> list[os.DirEntry[str]]:
        if folder.endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return read(folder)

    monkeypatch.setattr(scanner, "_entries", deny)  # root may read every folder
    readable, locked = scan(tmp_path).videos
    assert (readable.relative_path, readable.error) == ("a.mp4", None)
    assert isinstance(locked.error, FileUnreadableError)
    assert str(locked.error) == "the folder locked cannot be read: Permission denied"


def test_unusable_directory_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist") as missing:
        scan(tmp_path / "gone")
    assert missing.value.remedy is not None
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="is not a folder"):
        scan(tmp_path / "file")
