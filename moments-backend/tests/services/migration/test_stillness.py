"""Files that other programs are writing to."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.core.exceptions import FileStillWrittenError, LocalFileError, LocalFileNotFoundError
from app.services.migration import stillness
from app.services.migration.scanner import FileVersion, scan
from app.services.migration.stillness import is_recent, wait_until_still, was_written_to

SECOND = 10**9


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stillness, "STILL_SECONDS", 0.2)
    path = tmp_path / "a.mp4"
    path.write_bytes(b"first")
    return path


def version(path: Path) -> FileVersion:
    (video,) = scan(path.parent).videos
    return video.version


@asynccontextmanager
async def growing(path: Path) -> AsyncIterator[None]:
    """Append to the file every few milliseconds during the block."""

    async def grow() -> None:
        while True:
            with path.open("ab") as file:
                file.write(b"more")
            await asyncio.sleep(0.01)

    task = asyncio.create_task(grow())
    try:
        yield
    finally:
        task.cancel()


@pytest.mark.parametrize(("age", "recent"), [(0, True), (9, True), (11, False), (-100, True)])
def test_recent_files_and_those_of_the_future(age: int, recent: bool) -> None:
    assert is_recent(FileVersion(modified_ns=100 * SECOND), (100 + age) * SECOND) == recent


async def test_old_file_is_taken_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stillness, "STILL_SECONDS", 1000)
    os.utime(path, (1, 1))
    assert await wait_until_still(path, version(path)) == version(path)


async def test_recent_file_is_taken_when_it_is_still(path: Path) -> None:
    assert await wait_until_still(path, version(path)) == version(path)
    assert time.time_ns() - path.stat().st_mtime_ns >= 0.2 * SECOND


async def test_growing_file_is_left(path: Path) -> None:
    scanned = version(path)
    async with growing(path):
        with pytest.raises(FileStillWrittenError, match="is still being written"):
            await wait_until_still(path, scanned)


async def test_growing_file_with_a_future_time_is_left(path: Path) -> None:
    ahead = time.time() + 1000
    os.utime(path, (ahead, ahead))
    scanned = version(path)

    async def write_with_the_clock_of_a_network_drive() -> None:
        await asyncio.sleep(0.05)
        path.write_bytes(b"longer than before")
        os.utime(path, (ahead + 1, ahead + 1))

    writing = asyncio.create_task(write_with_the_clock_of_a_network_drive())
    with pytest.raises(FileStillWrittenError):
        await wait_until_still(path, scanned)
    await writing


async def test_file_that_was_completed_meanwhile_is_taken(path: Path) -> None:
    scanned = version(path)
    path.write_bytes(b"complete")
    complete = await wait_until_still(path, scanned)
    assert (complete.size, complete.file) == (8, scanned.file)


async def test_missing_and_special_files_are_errors(path: Path) -> None:
    scanned = version(path)
    path.unlink()
    with pytest.raises(LocalFileNotFoundError):
        await wait_until_still(path, scanned)
    os.mkfifo(path)
    with pytest.raises(LocalFileError, match="is not a regular file"):
        await wait_until_still(path, scanned)


async def test_only_writes_to_the_same_file_count(path: Path) -> None:
    scanned = version(path)
    assert not await was_written_to(path, scanned)
    path.write_bytes(b"other bytes")
    assert await was_written_to(path, scanned)
    path.with_name("new").write_bytes(b"another file")
    path.with_name("new").replace(path)
    assert not await was_written_to(path, scanned)
    path.unlink()
    assert not await was_written_to(path, scanned)
