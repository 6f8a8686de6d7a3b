"""Downloads of object contents with byte ranges, and uploads of bodies into blobs."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

from app.core.concurrency import run_in_thread
from embedded.storage_server.api_errors import range_not_satisfiable
from embedded.storage_server.blobs import BLOCK_BYTES, BlobDirectory, BlobWriter
from embedded.storage_server.http import Request, Response, Send, send_start
from embedded.storage_server.resources import Object

READ_BYTES = 1024 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_RWF_NOWAIT = getattr(os, "RWF_NOWAIT", None)


class MediaResponse(Response):
    """The content of an object, or the range of it that the request names.

    Args:
        overrides: headers that replace the stored ones, such as `Content-Disposition`.
    """

    def __init__(
        self,
        blobs: BlobDirectory,
        source: Object,
        request: Request,
        overrides: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.first, self.length, self.status = _selected_range(request.headers, source)
        self._blobs = blobs
        self._source = source
        self.headers = {**_stored_headers(source), **(overrides or {}), "Content-Length": str(self.length)}
        if self.status is HTTPStatus.PARTIAL_CONTENT:
            self.headers["Content-Range"] = f"bytes {self.first}-{self.first + self.length - 1}/{source.size}"

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        if not with_body or self.length == 0:
            await send_start(send, self.status, self.headers)
            await send({"type": "http.response.body", "body": b""})
            return
        descriptor = await run_in_thread(
            os.open, self._blobs.path(self._source.blob), os.O_RDONLY | os.O_CLOEXEC
        )
        try:
            await send_start(send, self.status, self.headers)
            position, end = self.first, self.first + self.length
            while position < end:
                block = await _read(descriptor, min(READ_BYTES, end - position), position)
                if not block:
                    raise OSError(f"the content of {self._source.bucket}/{self._source.name} is truncated")
                position += len(block)
                await send({"type": "http.response.body", "body": block, "more_body": position < end})
        finally:
            os.close(descriptor)


async def receive_into(writer: BlobWriter, blocks: AsyncIterator[bytes]) -> None:
    """Write a body to a blob; one block is written in a thread while the next one arrives.

    Whatever ends the body early, the blocks received before are written.
    """
    buffer = bytearray()
    writing: asyncio.Task[None] | None = None
    try:
        async for block in blocks:
            buffer += block
            if len(buffer) >= BLOCK_BYTES:
                if writing is not None:
                    await writing
                full, buffer = bytes(buffer), bytearray()
                writing = asyncio.create_task(run_in_thread(writer.append, full))
    finally:
        if writing is not None:
            await writing
        if buffer:
            await run_in_thread(writer.append, bytes(buffer))


async def _read(descriptor: int, size: int, position: int) -> bytes:
    """Read from the page cache if possible, else in a thread."""
    if _RWF_NOWAIT is not None:
        buffer = bytearray(size)
        with suppress(OSError):
            count = os.preadv(descriptor, [buffer], position, _RWF_NOWAIT)
            if count > 0:
                return bytes(memoryview(buffer)[:count]) if count < size else bytes(buffer)
    return await run_in_thread(os.pread, descriptor, size, position)


def _selected_range(headers: Mapping[str, str], source: Object) -> tuple[int, int, HTTPStatus]:
    """Return first byte, length and status; a malformed or multiple range selects everything.

    Raises:
        ApiError: 416.
    """
    matched = _RANGE.fullmatch(headers.get("range", ""))
    condition = headers.get("if-range")
    if matched is None or matched[0] == "bytes=-" or (condition is not None and condition != source.etag):
        return 0, source.size, HTTPStatus.OK
    first_text, last_text = matched[1], matched[2]
    if not first_text:
        first, last = max(0, source.size - int(last_text[:19])), source.size - 1
        is_valid = int(last_text[:19]) > 0 and source.size > 0
    else:
        first = int(first_text[:19])
        last = min(int(last_text[:19]), source.size - 1) if last_text else source.size - 1
        is_valid = first < source.size
        if last_text and int(last_text[:19]) < first:
            return 0, source.size, HTTPStatus.OK
    if not is_valid:
        raise range_not_satisfiable(source.size)
    return first, last - first + 1, HTTPStatus.PARTIAL_CONTENT


def _stored_headers(source: Object) -> dict[str, str]:
    hashes = [f"crc32c={source.crc32c}"] + ([f"md5={source.md5}"] if source.md5 else [])
    headers = {
        "Content-Type": source.content_type,
        "Accept-Ranges": "bytes",
        "ETag": source.etag,
        "Last-Modified": _http_date(source.updated),
        "x-goog-generation": str(source.generation),
        "x-goog-metageneration": str(source.metageneration),
        "x-goog-hash": ",".join(hashes),
        "x-goog-stored-content-length": str(source.size),
        "x-goog-stored-content-encoding": str(source.fields.get("contentEncoding") or "identity"),
        "x-goog-storage-class": "STANDARD",
        "Cache-Control": str(source.fields.get("cacheControl") or "private, max-age=0"),
    }
    for field, header in (
        ("contentEncoding", "Content-Encoding"),
        ("contentDisposition", "Content-Disposition"),
        ("contentLanguage", "Content-Language"),
    ):
        if source.fields.get(field):
            headers[header] = str(source.fields[field])
    return headers


def _http_date(timestamp: str) -> str:

    return format_datetime(datetime.fromisoformat(timestamp), usegmt=True)
