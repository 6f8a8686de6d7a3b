"""The folder in which a run keeps what it needs for a while. Made and removed here, and nowhere else."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from app.core.concurrency import await_uncancellable
from app.core.config import Settings
from app.core.files.atomic import mapped_write_errors

LOCK_NAME = ".lock"


@asynccontextmanager
async def work_dir(settings: Settings, name: str) -> AsyncIterator[Path]:
    """A folder of this name, gone after the block with all that is in it.

    Raises:
        DiskFullError, LocalFileError: it cannot be made.
    """
    folder = settings.work_dir / name
    making = asyncio.ensure_future(asyncio.to_thread(_make, folder))
    try:
        await await_uncancellable(making)
        making.result()
        yield folder
    finally:
        if making.exception() is None:
            await await_uncancellable(
                asyncio.ensure_future(asyncio.to_thread(_remove, folder, making.result()))
            )


def remove_stale(settings: Settings) -> int:
    """Remove the folders of runs whose process was killed; how many. Blocks: call it in a thread.

    Who works in a folder holds its lock, which the system lets go of when the process ends.
    """
    removed = 0
    for folder in settings.work_dir.glob("*/"):
        lock = FileLock(folder / LOCK_NAME, thread_local=False)
        with suppress(Timeout, OSError):
            lock.acquire(blocking=False)
            _remove(folder, lock)
            removed += 1
    return removed


def _make(folder: Path) -> FileLock:
    with mapped_write_errors(folder):
        folder.mkdir(parents=True)
        lock = FileLock(folder / LOCK_NAME, thread_local=False)
        lock.acquire()
        return lock


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
