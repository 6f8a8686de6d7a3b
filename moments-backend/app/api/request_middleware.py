"""Request ids and HTTP metrics of every response, those of refused requests included."""

from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.metrics import (
    EVENT_STREAMS,
    HTTP_IN_PROGRESS,
    HTTP_RECEIVED_BYTES,
    HTTP_REQUESTS,
    HTTP_SECONDS,
    HTTP_SENT_BYTES,
)
from app.core.request_context import choose_request_id, log_context

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

HEADER = "X-Request-ID"
ROUTE_TEMPLATE = "videomoments.route"
"""Key of the scope for the template of a request that a middleware answers instead of a route."""

_HEADER = HEADER.lower().encode()
_API_PREFIX = "/api"
_EVENT_STREAM = b"text/event-stream"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

WEB_APP = "web app"
"""Route of files and pages of the web app."""
UNMATCHED = "unmatched"
"""Route of requests that matched none, or were refused before routing."""
NO_RESPONSE = "none"
"""Status of requests whose client disconnected before the response began."""


class RequestMiddleware:
    """Pure ASGI, the outermost middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._children: dict[tuple[str, str, str], tuple[Counter, Histogram | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = choose_request_id(_received_id(scope))
        response = _Response(receive, send, (_HEADER, request_id.encode()))
        started = perf_counter()
        HTTP_IN_PROGRESS.inc()
        try:
            with log_context(request_id=request_id):
                await self._app(scope, response.receive, response.send)
        finally:
            HTTP_IN_PROGRESS.dec()
            self._count(scope, response, perf_counter() - started)

    def _count(self, scope: Scope, response: "_Response", seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        key = method, route_template(scope, response.status), str(response.status or NO_RESPONSE)
        children = self._children.get(key)
        if children is None:
            durations = None if response.is_event_stream else HTTP_SECONDS.labels(*key[:2])
            children = HTTP_REQUESTS.labels(*key), durations
            self._children[key] = children
        requests, durations = children
        requests.inc()
        if durations is not None:
            durations.observe(seconds)
        if response.is_event_stream:
            EVENT_STREAMS.dec()
        if response.sent_bytes:
            HTTP_SENT_BYTES.inc(response.sent_bytes)
        if response.received_bytes:
            HTTP_RECEIVED_BYTES.inc(response.received_bytes)


class _Response:
    """Counts the bytes of one request and its response, and adds the header with the id."""

    __slots__ = ("_header", "_receive", "_send", "is_event_stream", "received_bytes", "sent_bytes", "status")

    def __init__(self, receive: Receive, send: Send, header: tuple[bytes, bytes]) -> None:
        self._receive = receive
        self._send = send
        self._header = header
        self.status = 0
        self.received_bytes = 0
        self.sent_bytes = 0
        self.is_event_stream = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.received_bytes += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.sent_bytes += len(message.get("body", b""))
        elif message["type"] == "http.response.start":
            self._start(message)
        await self._send(message)

    def _start(self, message: Message) -> None:
        self.status = message["status"]
        headers = message.get("headers", ())
        message["headers"] = [*headers, self._header]
        if any(name == b"content-type" and value.startswith(_EVENT_STREAM) for name, value in headers):
            self.is_event_stream = True
            EVENT_STREAMS.inc()


def route_template(scope: Scope, status: int) -> str:
    """Return the template of the request's path, such as `/api/videos/{video_id}`; never the path itself."""
    if given := scope.get(ROUTE_TEMPLATE):
        return str(given)
    template = getattr(scope.get("route"), "path", None)
    if template is None:
        return WEB_APP if 0 < status < HTTPStatus.BAD_REQUEST else UNMATCHED
    # The prefix belongs to the router that contains the route.
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    is_below_api = path.startswith(f"{_API_PREFIX}/") and not template.startswith(_API_PREFIX)
    return f"{_API_PREFIX}{template}" if is_below_api else str(template)


def _received_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == _HEADER:
            return bytes(value).decode("latin-1")
    return None
