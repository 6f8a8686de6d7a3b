"""Archives that are written while they are sent."""

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from app.services.exports.zip_stream import ZipEntry, stream_zip

TIME = datetime(2026, 5, 4, 3, 2, 0, tzinfo=UTC)
CONTENT = {"Café 日本 👩\u200d👧.mp4": b"video" * 1000, "Café 日本 👩\u200d👧.srt": b"", "b.mp4": b"x"}

ZIP64_VERSION, ZIP64_EXTRA = 45, b"\x01\x00\x10\x00"
"""https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.4.3 and 4.5.3."""


async def collect(blocks: AsyncIterator[bytes], received: bytearray) -> None:
    async for block in blocks:
        received += block


async def entries(contents: dict[str, bytes], fail_at: str | None = None) -> AsyncIterator[ZipEntry]:
    async def read(name: str) -> AsyncIterator[bytes]:
        content = contents[name]
        for start in range(0, len(content), 999):
            yield content[start : start + 999]
        if name == fail_at:
            raise OSError("the bucket is unavailable")

    for name in contents:
        yield ZipEntry(name, TIME, lambda name=name: read(name))  # type: ignore[misc]


async def test_archive_contains_all_entries() -> None:
    blocks = [block async for block in stream_zip(entries(CONTENT))]

    with zipfile.ZipFile(io.BytesIO(b"".join(blocks))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == CONTENT
        assert archive.getinfo("b.mp4").date_time == (2026, 5, 4, 3, 2, 0)
        assert archive.getinfo("b.mp4").external_attr >> 16 == 0o100644
    assert max(map(len, blocks)) < 1500  # nothing waits for the end of an entry


async def test_empty_archive_is_valid() -> None:
    content = b"".join([block async for block in stream_zip(entries({}))])
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == []


async def test_entries_may_exceed_four_gigabytes() -> None:
    content = b"".join([block async for block in stream_zip(entries({"a.mp4": b"video"}))])

    needed_version, extra_length = int.from_bytes(content[4:6], "little"), content[28]
    extra = content[30 + len("a.mp4") :][:extra_length]
    assert needed_version == ZIP64_VERSION
    assert extra[:4] == ZIP64_EXTRA


async def test_error_leaves_an_archive_that_is_rejected() -> None:
    received = bytearray()
    with pytest.raises(OSError, match="unavailable"):
        await collect(stream_zip(entries(CONTENT, fail_at="b.mp4")), received)
    assert received
    assert not zipfile.is_zipfile(io.BytesIO(received))
