"""One at a time works on an upload, among the tasks of this process and among processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from filelock import FileLock, Timeout

from app.core.concurrency import run_in_thread
from app.core.exceptions import UploadBusyError, UploadNotFoundError
from app.core.files.atomic import mapped_write_errors
from app.services.uploads.metadata_store import UploadDirectory

WAIT_SECONDS = 1.0
"""For whoever is just leaving. A request that has to wait longer is told so, and comes again."""


class UploadLocks:
    """The locks of this process' uploads. The system lets go of them when the process ends."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._interested: dict[str, int] = {}

    @asynccontextmanager
    async def hold(self, folder: UploadDirectory, wait: float = WAIT_SECONDS) -> AsyncIterator[None]:
        """Raises:
        UploadBusyError: somebody else has it, and keeps it.
        UploadNotFoundError: it has no folder.
        """
        async with self._in_process(folder, wait):
            lock = FileLock(folder.lock, thread_local=False)
            try:
                await run_in_thread(lambda: _acquire(lock, folder, wait))
                yield
            finally:
                await run_in_thread(lambda: lock.release(force=True))

    @asynccontextmanager
    async def _in_process(self, folder: UploadDirectory, wait: float) -> AsyncIterator[None]:
        """Files know of processes only: two tasks would wait for each other in two threads of the pool."""
        lock = self._locks.setdefault(folder.id, asyncio.Lock())
        self._interested[folder.id] = self._interested.get(folder.id, 0) + 1
        try:
            try:
                async with asyncio.timeout(wait):
                    await lock.acquire()
            except TimeoutError:
                raise UploadBusyError(folder.id) from None
            try:
                yield
            finally:
                lock.release()
        finally:
            self._interested[folder.id] -= 1
            if not self._interested[folder.id]:
                del self._interested[folder.id], self._locks[folder.id]


def _acquire(lock: FileLock, folder: UploadDirectory, wait: float) -> None:
    if not folder.path.is_dir():  # the library would make it
        raise UploadNotFoundError(folder.id)
    with mapped_write_errors(folder.lock):
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise UploadBusyError(folder.id) from None
