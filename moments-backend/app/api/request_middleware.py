"""Request ids and HTTP metrics of every response, those of refused requests included."""

from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.metrics import HTTP_REQUESTS, HTTP_SECONDS, HTTP_TOTALS
from app.core.request_context import choose_request_id, end_request, set_request_id

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
        # Looking up the labels in the library costs more than the counting.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = choose_request_id(_received_id(scope))
        response = _Response(receive, send, (_HEADER, request_id.encode()))
        token = set_request_id(request_id)
        HTTP_TOTALS.in_progress += 1
        started = perf_counter()
        try:
            await self._app(scope, response.receive, response.send)
        finally:
            seconds = perf_counter() - started
            HTTP_TOTALS.in_progress -= 1
            end_request(token)
            self._count(scope, response, seconds)

    def _count(self, scope: Scope, response: "_Response", seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        key = method, route_template(scope, response.status), response.status
        children = self._children.get(key)
        if children is None:
            children = self._children[key] = _children(*key, has_duration=not response.is_event_stream)
        requests, durations = children
        requests.inc()
        if durations is not None:
            durations.observe(seconds)
        if response.is_event_stream:
            HTTP_TOTALS.event_streams -= 1


class _Response:
    """Counts the bytes of one request and its response, and adds the header with the id."""

    __slots__ = ("_header", "_receive", "_send", "is_event_stream", "status")

    def __init__(self, receive: Receive, send: Send, header: tuple[bytes, bytes]) -> None:
        self._receive = receive
        self._send = send
        self._header = header
        self.status = 0
        self.is_event_stream = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            HTTP_TOTALS.received_bytes += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            HTTP_TOTALS.sent_bytes += len(message.get("body", b""))
        elif message["type"] == "http.response.start":
            self._start(message)
        await self._send(message)

    def _start(self, message: Message) -> None:
        self.status = message["status"]
        headers = message["headers"] = [*message.get("headers", ()), self._header]
        for name, value in headers:
            if name == b"content-type" and value.startswith(_EVENT_STREAM):
                self.is_event_stream = True
                HTTP_TOTALS.event_streams += 1


def _children(
    method: str, route: str, status: int, *, has_duration: bool
) -> "tuple[Counter, Histogram | None]":
    requests = HTTP_REQUESTS.labels(method, route, str(status or NO_RESPONSE))
    return requests, HTTP_SECONDS.labels(method, route) if has_duration else None


def route_template(scope: Scope, status: int) -> str:
    """Return the template of the request's path, such as `/api/videos/{video_id}`; never the path itself."""
    if ROUTE_TEMPLATE in scope:
        return str(scope[ROUTE_TEMPLATE])
    template: str | None = getattr(scope.get("route"), "path", None)
    if template is None:
        return WEB_APP if 0 < status < HTTPStatus.BAD_REQUEST else UNMATCHED
    # The prefix belongs to the router that contains the route.
    path: str = scope["path"]
    if root_path := scope.get("root_path", ""):
        path = path.removeprefix(root_path)
    is_below_api = path.startswith(f"{_API_PREFIX}/") and not template.startswith(_API_PREFIX)
    return _API_PREFIX + template if is_below_api else template


def _received_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == _HEADER:
            return bytes(value).decode("latin-1")
    return None
