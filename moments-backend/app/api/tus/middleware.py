"""The tus version, and the middleware that adds it to every response about uploads."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

VERSION = "1.0.0"
PATH = "/api/uploads"
EXPOSED_HEADERS = (
    *("Location", "Tus-Extension", "Tus-Max-Size", "Tus-Resumable", "Tus-Version"),
    *("Upload-Expires", "Upload-Length", "Upload-Metadata", "Upload-Offset"),
)
"""Headers that a tus client on a page of another origin must be able to read."""


METHOD_OVERRIDE = b"x-http-method-override"
OVERRIDING_METHOD = "POST"
OVERRIDES = frozenset({"PATCH", "DELETE"})
"""Not HEAD, and none of HEAD: a response with a body where the client expects none breaks the connection."""


class TusResumableMiddleware:
    """Pure ASGI: adds `Tus-Resumable` to responses about uploads, and applies `X-HTTP-Method-Override`.

    Around all checks, which therefore see the method that the router executes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["tus-resumable"] = VERSION
            await send(message)

        is_upload = scope["type"] == "http" and _is_upload(scope)
        if scope["type"] == "http":
            _override_method(scope, is_upload=is_upload)
        await self._app(scope, receive, send_with_version if is_upload else send)


def _is_upload(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).startswith(PATH) or path.startswith(PATH)


def _override_method(scope: Scope, *, is_upload: bool) -> None:
    """Set the method of a tus client behind a proxy without PATCH, and remove the header.

    tuspyserver's routes would otherwise apply it after the checks of the middlewares.
    """
    overrides = [value for name, value in scope["headers"] if name == METHOD_OVERRIDE]
    if overrides:
        scope["headers"] = [header for header in scope["headers"] if header[0] != METHOD_OVERRIDE]
        method = overrides[0].decode("latin-1").strip().upper()
        if is_upload and scope["method"] == OVERRIDING_METHOD and method in OVERRIDES:
            scope["method"] = method
