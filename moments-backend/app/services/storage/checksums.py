"""MD5 and CRC32C of a file in one read, and whether the file stood still meanwhile."""

import base64
import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import google_crc32c

from app.core.exceptions import (
    EmptyFileError,
    FileChangedError,
    FileUnreadableError,
    LocalFileError,
    LocalFileNotFoundError,
)

READ_SIZE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file holds: its size in bytes, MD5 and CRC32C in the base64 that Cloud Storage writes."""

    size: int
    md5: str
    crc32c: str


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What changes when somebody writes to a file or puts another in its place."""

    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, result: os.stat_result) -> Self:
        return cls(result.st_dev, result.st_ino, result.st_size, result.st_mtime_ns)


class StableFile:
    """A file opened for reading that can tell whether it is still the one that was opened.

    Raises:
        LocalFileNotFoundError, FileUnreadableError, EmptyFileError, LocalFileError: on opening.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # O_NONBLOCK: a FIFO named like a video must not hold a thread until somebody writes to it.
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise map_os_error(error, path) from error
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise LocalFileError(f"{path.name} is not a regular file")
            if status.st_size == 0:
                raise EmptyFileError(f"{path.name} is empty (0 bytes)")
        except BaseException:
            os.close(descriptor)
            raise
        self.stream: BinaryIO = os.fdopen(descriptor, "rb", buffering=0)
        self.size = status.st_size
        self._opened_as = _Snapshot.of(status)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stream.close()

    def digest(self, check: Callable[[], None]) -> Digest:
        """Read the file once, from its beginning.

        Args:
            check: called at every block; what it raises ends the reading.
        """
        md5 = hashlib.md5(usedforsecurity=False)
        crc32c = google_crc32c.Checksum()
        size = 0
        try:
            self.stream.seek(0)
            while block := self.stream.read(READ_SIZE):
                check()
                md5.update(block)
                crc32c.update(block)
                size += len(block)
        except OSError as error:
            raise map_os_error(error, self.path) from error
        self.ensure_unchanged()
        return Digest(size, _base64(md5.digest()), _base64(crc32c.digest()))

    def ensure_unchanged(self) -> None:
        """Raises:
        FileChangedError: it was written to, or another file has taken its name.
        LocalFileNotFoundError: its name is gone.
        """
        try:
            named = _Snapshot.of(self.path.stat())
            opened = _Snapshot.of(os.fstat(self.stream.fileno()))
        except OSError as error:
            raise map_os_error(error, self.path) from error
        if not named == opened == self._opened_as:
            raise changed(self.path)


def digest_file(path: Path, check: Callable[[], None] = lambda: None) -> Digest:
    """The digest of a file that did not change while it was read."""
    with StableFile(path) as file:
        return file.digest(check)


def changed(path: Path) -> FileChangedError:
    return FileChangedError(
        f"{path.name} changed while it was read", remedy="run again when nothing writes to it any more"
    )


def map_os_error(error: OSError, path: Path) -> LocalFileError:
    """The named cause of an `OSError` on a local file."""
    if isinstance(error, FileNotFoundError):
        return LocalFileNotFoundError(f"{path.name} does not exist (any more)")
    if isinstance(error, PermissionError):
        return FileUnreadableError(
            f"{path.name} cannot be read: permission denied", remedy=f"chmod u+r {path.name}"
        )
    return FileUnreadableError(f"{path.name} cannot be read: {error.strerror or error}")


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
