"""Object contents as files with random names, hashed while they are written."""

import base64
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import google_crc32c

from app.core.files.disk_space import fsync_path

BLOCK_BYTES = 4 * 1024 * 1024


class BlobDirectory:
    """The directory of the blobs; a blob's path is `{first two digits}/{32 hex digits}`.

    Args:
        durable: wait for the disk before a blob counts as written.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self._directory = directory
        self.durable = durable

    def prepare(self) -> None:
        for number in range(256):
            (self._directory / f"{number:02x}").mkdir(mode=0o700, parents=True, exist_ok=True)

    def new_name(self) -> str:
        return secrets.token_hex(16)

    def path(self, name: str) -> Path:
        return self._directory / name[:2] / name

    def delete(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def sync(self) -> None:
        """Wait until all directory entries are on the disk, if the directory is durable."""
        if self.durable:
            for directory in os.scandir(self._directory):
                fsync_path(Path(directory.path))

    def names(self) -> Iterator[str]:
        """Return the names of all files, including those of unfinished uploads."""
        for directory in os.scandir(self._directory):
            if directory.is_dir():
                yield from (entry.name for entry in os.scandir(directory.path))


class BlobWriter:
    """Appends to a blob and keeps its MD5 and CRC32C. Every method blocks; use one thread at a time.

    An existing file is hashed again when it is opened, which makes an upload resumable after a restart.
    """

    def __init__(self, blobs: BlobDirectory, name: str, *, path: Path | None = None) -> None:
        self.name = name
        self.size = 0
        self._blobs = blobs
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32c = google_crc32c.Checksum()
        self._descriptor = os.open(path or blobs.path(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._hash_existing()

    @classmethod
    def of_file(cls, blobs: BlobDirectory, path: Path) -> Self:
        """Open a file outside the directory, to compute its checksums."""
        return cls(blobs, path.name, path=path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def md5(self) -> str:
        return base64.b64encode(self._md5.digest()).decode()

    @property
    def crc32c(self) -> str:
        return base64.b64encode(self._crc32c.digest()).decode()

    def append(self, block: bytes | bytearray | memoryview) -> None:
        """Write and hash a block.

        Raises:
            OSError: such as ENOSPC; the file is truncated to the size before the call.
        """
        rest = memoryview(block)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            os.lseek(self._descriptor, self.size, os.SEEK_SET)
            raise
        self._update(block)

    def sync(self) -> None:
        """Wait until content and directory entry are on the disk, if the directory is durable."""
        if not self._blobs.durable:
            return
        os.fsync(self._descriptor)
        fsync_path(self._blobs.path(self.name).parent)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _update(self, block: bytes | bytearray | memoryview) -> None:
        self._md5.update(block)
        self._crc32c.update(bytes(block) if isinstance(block, memoryview) else block)
        self.size += len(block)

    def _hash_existing(self) -> None:
        while block := os.read(self._descriptor, BLOCK_BYTES):
            self._update(block)
