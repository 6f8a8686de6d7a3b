"""Files that are opened below a folder while links replace them."""

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from app.core.exceptions import FileChangedError
from app.core.files.safe_open import open_below

ATTEMPTS = 2000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the file `sub/own`; `secret` is a folder beside it, with a file `own`."""
    for name, content in (("folder/sub", b"own"), ("secret", b"secret")):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "own").write_bytes(content)
    return tmp_path / "folder"


def read(folder: Path, name: str) -> bytes:
    descriptor = open_below(folder, folder / name, os.O_RDONLY)
    try:
        return os.read(descriptor, 100)
    finally:
        os.close(descriptor)


def test_links_inside_the_folder_are_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to("sub/own")
    (folder / "other").symlink_to(folder / "sub")
    (tmp_path / "alias").symlink_to(folder)
    assert [read(folder, name) for name in ("sub/own", "link", "other/own")] == [b"own"] * 3
    assert read(tmp_path / "alias", "sub/own") == b"own"


def test_links_out_of_the_folder_are_refused(folder: Path) -> None:
    (folder / "link").symlink_to("../secret/own")
    (folder / "other").symlink_to("../secret")
    for name in ("link", "other/own", "../secret/own"):
        with pytest.raises(FileChangedError, match="symbolic link out of its folder"):
            read(folder, name)
    with pytest.raises(FileNotFoundError):
        read(folder, "missing")


def test_folder_that_becomes_a_link_is_not_followed(folder: Path) -> None:
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (folder / "sub").rename(folder / "away")
            (folder / "sub").symlink_to("../secret")
            (folder / "sub").unlink()
            (folder / "away").rename(folder / "sub")

    swapping = threading.Thread(target=swap)
    swapping.start()
    found = set()
    try:
        for _ in range(ATTEMPTS):
            with suppress(FileChangedError, FileNotFoundError):
                found.add(read(folder, "sub/own"))
    finally:
        stop.set()
        swapping.join()
    assert found == {b"own"}
