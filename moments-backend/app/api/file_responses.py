"""Responses with the content of local files.

Starlette's `FileResponse` reads 64 KiB at a time in a thread, and the thread switch costs more than the read.
Here a mebibyte is copied from the page cache on the event loop; only bytes that must come from the disk are
read in a thread, so that a slow disk does not block other requests.
"""

import asyncio
import errno
import os
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from email.utils import parsedate
from http import HTTPStatus
from sys import getrefcount
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from starlette.datastructures import Headers as StarletteHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import FileChangedError, FileUnreadableError
from app.core.files.content_types import content_type_for
from app.services.library.identity import path_below
from app.services.library.local_files import OpenedFile

NO_STORE = {"cache-control": "no-store"}
"""For redirects to signed URLs, which expire."""

Headers = Sequence[tuple[bytes, bytes]]

_PLAIN_HEADERS: WeakKeyDictionary[OpenedFile, Headers] = WeakKeyDictionary()
"""The headers of a response without a range, by file."""

_SIMPLE_RANGE = re.compile(rb"bytes=(\d{1,18})-(\d{0,18})")

_CONDITIONS = {b"if-none-match", b"if-modified-since"}
_CONTENT_HEADERS = {b"content-length", b"content-type", b"content-disposition", b"accept-ranges"}
"""Headers that describe a body, which a 304 does not have."""

CHUNK_BYTES = 1024 * 1024
_BUFFERS: deque[bytearray] = deque(maxlen=32)
"""Storage of chunks, the least recently used one first; the atomic methods make it safe for threads."""
_UNUSED_REFERENCES = 2
"""The local variable, and the argument of `getrefcount`."""

DISCONNECT_CHECK_AFTER_CHUNKS = 3
"""Shorter responses finish before a disconnect could save any work."""
_RWF_NOWAIT = getattr(os, "RWF_NOWAIT", None)
"""Linux: read only from the page cache; EAGAIN if the bytes are not cached."""

_WOULD_BLOCK_ERRNOS = {errno.EAGAIN, errno.EOPNOTSUPP, errno.EINVAL}
"""EOPNOTSUPP and EINVAL: the file system or kernel does not support the flag."""


class LocalFileResponse(FileResponse):
    """An open file with Range, If-Range, HEAD, ETag and Last-Modified, mostly implemented by Starlette.

    Requests of players, for one range without conditions, take a shorter way. If the file shrinks during the
    response, `FileChangedError` ends the connection before the announced length.
    """

    chunk_size = CHUNK_BYTES

    def __init__(
        self, opened: OpenedFile, headers: Mapping[str, str] | None = None, *, as_download: bool = False
    ) -> None:
        self._opened = opened
        is_plain = headers is None and not as_download
        cached = _PLAIN_HEADERS.get(opened) if is_plain else None
        if cached is not None:
            self._set_plain(opened, cached)
            return
        super().__init__(
            opened.path,
            headers=headers,
            stat_result=opened.status,
            media_type=content_type_for(opened.path.name),
            filename=opened.path.name,
            content_disposition_type="attachment" if as_download else "inline",
        )
        if is_plain:
            _PLAIN_HEADERS[opened] = tuple(self.raw_headers)

    def _set_plain(self, opened: OpenedFile, headers: Headers) -> None:
        """Initialise without computing the headers, which takes longer than reading a mebibyte."""
        self.path = opened.path
        self.status_code = HTTPStatus.OK
        self.stat_result = opened.status
        self.background = None
        self.raw_headers = list(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        try:
            if self._is_unchanged(scope["headers"]):
                await self._send_not_modified(send)
                return
            if selected := self._simple_range(scope["headers"]):
                await self._send_range(*selected, send, with_body=scope["method"] != "HEAD")
                return
            # Claim ASGI 2.4: for older servers Starlette runs a task beside every response to detect
            # disconnects, which costs a quarter of sending a mebibyte. The reader checks instead.
            asgi_2_4 = {**scope, "asgi": {**scope["asgi"], "spec_version": "2.4"}}
            await super().__call__(asgi_2_4, receive, send)
        except OSError:  # raised by `send` only: errors of the reader are mapped
            raise ClientDisconnect from None

    def _is_unchanged(self, request_headers: Headers) -> bool:
        """Return whether the client has this version already; `If-None-Match` decides before the date."""
        if not any(name in _CONDITIONS for name, _ in request_headers):
            return False
        conditions = StarletteHeaders(raw=list(request_headers))
        tags = conditions.get("if-none-match")
        if tags is not None:
            own = self.headers["etag"].removeprefix("W/")
            return tags.strip() == "*" or own in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        since = parsedate(conditions["if-modified-since"])
        changed = parsedate(self.headers["last-modified"])
        return since is not None and changed is not None and since >= changed

    async def _send_not_modified(self, send: Send) -> None:
        headers = [header for header in self.raw_headers if header[0] not in _CONTENT_HEADERS]
        await send(
            {"type": "http.response.start", "status": HTTPStatus.NOT_MODIFIED.value, "headers": headers}
        )
        await send({"type": "http.response.body", "body": b""})

    def _simple_range(self, request_headers: Headers) -> tuple[int, int] | None:
        """Return start and end of a single, satisfiable range; None for everything else."""
        value = None
        for name, text in request_headers:
            if name == b"if-range" or (name == b"range" and value is not None):
                return None
            if name == b"range":
                value = text
        matched = _SIMPLE_RANGE.fullmatch(value) if value is not None else None
        if matched is None:
            return None
        size = self._opened.status.st_size
        start, last = int(matched[1]), int(matched[2] or size)
        return (start, min(last + 1, size)) if start < size and start <= last else None

    async def _send_range(self, start: int, end: int, send: Send, *, with_body: bool) -> None:
        headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        headers.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, self._opened.status.st_size)))
        headers.append((b"content-length", b"%d" % (end - start)))
        await send(
            {"type": "http.response.start", "status": HTTPStatus.PARTIAL_CONTENT.value, "headers": headers}
        )
        if not with_body:
            await send({"type": "http.response.body", "body": b""})
            return
        async with self._open_file() as reader:
            await reader.seek(start)
            while start < end:
                chunk = await reader.read(min(CHUNK_BYTES, end - start))
                start += len(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": start < end})

    @asynccontextmanager
    async def _open_file(self) -> AsyncIterator[Any]:
        """Replace the file object that Starlette reads from; it uses only `seek` and `read`."""
        reader = _Reader(self._opened, self._receive)
        try:
            yield reader
        finally:
            reader.close()


class _Reader:
    """Reads an open file up to the size it had when it was opened.

    Args:
        receive: ASGI receive, used from the third chunk on to detect a disconnect.
    """

    def __init__(self, opened: OpenedFile, receive: Receive) -> None:
        self._receive = receive
        self._chunks = 0
        self._disconnect: asyncio.Task[None] | None = None
        self._opened = opened  # keeps the descriptor open
        self._descriptor = opened.descriptor
        self._name = opened.path.name
        self._size = opened.status.st_size
        self._position = 0

    async def seek(self, position: int) -> None:
        self._position = position

    async def read(self, size: int) -> memoryview:
        """Read exactly `size` bytes, or all up to the end.

        Raises:
            ClientDisconnect: the client has disconnected.
            FileChangedError: the file has become shorter.
            FileUnreadableError: the file cannot be read.
        """
        await self._yield_to_event_loop()
        buffer = _take_buffer(min(size, self._size - self._position))
        done = self._read_cached(buffer)
        if done < len(buffer):
            done += await run_in_thread(self._read_from_disk, buffer[done:], self._position + done)
        if done < len(buffer):
            raise FileChangedError(f"{self._name} became shorter while it was sent")
        self._position += done
        return buffer

    def close(self) -> None:
        if self._disconnect is not None:
            self._disconnect.cancel()

    async def _yield_to_event_loop(self) -> None:
        """Yield between chunks: cached reads and sends to a fast client never suspend by themselves."""
        self._chunks += 1
        if self._chunks == 1:
            return
        if self._chunks == DISCONNECT_CHECK_AFTER_CHUNKS:
            self._disconnect = asyncio.create_task(_until_disconnect(self._receive))
        await asyncio.sleep(0)
        if self._disconnect is not None and self._disconnect.done():
            raise ClientDisconnect

    def _read_cached(self, buffer: memoryview) -> int:
        if _RWF_NOWAIT is None:
            return 0
        try:
            return os.preadv(self._descriptor, [buffer], self._position, _RWF_NOWAIT)
        except OSError as error:
            if error.errno in _WOULD_BLOCK_ERRNOS:
                return 0
            raise self._map_error(error) from error

    def _read_from_disk(self, buffer: memoryview, position: int) -> int:
        try:
            done = 0
            while done < len(buffer):
                count = os.preadv(self._descriptor, [buffer[done:]], position + done)
                if count == 0:
                    break
                done += count
        except OSError as error:
            raise self._map_error(error) from error
        return done

    def _map_error(self, error: OSError) -> FileUnreadableError:
        return FileUnreadableError(f"{self._name} cannot be read: {error.strerror}")


def _take_buffer(size: int) -> memoryview:
    """Return a buffer, a used one if possible: filling a new one with zeros takes half as long as reading.

    A buffer is free once the transport has dropped the last view of it, which refers to its storage.
    """
    try:
        storage = _BUFFERS.popleft()
    except IndexError:
        storage = bytearray(CHUNK_BYTES)
    if getrefcount(storage) > _UNUSED_REFERENCES:
        _BUFFERS.append(storage)
        storage = bytearray(CHUNK_BYTES)
    _BUFFERS.append(storage)
    return memoryview(storage)[:size]


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def local_file_response(opened: OpenedFile, settings: Settings, *, as_download: bool = False) -> Response:
    """Return the response that sends the file: by this process, or by nginx if it is set up for that."""
    if prefix := settings.x_accel_redirect_prefix:
        relative_path = path_below(settings.videos_dir, opened.path) or opened.path.name
        return accelerated_response(opened, f"{prefix.rstrip('/')}/{quote(relative_path)}", as_download)
    return LocalFileResponse(opened, as_download=as_download)


def accelerated_response(opened: OpenedFile, location: str, as_download: bool) -> Response:
    """Let nginx send the file at its internal `location`.

    https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_headers
    """
    headers = LocalFileResponse(opened, as_download=as_download).headers
    return Response(
        headers={name: headers[name] for name in ("content-type", "content-disposition")}
        | {"x-accel-redirect": location}
    )
