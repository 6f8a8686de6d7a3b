import resource
import signal
from pathlib import Path

import pytest

from app.core.exceptions import DiskFullError, LocalFileError
from app.core.files.atomic import atomic_write, mapped_write_errors


def test_a_new_file_in_a_new_folder(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a" / "b" / "file", b"content")
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"content"


def test_an_old_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_the_longest_name(tmp_path: Path) -> None:
    atomic_write(tmp_path / ("x" * 255), b"content")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"content"


def test_a_part_that_somebody_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"half")
    (tmp_path / ".0123.part").write_bytes(b"half")
    atomic_write(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"


def test_what_cannot_be_written_leaves_the_old_content_and_no_part(tmp_path: Path) -> None:
    """A limit on the size of files makes the write fail halfway, as a full disk does."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(LocalFileError, match="could not be written: File too large"):
            atomic_write(path, b"x" * 100_000)
        with pytest.raises(LocalFileError, match="File too large"):
            atomic_write(path, b"x" * 5000)  # fits a buffer, so it fails when that is flushed
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(LocalFileError, match="could not be written"):
        atomic_write(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_full_disk_is_named() -> None:
    """Every write to /dev/full finds the disk full."""
    full = Path("/dev/full")
    with (
        pytest.raises(DiskFullError, match="no space left to write /dev/full") as caught,
        mapped_write_errors(full),
    ):
        full.write_bytes(b"x")
    assert caught.value.remedy == "free some space and retry"
