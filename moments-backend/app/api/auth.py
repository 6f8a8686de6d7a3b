"""Authentication with the API key, or with the cookie that is issued for it.

A `<video>` element cannot send the key as a header, hence the cookie. It contains a timestamp signed with the
key: it expires by itself, and changing the key invalidates all cookies.
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
    """Pure ASGI: passes public and authorised requests. Unknown paths are protected like known ones.

    Raises:
        UnauthorizedError: a key is configured, and the request has neither the key nor a valid cookie.
    """

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings]) -> None:
        self._app = app
        key = settings().api_key
        self._verifier = ApiKeyVerifier(key.get_secret_value()) if key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._verifier is not None and scope["type"] == "http" and _is_protected(scope):
            self._authenticate(HTTPConnection(scope), self._verifier)
        await self._app(scope, receive, send)

    def _authenticate(self, request: HTTPConnection, verifier: "ApiKeyVerifier") -> None:
        if verifier.verify_key(_bearer_token(request)):
            return
        # Opening a session requires the key: a cookie must not renew itself.
        opens_session = request.scope["method"] == "POST" and SESSION_PATH in _paths(request.scope)
        if not opens_session and verifier.verify_cookie(request.cookies.get(COOKIE)):
            return
        raise UnauthorizedError(
            "missing or invalid API key", remedy="send it as Authorization: Bearer …, or open a session"
        )


class ApiKeyVerifier:
    """Verifies the API key and the cookies signed with it."""

    def __init__(self, key: str) -> None:
        # curl sends non-ASCII header values as UTF-8, browsers as Latin-1.
        self._encodings = [key.encode("utf-8")]
        with suppress(UnicodeEncodeError):
            self._encodings.append(key.encode("latin-1"))
        self._signer = TimestampSigner(key, salt=COOKIE, key_derivation="hmac", digest_method=sha256)

    def verify_key(self, key: bytes | None) -> bool:
        """Compare in constant time."""
        return any(hmac.compare_digest(encoded, key or b"") for encoded in self._encodings)

    def issue_cookie(self) -> str:
        return self._signer.sign(_SIGNED).decode("ascii")

    def verify_cookie(self, cookie: str | None) -> bool:
        """Check signature and age."""
        try:
            value = self._signer.unsign((cookie or "").encode("utf-8", "replace"), max_age=COOKIE_SECONDS)
        except BadSignature:
            return False
        return value == _SIGNED


def set_session_cookie(response: Response, settings: Settings, *, secure: bool) -> None:
    """Set the session cookie, if a key is configured."""
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
    """Return the path as received, and without the prefix of a proxy, as the router matches it."""
    path: str = scope["path"]
    return path, path.removeprefix(scope.get("root_path", ""))


def _bearer_token(request: HTTPConnection) -> bytes | None:
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            return bytes(token.strip()) if scheme.lower() == b"bearer" else None
    return None
