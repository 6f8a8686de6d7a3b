"""Object contents as files with random names, hashed while they are written."""

import base64
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self

import google_crc32c

from app.core.files.disk_space import ensure_free_space, fsync_path

BLOCK_BYTES = 4 * 1024 * 1024
WRITEBACK_BYTES = 32 * 1024 * 1024
MAX_VECTORS = 512
"""Buffers per `writev` call; Linux accepts 1024."""

_HASHING = ThreadPoolExecutor(4, "hashing")
_DONT_NEED = getattr(os, "POSIX_FADV_DONTNEED", None)


class BlobDirectory:
    """The directory of the blobs; a blob's path is `{first two digits}/{32 hex digits}`.

    Args:
        durable: wait for the disk before a blob counts as written.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self._directory = directory
        self.durable = durable

    def prepare(self) -> None:
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._directory.chmod(0o700)  # the first version created it with open permissions
        for number in range(256):
            (self._directory / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)

    def new_name(self) -> str:
        return secrets.token_hex(16)

    def path(self, name: str) -> Path:
        return self._directory / name[:2] / name

    def delete(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def link(self, source: str, target: str) -> bool:
        """Give a blob a second name; return False if the file system has no hard links.

        Raises:
            FileNotFoundError: the blob does not exist.
        """
        try:
            os.link(self.path(source), self.path(target))
        except FileNotFoundError:
            raise
        except OSError:
            return False
        if self.durable:
            fsync_path(self.path(target).parent)
        return True

    def ensure_space(self, size: int) -> None:
        """Check that `size` more bytes fit on the disk.

        Raises:
            DiskFullError: they do not.
        """
        ensure_free_space(self._directory, size)

    def sync(self) -> None:
        """Wait until all directory entries are on the disk, if the directory is durable."""
        if self.durable:
            for directory in os.scandir(self._directory):
                fsync_path(Path(directory.path))

    def sizes(self) -> dict[str, int]:
        """Return name and size of every file, including those of unfinished uploads."""
        return {entry.name: entry.stat().st_size for entry in self._entries()}

    def names(self) -> Iterator[str]:
        return (entry.name for entry in self._entries())

    def _entries(self) -> Iterator["os.DirEntry[str]"]:
        for directory in os.scandir(self._directory):
            if directory.is_dir():
                yield from os.scandir(directory.path)


class BlobWriter:
    """Appends to a blob and keeps its MD5 and CRC32C. Every method blocks; use one thread at a time.

    An existing file is hashed again when it is opened, which makes an upload resumable after a restart.
    """

    def __init__(self, blobs: BlobDirectory, name: str, *, path: Path | None = None) -> None:
        self.name = name
        self.size = 0
        self._blobs = blobs
        self._flushed = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32c = google_crc32c.Checksum()
        self._descriptor = os.open(path or blobs.path(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while block := os.read(self._descriptor, BLOCK_BYTES):
            self._md5.update(block)
            self._crc32c.update(block)
            self.size += len(block)

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

    def append(self, blocks: Sequence[bytes]) -> None:
        """Write blocks, and hash them in another thread meanwhile.

        Raises:
            OSError: such as ENOSPC; size, checksums and file are then as before the call.
        """
        md5, crc32c = self._md5.copy(), self._crc32c.copy()

        def update_checksums() -> None:
            for block in blocks:
                md5.update(block)
                crc32c.update(block)

        hashing = _HASHING.submit(update_checksums)
        try:
            written = _write_all(self._descriptor, blocks)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            os.lseek(self._descriptor, self.size, os.SEEK_SET)
            raise
        finally:
            hashing.result()
        self._md5, self._crc32c, self.size = md5, crc32c, self.size + written
        self._start_writeback()

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

    def _start_writeback(self) -> None:
        """Let the kernel write earlier blocks to the disk, so that the last `sync` is short."""
        pending = self.size - self._flushed
        if _DONT_NEED is None or not self._blobs.durable or pending < WRITEBACK_BYTES:
            return
        # Linux starts to write dirty pages of the range; only clean ones leave the cache.
        with suppress(OSError):
            os.posix_fadvise(self._descriptor, self._flushed, pending, _DONT_NEED)
        self._flushed = self.size


def _write_all(descriptor: int, blocks: Sequence[bytes]) -> int:
    """Write the blocks one after another; return their size."""
    total = 0
    for first in range(0, len(blocks), MAX_VECTORS):
        pending = [memoryview(block) for block in blocks[first : first + MAX_VECTORS]]
        while pending:
            count = os.writev(descriptor, pending)
            total += count
            while pending and count >= len(pending[0]):
                count -= len(pending.pop(0))
            if count:
                pending[0] = pending[0][count:]
    return total
