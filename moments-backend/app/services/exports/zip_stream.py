"""A ZIP archive as a stream of bytes, of files whose content arrives in blocks.

The entries are stored, not compressed: video does not shrink. Each is written with ZIP64 sizes after its
content, so neither the archive nor an entry is held in memory or on disk.
"""

import io
import zipfile
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

REGULAR_FILE = 0o100644 << 16
"""Permissions of an entry, for Unix."""


@dataclass(frozen=True)
class ZipEntry:
    """One file of an archive; `read` returns its content."""

    name: str
    changed_at: datetime
    read: Callable[[], AsyncIterable[bytes]]


class _Sink(io.RawIOBase):
    """Collects what `zipfile` writes. It cannot seek, so sizes follow the content."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, block: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._blocks.append(bytes(block))
        return len(block)

    def take(self) -> bytes:
        blocks, self._blocks = self._blocks, []
        return b"".join(blocks)


async def stream_zip(entries: AsyncIterable[ZipEntry]) -> AsyncIterator[bytes]:
    """Yield the archive. An error ends the stream before the directory, so that programs reject the file."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        async for entry in entries:
            info = zipfile.ZipInfo(entry.name, entry.changed_at.timetuple()[:6])
            info.external_attr = REGULAR_FILE
            with archive.open(info, "w", force_zip64=True) as target:
                async for block in entry.read():
                    target.write(block)
                    yield sink.take()
            yield sink.take()
    yield sink.take()
