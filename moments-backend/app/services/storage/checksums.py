"""MD5 and CRC32C of a file in one pass, with detection of concurrent changes."""

import base64
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from app.core.files.safe_open import open_below

READ_SIZE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Digest:
    """Size in bytes, and MD5 and CRC32C in Base64 as Cloud Storage reports them."""

    size: int
    md5: str
    crc32c: str

    @property
    def md5_hex(self) -> str:
        """The form stored in the table."""
        return to_hex(self.md5)


class Digester:
    """Computes a `Digest` block by block."""

    def __init__(self) -> None:
        self._size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32c = google_crc32c.Checksum()

    def update(self, block: bytes) -> None:
        self._md5.update(block)
        self._crc32c.update(block)
        self._size += len(block)

    def digest(self) -> Digest:
        return Digest(self._size, _base64(self._md5.digest()), _base64(self._crc32c.digest()))


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The attributes that change when a file is written to or replaced."""

    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, result: os.stat_result) -> Self:
        return cls(result.st_dev, result.st_ino, result.st_size, result.st_mtime_ns)


class StableFile:
    """A file opened for reading that detects when it is modified or replaced.

    Args:
        within: a folder that symbolic links must not lead out of.

    Raises:
        LocalFileNotFoundError, FileUnreadableError, EmptyFileError, LocalFileError: on opening.
        FileChangedError: a link leads out of `within`.
    """

    def __init__(self, path: Path, *, within: Path | None = None) -> None:
        self.path = path
        # O_NONBLOCK: opening a FIFO with a video's name must not block the thread until a writer opens it.
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            descriptor = os.open(path, flags) if within is None else open_below(within, path, flags)
        except OSError as error:
            raise map_os_error(error, path) from error
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise LocalFileError(f"{path.name} is not a regular file")
            if status.st_size == 0:
                raise EmptyFileError(path.name)
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
        """Compute the digest in one read from the start.

        Args:
            check: called after each block; an exception from it ends the read.
        """
        digester = Digester()
        with self._mapped_errors():
            self.stream.seek(0)
            while block := self.stream.read(READ_SIZE):
                check()
                digester.update(block)
        self.ensure_unchanged()
        return digester.digest()

    def read_all(self) -> bytes:
        """Return the content; for small files."""
        with self._mapped_errors():
            self.stream.seek(0)
            content = self.stream.read()
        self.ensure_unchanged()
        return content

    def read_at(self, position: int) -> bytes:
        """Read a block at a position, also while other threads read; empty at the end."""
        with self._mapped_errors():
            return os.pread(self.stream.fileno(), READ_SIZE, position)

    def ensure_unchanged(self) -> None:
        """Compare the file and its path with the state at opening.

        Raises:
            FileChangedError: the file was modified, or the path names another file.
            LocalFileNotFoundError: the path no longer exists.
        """
        try:
            named = _Snapshot.of(self.path.stat())
            opened = _Snapshot.of(os.fstat(self.stream.fileno()))
        except OSError as error:
            raise map_os_error(error, self.path) from error
        if not named == opened == self._opened_as:
            raise FileChangedError(
                f"{self.path.name} changed while it was read",
                remedy="run again once no program is writing to it",
            )

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise map_os_error(error, self.path) from error


def digest_file(
    path: Path, check: Callable[[], None] = lambda: None, *, within: Path | None = None
) -> Digest:
    """Compute the digest of a file; see `StableFile` for the arguments and errors."""
    with StableFile(path, within=within) as file:
        return file.digest(check)


def map_os_error(error: OSError, path: Path) -> LocalFileError:
    if isinstance(error, FileNotFoundError):
        return LocalFileNotFoundError(f"{path.name} no longer exists")
    if isinstance(error, PermissionError):
        return FileUnreadableError(
            f"{path.name} cannot be read: permission denied", remedy=f"chmod u+r {path.name}"
        )
    return FileUnreadableError(f"{path.name} cannot be read: {error.strerror or error}")


def to_hex(md5: str) -> str:
    """Convert an MD5 from Base64, as Cloud Storage reports it, to hex digits."""
    return base64.b64decode(md5).hex()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
