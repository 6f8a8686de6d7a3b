"""Security headers of every response, and the policy of the web app's pages."""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.config import Settings
from app.core.security_headers import SECURITY_HEADERS

_HEADERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
GOOGLE_STORAGE = "https://storage.googleapis.com"


def page_policy(settings: Settings) -> str:
    """Return the Content-Security-Policy of pages: https://www.w3.org/TR/CSP3/."""
    storage = urlsplit(settings.storage_emulator_host or GOOGLE_STORAGE)
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none';"
        # Videos and clips redirect to signed URLs of the bucket.
        f" img-src 'self' data: blob:; media-src 'self' blob: {storage.scheme}://{storage.netloc};"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


class SecurityHeadersMiddleware:
    """Pure ASGI, outermost: adds the headers to responses that do not have them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                present = {name for name, _ in headers}
                headers += [header for header in _HEADERS if header[0] not in present]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
