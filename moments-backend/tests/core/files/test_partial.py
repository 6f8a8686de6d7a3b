import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.exceptions import DiskFullError, LocalFileError
from app.core.files import disk_space, partial
from app.core.files.partial import BUFFER_BYTES, AppendWriter, PartialFile


@pytest.fixture
def file_size_limit() -> Iterator[None]:
    """Let writes beyond 4 KiB fail, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


async def test_new_file_appears_when_finished(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.mp4"
    async with PartialFile(target) as part:
        await part.append(b"x" * BUFFER_BYTES)
        await part.append(b"end")
        assert part.size == BUFFER_BYTES + 3
        assert part.path.stat().st_size == BUFFER_BYTES
        assert not target.exists()
        assert part.finish() == target
    assert target.read_bytes() == b"x" * BUFFER_BYTES + b"end"
    assert names(target.parent) == ["a.mp4"]


def test_finish_accepts_another_name(tmp_path: Path) -> None:
    with PartialFile(tmp_path / "a") as part:
        part.write(b"x")
        assert part.finish("a.webm") == tmp_path / "a.webm"
    assert (tmp_path / "a.webm").read_bytes() == b"x"


def test_unfinished_file_is_removed(tmp_path: Path) -> None:
    with PartialFile(tmp_path / "a") as part:
        part.write(b"x" * BUFFER_BYTES)
        assert names(tmp_path) == [part.path.name]
    assert names(tmp_path) == []


def test_restart_discards_all_bytes(tmp_path: Path) -> None:
    with PartialFile(tmp_path / "a") as part:
        part.write(b"x" * BUFFER_BYTES)
        part.write(b"y")
        part.restart()
        part.write(b"z")
        assert part.finish().read_bytes() == b"z"


def test_expected_size_must_fit_on_the_disk(tmp_path: Path) -> None:
    target = tmp_path / "a"
    with (
        pytest.raises(DiskFullError, match="not enough disk space"),
        PartialFile(target, expected_size=2**60),
    ):
        pass
    with PartialFile(target) as part, pytest.raises(DiskFullError, match="not enough disk space"):
        part.expect(2**60)
    assert names(tmp_path) == []


def test_free_space_is_checked_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partial, "SYNC_EVERY_BYTES", 2 * BUFFER_BYTES)
    with PartialFile(tmp_path / "a") as part:
        monkeypatch.setattr(disk_space, "RESERVED_BYTES", 2**60)
        part.write(b"x" * BUFFER_BYTES)
        with pytest.raises(DiskFullError):
            part.write(b"x" * BUFFER_BYTES)


def test_failed_write_names_the_target(tmp_path: Path, file_size_limit: None) -> None:
    with PartialFile(tmp_path / "a") as part:
        part.write(b"x" * 5000)
        with pytest.raises(LocalFileError, match=r"/a could not be written: File too large"):
            part.finish()
    assert names(tmp_path) == []


async def test_append_continues_an_existing_file(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"begin ")
    writer = AppendWriter(path)
    await writer.append(b"end")
    assert path.read_bytes() == b"begin "
    writer.flush(sync=True)
    writer.close()
    assert path.read_bytes() == b"begin end"


def test_append_does_not_recreate_a_removed_file(tmp_path: Path) -> None:
    writer = AppendWriter(tmp_path / "upload")
    writer.flush(sync=True)
    writer.write(b"x")
    with pytest.raises(LocalFileError, match="No such file"):
        writer.flush()
    assert names(tmp_path) == []
