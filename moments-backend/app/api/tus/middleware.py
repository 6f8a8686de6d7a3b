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


class TusResumableMiddleware:
    """Pure ASGI: adds `Tus-Resumable` to responses about uploads, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["tus-resumable"] = VERSION
            await send(message)

        is_upload = scope["type"] == "http" and scope["path"].startswith(PATH)
        await self._app(scope, receive, send_with_version if is_upload else send)
