"""Files as responses. Everything HTTP is the framework's; only how the bytes are read is ours.

`FileResponse` reads 64 KiB at a time in a worker thread, and the way to the thread and back costs more than
the bytes. Here a mebibyte is copied straight out of the page cache where the kernel has it, and only what
has to come from the disk goes through a thread, so that a cold disk blocks nobody else.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from app.core.exceptions import FileChangedError, FileUnreadableError
from app.media.formats import content_type_for
from app.services.library.local_files import OpenedFile

CHUNK_BYTES = 1024 * 1024
DISCONNECT_CHECK_AFTER_CHUNKS = 3
"""A shorter answer is over before it could be cut off."""
_RWF_NOWAIT = getattr(os, "RWF_NOWAIT", None)
"""Linux: read what is in memory, and say so (EAGAIN) where nothing is."""

_WOULD_BLOCK_ERRNOS = {errno.EAGAIN, errno.EOPNOTSUPP, errno.EINVAL}
"""EOPNOTSUPP and EINVAL: the file system, or the kernel, does not know the flag."""


class LocalFileResponse(FileResponse):
    """An open file, with Range, If-Range, HEAD, ETag and Last-Modified by the framework.

    An answer whose file shrinks while it is sent ends with `FileChangedError`: the connection is closed short
    of the promised length.
    """

    chunk_size = CHUNK_BYTES

    def __init__(
        self, opened: OpenedFile, headers: Mapping[str, str] | None = None, *, as_download: bool = False
    ) -> None:
        super().__init__(
            opened.path,
            headers=headers,
            stat_result=opened.status,
            media_type=content_type_for(opened.path.name),
            filename=opened.path.name,
            content_disposition_type="attachment" if as_download else "inline",
        )
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        # For servers older than ASGI 2.4, which do not tell a sender that the client has left, the framework
        # runs a task beside every answer: a quarter of what a mebibyte costs. The reader asks instead.
        told = {**scope, "asgi": {**scope["asgi"], "spec_version": "2.4"}}
        try:
            await super().__call__(told, receive, send)
        except OSError:  # only `send` raises one: the reader's are translated
            raise ClientDisconnect from None

    @asynccontextmanager
    async def _open_file(self) -> AsyncIterator[Any]:
        """The seam: what the framework reads from, `seek` and `read` being all it asks for."""
        reader = _Reader(self._opened, self._receive)
        try:
            yield reader
        finally:
            reader.stop_listening()


class _Reader:
    """The bytes of an open file, as many as it had when it was opened.

    Args:
        receive: the connection, watched from the second chunk on.
    """

    def __init__(self, opened: OpenedFile, receive: Receive) -> None:
        self._receive = receive
        self._reads = 0
        self._disconnect: asyncio.Task[None] | None = None
        self._opened = opened  # and with it its descriptor
        self._descriptor = opened.descriptor
        self._name = opened.path.name
        self._size = opened.status.st_size
        self._position = 0

    async def seek(self, position: int) -> None:
        self._position = position

    async def read(self, size: int) -> memoryview:
        """Exactly `size` bytes, or all up to the end.

        Raises:
            ClientDisconnect: nobody is there any more.
            FileChangedError: the file has become shorter.
        """
        await self._let_others_run()
        buffer = memoryview(bytearray(min(size, self._size - self._position)))
        done = self._read_from_memory(buffer)
        if done < len(buffer):
            done += await anyio.to_thread.run_sync(self._read_from_disk, buffer[done:], self._position + done)
        if done < len(buffer):
            raise FileChangedError(f"{self._name} became shorter while it was sent")
        self._position += done
        return buffer

    async def _let_others_run(self) -> None:
        """Between two chunks: neither reading from memory nor sending to a fast client ever waits."""
        self._reads += 1
        if self._reads == 1:
            return
        if self._reads == DISCONNECT_CHECK_AFTER_CHUNKS:
            self._disconnect = asyncio.create_task(_until_disconnect(self._receive))
        await asyncio.sleep(0)
        if self._disconnect is not None and self._disconnect.done():
            raise ClientDisconnect

    def stop_listening(self) -> None:
        if self._disconnect is not None:
            self._disconnect.cancel()

    def _read_from_memory(self, buffer: memoryview) -> int:
        if _RWF_NOWAIT is None:
            return 0
        try:
            return os.preadv(self._descriptor, [buffer], self._position, _RWF_NOWAIT)
        except OSError as error:
            if error.errno in _WOULD_BLOCK_ERRNOS:
                return 0
            raise self._unreadable(error) from error

    def _read_from_disk(self, buffer: memoryview, position: int) -> int:
        try:
            done = 0
            while done < len(buffer):
                count = os.preadv(self._descriptor, [buffer[done:]], position + done)
                if count == 0:
                    break
                done += count
        except OSError as error:
            raise self._unreadable(error) from error
        return done

    def _unreadable(self, error: OSError) -> FileUnreadableError:
        return FileUnreadableError(f"{self._name} could not be read to its end: {error.strerror}")


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def accelerated_response(opened: OpenedFile, prefix: str, *, as_download: bool = False) -> Response:
    """Leaves the bytes to nginx, which knows `prefix` as an internal location.

    https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_headers
    """
    headers = LocalFileResponse(opened, as_download=as_download).headers
    return Response(
        headers={name: headers[name] for name in ("content-type", "content-disposition")}
        | {"x-accel-redirect": f"{prefix.rstrip('/')}/{quote(opened.path.name, safe='')}"}
    )
