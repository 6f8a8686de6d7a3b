"""Temporary directories of runs: created and removed here only."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.files.atomic import mapped_write_errors

LOCK_NAME = ".lock"


@asynccontextmanager
async def work_dir(settings: Settings, name: str) -> AsyncIterator[Path]:
    """Create a directory of this name in `WORK_DIR`, and remove it with its content after the block.

    Raises:
        DiskFullError, LocalFileError: the directory cannot be created.
    """
    folder = settings.work_dir / name
    locks: list[FileLock] = []
    try:
        await run_in_thread(_create, folder, locks)
        yield folder
    finally:
        if locks:
            await run_in_thread(_remove, folder, locks[0])


def remove_stale(settings: Settings) -> int:
    """Remove the directories of killed processes, and return their number. Blocking.

    A running process holds the lock in its directory; the system releases it when the process ends.
    """
    removed = 0
    for folder in settings.work_dir.glob("*/"):
        lock = FileLock(folder / LOCK_NAME, thread_local=False)
        with suppress(Timeout, OSError):
            lock.acquire(blocking=False)
            _remove(folder, lock)
            removed += 1
    return removed


def _create(folder: Path, locks: list[FileLock]) -> None:
    """Create and lock the directory; `locks` gets the lock even if the caller was cancelled meanwhile."""
    with mapped_write_errors(folder):
        folder.mkdir(parents=True)
        lock = FileLock(folder / LOCK_NAME, thread_local=False)
        lock.acquire()
        locks.append(lock)


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
