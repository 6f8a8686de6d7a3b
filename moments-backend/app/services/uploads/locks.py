"""Exclusive access to an upload, among the tasks of this process and among processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from filelock import FileLock, Timeout

from app.core.concurrency import run_in_thread
from app.core.exceptions import UploadBusyError, UploadNotFoundError
from app.core.files.atomic import mapped_write_errors
from app.services.uploads.metadata_store import UploadDirectory

WAIT_SECONDS = 1.0
"""Enough for a request that is about to finish; otherwise the client retries."""


class UploadLocks:
    """Locks of uploads. The operating system releases them when the process ends."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def hold(self, directory: UploadDirectory, wait: float = WAIT_SECONDS) -> AsyncIterator[None]:
        """Hold the lock inside the block.

        Raises:
            UploadBusyError: it was not released within `wait` seconds.
            UploadNotFoundError: the directory does not exist.
        """
        async with self._hold_in_process(directory, wait):
            lock = FileLock(directory.lock, thread_local=False)
            try:
                await run_in_thread(_acquire, lock, directory, wait)
                yield
            finally:
                await run_in_thread(partial(lock.release, force=True))

    @asynccontextmanager
    async def _hold_in_process(self, directory: UploadDirectory, wait: float) -> AsyncIterator[None]:
        """Serialise the tasks of this process, so that they do not block threads of the pool."""
        lock = self._locks.setdefault(directory.id, asyncio.Lock())
        self._users[directory.id] = self._users.get(directory.id, 0) + 1
        try:
            try:
                async with asyncio.timeout(wait):
                    await lock.acquire()
            except TimeoutError:
                raise UploadBusyError(directory.id) from None
            try:
                yield
            finally:
                lock.release()
        finally:
            self._users[directory.id] -= 1
            if not self._users[directory.id]:
                del self._users[directory.id], self._locks[directory.id]


def _acquire(lock: FileLock, directory: UploadDirectory, wait: float) -> None:
    if not directory.path.is_dir():  # filelock would create it
        raise UploadNotFoundError(directory.id)
    with mapped_write_errors(directory.lock):
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise UploadBusyError(directory.id) from None
