"""Writes what arrives of one upload to the end of its file, in threads."""

import os
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.exceptions import UploadNotFoundError
from app.core.files.atomic import mapped_write_errors

BLOCK_BYTES = 1024 * 1024
"""Collected before a thread writes it: the way to a thread and back costs as much as writing a few hundred
kilobytes. This is all of an upload that is ever in memory."""


class UploadWriter:
    """Open while its upload's lock is held. What a failed write left counts: the file says how much."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._pending = bytearray()

    async def append(self, chunk: bytes) -> None:
        """Raises:
        DiskFullError, LocalFileError.
        """
        self._pending += chunk
        if len(self._pending) >= BLOCK_BYTES:
            await run_in_thread(self._write)

    async def flush(self) -> None:
        """What was appended is on the disk afterwards.

        Raises:
            DiskFullError, LocalFileError.
        """
        await run_in_thread(self._write_and_sync)

    async def close(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            await run_in_thread(lambda: os.close(descriptor))

    def _write(self) -> None:
        block, self._pending = self._pending, bytearray()
        if not block:
            return
        with mapped_write_errors(self._path):
            if self._descriptor is None:
                self._descriptor = self._open()
            rest = memoryview(block)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def _write_and_sync(self) -> None:
        self._write()
        if self._descriptor is not None:
            with mapped_write_errors(self._path):
                os.fsync(self._descriptor)

    def _open(self) -> int:
        try:
            # Never O_CREAT: an upload that was removed stays so.
            return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError:
            raise UploadNotFoundError(self._path.parent.name) from None
