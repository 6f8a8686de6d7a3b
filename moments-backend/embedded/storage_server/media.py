"""Downloads of object contents, with byte ranges and conditional headers."""

import asyncio
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

from app.core.concurrency import cancel_and_wait, run_in_thread
from embedded.storage_server.api_errors import content_missing, precondition_failed, range_not_satisfiable
from embedded.storage_server.blobs import BlobDirectory
from embedded.storage_server.http import Request, Response, Send, send_start
from embedded.storage_server.resources import Object, Preconditions
from embedded.storage_server.store import Store

READ_BYTES = 1024 * 1024
OPEN_ATTEMPTS = 3
"""An object may be replaced between its look-up and the opening of its content."""

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_RWF_NOWAIT = getattr(os, "RWF_NOWAIT", None)


def open_media(
    store: Store,
    bucket: str,
    name: str,
    request: Request,
    preconditions: Preconditions,
    overrides: Mapping[str, str] | None = None,
) -> Response:
    """Return the content of an object, or the range of it that the request names.

    Args:
        overrides: headers that replace the stored ones, such as `Content-Disposition`.

    Raises:
        ApiError: 404, 412, 416.
    """
    for _ in range(OPEN_ATTEMPTS):
        found = store.get(bucket, name, request.integer("generation"))
        preconditions.check(found, is_read=True)
        if _is_not_modified(request.headers, found):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": found.etag})
        with suppress(FileNotFoundError):
            return MediaResponse(store.blobs, found, request, overrides or {})
    raise content_missing(bucket, name)


class MediaResponse(Response):
    """An open object; `send` closes it."""

    def __init__(
        self, blobs: BlobDirectory, source: Object, request: Request, overrides: Mapping[str, str]
    ) -> None:
        super().__init__()
        self._first, self._length, self.status = _selected_range(request.headers, source)
        self._request = request
        self.headers = {**_stored_headers(source), **overrides, "Content-Length": str(self._length)}
        if self.status is HTTPStatus.PARTIAL_CONTENT:
            last = self._first + self._length - 1
            self.headers["Content-Range"] = f"bytes {self._first}-{last}/{source.size}"
        self._descriptor = os.open(blobs.path(source.blob), os.O_RDONLY | os.O_CLOEXEC)

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        try:
            await send_start(send, self.status, self.headers)
            if with_body and self._length:
                await self._send_content(send)
            else:
                await send({"type": "http.response.body", "body": b""})
        finally:
            os.close(self._descriptor)

    async def _send_content(self, send: Send) -> None:
        """Send blocks until the end, or until the client closes the connection, which `send` ignores."""
        if self._length <= READ_BYTES:
            await self._send_blocks(send, asyncio.Event())
            return
        disconnected = asyncio.Event()
        watching = asyncio.create_task(self._request.wait_for_disconnect())
        watching.add_done_callback(lambda _: disconnected.set())
        try:
            await self._send_blocks(send, disconnected)
        finally:
            await cancel_and_wait(watching)

    async def _send_blocks(self, send: Send, disconnected: asyncio.Event) -> None:
        position, end = self._first, self._first + self._length
        while position < end and not disconnected.is_set():
            block = await _read(self._descriptor, min(READ_BYTES, end - position), position)
            if not block:
                raise OSError("the content is shorter than its size in the index")
            position += len(block)
            await send({"type": "http.response.body", "body": block, "more_body": position < end})
            await asyncio.sleep(0)  # after a disconnection, neither reading nor `send` suspends


async def _read(descriptor: int, size: int, position: int) -> bytes:
    """Read from the page cache if possible, else in a thread."""
    if _RWF_NOWAIT is not None:
        buffer = bytearray(size)
        with suppress(OSError):
            count = os.preadv(descriptor, [buffer], position, _RWF_NOWAIT)
            if count > 0:
                return bytes(memoryview(buffer)[:count]) if count < size else bytes(buffer)
    return await run_in_thread(os.pread, descriptor, size, position)


def _is_not_modified(headers: Mapping[str, str], source: Object) -> bool:
    """Check the conditional headers of RFC 9110.

    Raises:
        ApiError: 412.
    """
    modified = datetime.fromisoformat(source.updated).replace(microsecond=0)
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")
    unmodified_since, modified_since = (
        _parsed_date(headers.get(name)) for name in ("if-unmodified-since", "if-modified-since")
    )
    if if_match is not None:
        if not _names_tag(if_match, source.etag):
            raise precondition_failed()
    elif unmodified_since is not None and modified > unmodified_since:
        raise precondition_failed()
    if if_none_match is not None:
        return _names_tag(if_none_match, source.etag)
    return modified_since is not None and modified <= modified_since


def _names_tag(value: str, etag: str) -> bool:
    return any(tag.strip().removeprefix("W/") in {"*", etag} for tag in value.split(","))


def _parsed_date(value: str | None) -> datetime | None:
    """Parse an HTTP date; RFC 9110 ignores invalid ones."""
    if value is None:
        return None
    try:
        parsed = parsedate_to_datetime(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


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
    # Earlier versions took times over in other zones, which `usegmt` rejects.
    return format_datetime(datetime.fromisoformat(timestamp).astimezone(UTC), usegmt=True)
