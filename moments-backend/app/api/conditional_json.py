"""ETag and 304 of JSON responses."""

from hashlib import blake2b
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON = b"application/json"
CACHE_CONTROL = b"private, no-cache"
"""Browsers keep the response and ask at each use whether it is still valid."""
DIGEST_BYTES = 16
_CONTENT_HEADERS = {b"content-length", b"content-type"}

Headers = list[tuple[bytes, bytes]]


class ConditionalJsonMiddleware:
    """Pure ASGI: adds an ETag to complete JSON bodies of GET requests, and answers `If-None-Match` by 304.

    The tag is a digest of the body, unless the endpoint sets one. Lists that are sent in several parts have
    none, because their end is not known when the headers are sent.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        response = _Response(scope["headers"], send)
        await self._app(scope, receive, response.send)


class _Response:
    __slots__ = ("_request_headers", "_send", "_start")

    def __init__(self, request_headers: Headers, send: Send) -> None:
        self._request_headers = request_headers
        self._send = send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_tagged(message):
            self._start = message  # sent with the first part of the body
            return
        start, self._start = self._start, None
        if start is not None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                start, message = self._with_tag(start, message)
            await self._send(start)
        await self._send(message)

    def _with_tag(self, start: Message, body: Message) -> tuple[Message, Message]:
        headers: Headers = list(start["headers"])
        present = dict(headers)
        tag = present.get(b"etag")
        if tag is None:
            digest = blake2b(body.get("body", b""), digest_size=DIGEST_BYTES).hexdigest()
            tag = b'W/"%s"' % digest.encode()
            headers.append((b"etag", tag))
        if b"cache-control" not in present:
            headers.append((b"cache-control", CACHE_CONTROL))
        if not _matches(self._request_headers, tag):
            return {**start, "headers": headers}, body
        kept = [header for header in headers if header[0] not in _CONTENT_HEADERS]
        unchanged = {**start, "status": HTTPStatus.NOT_MODIFIED.value, "headers": kept}
        return unchanged, {"type": "http.response.body", "body": b""}


def _is_tagged(start: Message) -> bool:
    return start["status"] == HTTPStatus.OK and any(
        name == b"content-type" and value.startswith(JSON) for name, value in start["headers"]
    )


def _matches(request_headers: Headers, tag: bytes) -> bool:
    """Compare weakly: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2."""
    own = tag.removeprefix(b"W/")
    for name, value in request_headers:
        if name == b"if-none-match":
            tags = [part.strip().removeprefix(b"W/") for part in value.split(b",")]
            if value.strip() == b"*" or own in tags:
                return True
    return False
