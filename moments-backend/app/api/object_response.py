"""Responses with the content of an object in the bucket, without revealing where it is stored."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.api.auth import client_of
from app.api.stream_revocation import Permission
from app.core.client_access import client_network
from app.core.exceptions import TooManySharedStreamsError
from app.core.files.content_types import content_type_for
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_store import StoredObject

MAX_STREAMS = 32
"""Concurrent responses of one process; each holds one block of 4 MiB."""

MAX_PER_CLIENT = 8
"""Responses to one client; a browser uses two or three at once."""
STALL_SECONDS = 60.0
"""Longest wait for a client to read a piece. A paused player stops reading, and later sends a new request."""
PIECE_BYTES = 256 * 1024
"""Bytes sent between two checks of time and permission; a client may still receive two pieces after them."""

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class ObjectStreams:
    """Sends objects, at most `MAX_STREAMS` at once, of which `MAX_PER_CLIENT` to one client."""

    def __init__(self, uploader: GCSUploader) -> None:
        self._uploader = uploader
        self._active: Counter[str] = Counter()
        """Number of responses by client network."""

    def respond(
        self, stored: StoredObject, request: Request, permission: Permission | None = None
    ) -> Response:
        """Return the whole object, the one range that the request names, or 416.

        Sending the response raises `TooManySharedStreamsError` before its first byte if too many responses
        are active.

        Args:
            permission: the connection ends once it is revoked; caches ask before each use.
        """
        headers = {
            "accept-ranges": "bytes",
            "etag": f'"{stored.generation}"',
            # A browser must not play from its cache what the server no longer sends.
            "cache-control": "private, max-age=3600" if permission is None else "private, no-cache",
        }
        selected = _select(request, stored, headers["etag"])
        if selected is None:
            unsatisfiable = headers | {"content-range": f"bytes */{stored.size}"}
            status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            return Response(status_code=status, headers=unsatisfiable, media_type="text/plain")
        start, end = selected
        status = HTTPStatus.OK
        if (start, end) != (0, stored.size):
            status = HTTPStatus.PARTIAL_CONTENT
            headers["content-range"] = f"bytes {start}-{end - 1}/{stored.size}"
        headers["content-length"] = str(end - start)
        headers["content-type"] = content_type_for(stored.name)
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers)
        pieces = _pieces(self._uploader.read_blocks(stored, start, end))
        slot = self._slot(client_network(client_of(request.scope)))
        return _ObjectResponse(pieces, status, headers, slot, permission)

    @contextmanager
    def _slot(self, client: str) -> Iterator[None]:
        if self._active.total() >= MAX_STREAMS or self._active[client] >= MAX_PER_CLIENT:
            raise TooManySharedStreamsError(MAX_STREAMS)
        self._active[client] += 1
        try:
            yield
        finally:
            self._active -= Counter([client])  # removes a count of 0


async def _pieces(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for block in blocks:
        for start in range(0, len(block), PIECE_BYTES):
            yield block[start : start + PIECE_BYTES]


class _ObjectResponse(StreamingResponse):
    """Holds a slot from before its first byte until its end, however it ends.

    Ends the connection of a client that reads nothing for `STALL_SECONDS`, or whose permission was revoked.
    Players resume by a range.
    """

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        status: int,
        headers: Mapping[str, str],
        slot: AbstractContextManager[None],
        permission: Permission | None,
    ) -> None:
        super().__init__(pieces, status, headers)
        self._slot = slot
        self._permission = permission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._slot:
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            if self._permission is not None and await self._permission.is_revoked():
                raise ClientDisconnect
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    await send(message)
            except TimeoutError:
                raise ClientDisconnect from None

        await super().stream_response(send_in_time)


def _select(request: Request, stored: StoredObject, etag: str) -> tuple[int, int] | None:
    """Return first byte and end of the range; the whole object for anything but one valid range.

    None if the range begins after the end. https://www.rfc-editor.org/rfc/rfc9110#section-14.2
    """
    whole = (0, stored.size)
    matched = _RANGE.fullmatch(request.headers.get("range", ""))
    if matched is None or request.headers.get("if-range", etag) != etag:
        return whole
    first, last = matched.groups()
    if not first and not last:
        return whole
    if not first:
        length = int(last)
        return (max(0, stored.size - length), stored.size) if length and stored.size else None
    start, end = int(first), min(int(last or stored.size) + 1, stored.size)
    if start >= stored.size:
        return None
    return (start, end) if start < end else whole
