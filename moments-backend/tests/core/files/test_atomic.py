import resource
import signal
from pathlib import Path

import pytest

from app.core.exceptions import DiskFullError, LocalFileError
from app.core.files.atomic import atomic_write, mapped_write_errors


def test_missing_folders_are_created(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a" / "b" / "file", b"content")
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"content"


def test_replaced_file_keeps_permissions(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_longest_file_name_is_accepted(tmp_path: Path) -> None:
    atomic_write(tmp_path / ("x" * 255), b"content")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"content"


def test_leftover_parts_do_not_collide(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"half")
    (tmp_path / ".0123.part").write_bytes(b"half")
    atomic_write(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"


def test_failed_write_keeps_old_content_and_no_part(tmp_path: Path) -> None:
    """A file size limit makes the write fail halfway, like a full disk."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(LocalFileError, match="could not be written: File too large"):
            atomic_write(path, b"x" * 100_000)
        with pytest.raises(LocalFileError, match="File too large"):
            atomic_write(path, b"x" * 5000)  # fits into a buffer
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_folder_at_the_target_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(LocalFileError, match="could not be written"):
        atomic_write(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_full_disk_raises_disk_full_error() -> None:
    """Writes to /dev/full fail with ENOSPC."""
    full = Path("/dev/full")
    with (
        pytest.raises(DiskFullError, match="no space left to write /dev/full") as caught,
        mapped_write_errors(full),
    ):
        full.write_bytes(b"x")
    assert caught.value.remedy == "free some space and retry"
