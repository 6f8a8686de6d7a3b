"""The file that a download grows in: within the limit, with room left on the disk, named only when whole."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from app.core.concurrency import run_in_thread
from app.core.exceptions import DownloadError, TooLargeError
from app.core.files.atomic import mapped_write_errors
from app.core.files.disk_space import ensure_free_space, fsync_path

OnProgress = Callable[[int, int | None], None]
"""`(bytes so far, bytes in all or None)`."""

BUFFER_BYTES = 1024**2
LOOK_EVERY_BYTES = 64 * 1024**2
"""How often free space is looked at, and what was written sent to the disk: so the last time is short."""

PART_NAME = ".download.part"


class PartialFile:
    """A file that is being written, in an `async with` block; what is not finished there is removed.

    `size` counts what was accepted, of which up to `BUFFER_BYTES` are still in memory.

    Raises:
        TooLargeError: more than `limit` bytes.
        DiskFullError, LocalFileError: the disk.
    """

    def __init__(self, folder: Path, *, limit: int) -> None:
        self.size = 0
        self._folder = folder
        self._path = folder / PART_NAME
        self._limit = limit
        self._buffer = bytearray()
        self._looked_at = 0
        self._file: BinaryIO

    async def __aenter__(self) -> Self:
        self._file = await run_in_thread(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await run_in_thread(self._discard)

    async def expect(self, size: int) -> None:
        """The whole will have `size` bytes: is that allowed, and is there room?"""
        ensure_allowed(size, self._limit)
        await run_in_thread(lambda: ensure_free_space(self._folder, size - self.size))

    async def write(self, block: bytes) -> None:
        ensure_allowed(self.size + len(block), self._limit)
        self.size += len(block)
        self._buffer += block
        if len(self._buffer) >= BUFFER_BYTES:
            await run_in_thread(self._flush)

    async def restart(self) -> None:
        """Forget what was written."""
        self._buffer.clear()
        self.size = self._looked_at = 0
        await run_in_thread(self._empty)

    async def finish(self, name: str) -> Path:
        """Bring everything to the disk, then give it its name in the folder."""
        if self.size == 0:
            raise DownloadError("the address answers, with 0 bytes", remedy="check what it leads to")
        return await run_in_thread(lambda: self._name(name))

    def _open(self) -> BinaryIO:
        with mapped_write_errors(self._path):
            self._folder.mkdir(parents=True, exist_ok=True)
            ensure_free_space(self._folder, 0)
            return self._path.open("wb", buffering=0)

    def _flush(self) -> None:
        with mapped_write_errors(self._path):
            rest = memoryview(bytes(self._buffer))
            self._buffer.clear()
            while rest:
                rest = rest[self._file.write(rest) :]
            if self.size - self._looked_at >= LOOK_EVERY_BYTES:
                self._looked_at = self.size
                os.fsync(self._file.fileno())
                ensure_free_space(self._folder, 0)

    def _empty(self) -> None:
        with mapped_write_errors(self._path):
            self._file.seek(0)
            self._file.truncate()

    def _name(self, name: str) -> Path:
        self._flush()
        target = self._folder / name
        with mapped_write_errors(target):
            os.fsync(self._file.fileno())
            self._path.replace(target)
            fsync_path(self._folder)
        return target

    def _discard(self) -> None:
        self._file.close()
        with contextlib.suppress(OSError):  # named, or the folder is gone with everything in it
            self._path.unlink()


def ensure_allowed(size: int, limit: int) -> None:
    if size > limit:
        raise TooLargeError(
            f"the video has more than the {limit} bytes that are allowed",
            remedy="raise VIDEO_DOWNLOAD_MAX_SIZE_BYTES",
        )
