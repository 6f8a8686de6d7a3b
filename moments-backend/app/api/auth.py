"""Who may use the API when a key is set: whoever shows the key, or the cookie given in exchange for it.

A `<video>` element sends no header of ours, hence the cookie. It is not the key: it is a time signed with
it, so it runs out by itself, and all of them end when the key is changed.
"""

import hmac
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.config import Settings
from app.core.exceptions import UnauthorizedError

PROTECTED = "/api"
SESSION_PATH = "/api/session"
COOKIE = "videomoments_session"
COOKIE_SECONDS = 7 * 24 * 3600
_SIGNED = b"session"


class AuthMiddleware:
    """Pure ASGI: lets through what is open or authorised. Known and unknown paths look the same from outside.

    Raises:
        UnauthorizedError: a key is set, and the request shows neither it nor a cookie of ours.
    """

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings]) -> None:
        self._app = app
        key = settings().api_key
        self._keys = ApiKeyVerifier(key.get_secret_value()) if key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._keys is not None and scope["type"] == "http" and _is_protected(scope):
            self._check(HTTPConnection(scope), self._keys)
        await self._app(scope, receive, send)

    def _check(self, request: HTTPConnection, keys: "ApiKeyVerifier") -> None:
        if keys.verify_key(_bearer(request)):
            return
        # A session is opened by the key alone: a cookie must not renew itself.
        opens = request.scope["method"] == "POST" and SESSION_PATH in _paths(request.scope)
        if not opens and keys.verify_cookie(request.cookies.get(COOKIE)):
            return
        raise UnauthorizedError(
            "this needs the API key", remedy="send it as Authorization: Bearer …, or open a session"
        )


class ApiKeyVerifier:
    """The API key, and what is signed with it."""

    def __init__(self, key: str) -> None:
        # A header's bytes beyond ASCII are UTF-8 from curl and Latin-1 from a browser.
        self._forms = [key.encode("utf-8")]
        with suppress(UnicodeEncodeError):
            self._forms.append(key.encode("latin-1"))
        self._signer = TimestampSigner(key, salt=COOKIE, key_derivation="hmac", digest_method=sha256)

    def verify_key(self, shown: bytes | None) -> bool:
        """In constant time."""
        return any(hmac.compare_digest(form, shown or b"") for form in self._forms)

    def issue_cookie(self) -> str:
        return self._signer.sign(_SIGNED).decode("ascii")

    def verify_cookie(self, cookie: str | None) -> bool:
        """Whether this cookie is ours and young enough."""
        try:
            value = self._signer.unsign((cookie or "").encode("utf-8", "replace"), max_age=COOKIE_SECONDS)
        except BadSignature:
            return False
        return value == _SIGNED


def set_session_cookie(response: Response, settings: Settings, *, secure: bool) -> None:
    """Give the browser its cookie. Without a key there is nothing to open, and no cookie."""
    if settings.api_key is not None:
        response.set_cookie(
            COOKIE,
            ApiKeyVerifier(settings.api_key.get_secret_value()).issue_cookie(),
            max_age=COOKIE_SECONDS,
            path="/",
            httponly=True,
            samesite="strict",
            secure=secure,
        )


def _is_protected(scope: Scope) -> bool:
    return any(path == PROTECTED or path.startswith(f"{PROTECTED}/") for path in _paths(scope))


def _paths(scope: Scope) -> tuple[str, str]:
    """The path as it came, and as the router sees it behind a proxy that adds a prefix."""
    path: str = scope["path"]
    return path, path.removeprefix(scope.get("root_path", ""))


def _bearer(request: HTTPConnection) -> bytes | None:
    """The key that the request shows, as it was sent."""
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            scheme, _, key = value.partition(b" ")
            return bytes(key.strip()) if scheme.lower() == b"bearer" else None
    return None
