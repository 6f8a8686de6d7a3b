"""Files that grow block by block: `AppendWriter` continues a file, `PartialFile` creates a new one.

Both collect `BUFFER_BYTES` in memory before they write: a thread switch costs as much as writing a few
hundred kilobytes. Use `append` on the event loop; every method that is not a coroutine blocks.
"""

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from app.core.concurrency import run_in_thread
from app.core.files.atomic import mapped_write_errors
from app.core.files.disk_space import ensure_free_space, fsync_path

BUFFER_BYTES = 1024**2
SYNC_EVERY_BYTES = 64 * 1024**2
"""Interval of fsync and free-space checks, which keeps the final fsync short."""


class AppendWriter:
    """Appends to an existing file, which is opened by the first write.

    `size` counts the accepted bytes, up to `BUFFER_BYTES` of which are still in memory. After a failed write
    the file holds an unknown part of the buffer.

    Every method raises `DiskFullError` or `LocalFileError` if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._buffer = bytearray()
        self._descriptor: int | None = None
        self._name_in_errors = path

    async def append(self, block: bytes) -> None:
        """Accept `block`; write the buffer in a thread when it is full."""
        if self._accept(block):
            await run_in_thread(self.flush)

    def write(self, block: bytes) -> None:
        """Accept `block`; write the buffer when it is full."""
        if self._accept(block):
            self.flush()

    def flush(self, *, sync: bool = False) -> None:
        """Write the buffer; with `sync` also wait until the disk has everything."""
        block, self._buffer = self._buffer, bytearray()
        with mapped_write_errors(self._name_in_errors):
            if block:
                self._write_all(block)
            if sync and self._descriptor is not None:
                os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file and drop the buffer."""
        self._buffer.clear()
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)

    def _accept(self, block: bytes) -> bool:
        self._buffer += block
        self.size += len(block)
        return len(self._buffer) >= BUFFER_BYTES

    def _write_all(self, block: bytearray) -> None:
        if self._descriptor is None:
            self._descriptor = self._open()
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _open(self) -> int:
        # Without O_CREAT: a file that was removed meanwhile must not be recreated.
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)


class PartialFile(AppendWriter):
    """A new file that gets the name `target` only when `finish` is called.

    A context manager, also an asynchronous one: it creates the hidden file `path` beside `target` and removes
    it unless it was renamed. Free disk space is checked at the start and every `SYNC_EVERY_BYTES`.

    Args:
        expected_size: total bytes, if known; as many must fit on the disk.
    """

    def __init__(self, target: Path, *, expected_size: int = 0) -> None:
        super().__init__(target.with_name(f".{uuid4().hex}.part"))
        self._name_in_errors = target
        self._target = target
        self._expected_size = expected_size
        self._synced_size = 0

    def __enter__(self) -> Self:
        self._descriptor = self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        with suppress(OSError):  # renamed by `finish`, or removed with its directory
            self.path.unlink()

    async def __aenter__(self) -> Self:
        return await run_in_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await run_in_thread(self.__exit__, kind, error, trace)

    def expect(self, size: int) -> None:
        """Check that a file of `size` bytes fits on the disk."""
        self._expected_size = size
        self._ensure_free_space()

    def restart(self) -> None:
        """Discard all bytes."""
        self._buffer.clear()
        self.size = self._synced_size = 0
        if self._descriptor is not None:
            with mapped_write_errors(self._name_in_errors):
                os.ftruncate(self._descriptor, 0)

    def finish(self, name: str | None = None) -> Path:
        """Write everything to the disk, rename the file to its target and return that.

        Args:
            name: another file name in the same directory.
        """
        target = self._target.with_name(name or self._target.name)
        self.flush(sync=True)
        with mapped_write_errors(target):
            self.path.replace(target)
            fsync_path(target.parent)
        return target

    def _write_all(self, block: bytearray) -> None:
        super()._write_all(block)
        if self.size - self._synced_size >= SYNC_EVERY_BYTES and self._descriptor is not None:
            self._synced_size = self.size
            os.fsync(self._descriptor)
            self._ensure_free_space()

    def _ensure_free_space(self) -> None:
        ensure_free_space(self.path.parent, max(self._expected_size - self.size, 0))

    def _open(self) -> int:
        with mapped_write_errors(self._name_in_errors):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._ensure_free_space()
            return os.open(
                self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666
            )
