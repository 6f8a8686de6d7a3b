"""The middleware that applies all guards."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.auth import client_of, is_protected
from app.api.guards.bodies import check_body, with_limited_body
from app.api.guards.cross_site import CrossSiteGuard
from app.api.guards.hosts import KnownHosts
from app.core.client_access import require_public_key
from app.core.config import Settings
from app.core.exceptions import UnknownHostError


class GuardMiddleware:
    """Pure ASGI, inside the error middleware and around authentication.

    Raises:
        UnknownHostError: the `Host` header is none of the server's names.
        ApiKeyRequiredError: the client is on another machine and no key is set, for a path without
            authentication; it decides about the others, where a named key suffices.
        CrossSiteRequestError: a page of another site wants to change data.
        BodyTooLargeError, UnsupportedBodyError: see `check_body`.
    """

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings]) -> None:
        self._app = app
        self._settings = settings()
        self._hosts = KnownHosts(self._settings)
        self._cross_site = CrossSiteGuard(self._settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        method, path = scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))
        if (host := headers.get("host", "")) not in self._hosts:
            raise UnknownHostError(host[:255])
        if not is_protected(scope):
            require_public_key(self._settings, client_of(scope))
        self._cross_site.check(method, headers)
        limit = check_body(method, path, headers)
        if limit is None or "transfer-encoding" not in headers:
            await self._app(scope, receive, send)
        else:
            await with_limited_body(self._app, limit, scope, receive, send)
