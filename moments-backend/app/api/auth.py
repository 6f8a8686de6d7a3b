"""Authentication and authorisation of requests below `/api` and of `/metrics`, before the body is read."""

import base64
from functools import partial

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.audit import AuditEvent, recording_send
from app.api.permissions import Operation, Operations
from app.api.stream_revocation import revocable_send
from app.core.client_access import is_loopback_address
from app.core.exceptions import InsufficientScopeError, UnauthorizedError
from app.core.request_context import current_request_id
from app.models.access_scope import AccessScope
from app.services.access.access import ApiAccess, Credentials
from app.services.access.principal import LOCAL, UNKNOWN_ACTOR, Principal
from app.services.access.sessions import SESSION_SECONDS

PROTECTED = "/api"
SESSION_PATH = "/api/session"
METRICS_PATH = "/metrics"
FORWARDING_HEADERS = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-real-ip"})
"""A proxy on this machine connects from loopback for clients anywhere."""
COOKIE = "videomoments_session"
FEED_PATHS = ("/api/feed.xml", "/api/feed/")
"""Programs for podcasts support only Basic authentication. Other paths do not accept it, because browsers
would send the password with requests of other sites."""
BASIC_CHALLENGE = 'Basic realm="VideoMoments: any name, and a key as password", charset="UTF-8"'
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class AuthMiddleware:
    """Pure ASGI: passes public and permitted requests. Unknown paths are protected like known ones.

    Raises:
        UnauthorizedError, TooManyFailuresError, ApiKeyRequiredError: see `ApiAccess.authenticate`.
        InsufficientScopeError: the key's scope does not include the operation.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._operations: Operations | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_protected(scope):
            await self._app(scope, receive, send)
            return
        access: ApiAccess = scope["app"].state.container.access
        try:
            principal = await _authenticate(access, scope)
        except UnauthorizedError as error:
            if _is_feed(scope):
                error.challenge = BASIC_CHALLENGE
            raise
        state = scope.setdefault("state", {})
        state["principal"] = principal
        # Most requests need no operation: `admin` includes everything, and reading is not recorded.
        if principal.scope is not AccessScope.ADMIN or scope["method"] not in SAFE_METHODS:
            operation = self._find_operation(scope)
            _authorise(principal, operation, scope)
            if operation is not None and operation.permission.action is not None:
                event = state["audit_event"] = AuditEvent(operation)
                send = recording_send(send, event, access.audit, principal, client_of(scope))
        if scope["method"] == "GET" and principal is not LOCAL:
            send = revocable_send(send, partial(access.authenticate, _credentials(scope)))
        await self._app(scope, receive, send)

    def _find_operation(self, scope: Scope) -> Operation | None:
        if self._operations is None:
            self._operations = Operations(scope["app"].routes)
        received_path, routed_path = _paths(scope)
        return self._operations.find(scope, routed_path) or self._operations.find(scope, received_path)


async def _authenticate(access: ApiAccess, scope: Scope) -> Principal:
    credentials = _credentials(scope)
    try:
        return await access.authenticate(credentials)
    except UnauthorizedError:
        if _opens_session(scope) and credentials.key is not None:
            await access.audit.record(
                actor=UNKNOWN_ACTOR,
                action="session.refuse",
                client=credentials.client,
                request_id=current_request_id(),
            )
        raise


def _credentials(scope: Scope) -> Credentials:
    return Credentials(
        client=client_of(scope),
        key=_bearer_token(scope) or _basic_password(scope),
        # Opening a session requires the key: a cookie must not renew itself.
        session_id=None if _opens_session(scope) else _session_id(scope),
    )


def _is_feed(scope: Scope) -> bool:
    return scope["method"] in SAFE_METHODS and any(path.startswith(FEED_PATHS) for path in _paths(scope))


def _opens_session(scope: Scope) -> bool:
    return scope["method"] == "POST" and SESSION_PATH in _paths(scope)


def _authorise(principal: Principal, operation: Operation | None, scope: Scope) -> None:
    if operation is not None:
        needed = operation.needed_scope(scope["query_string"])
    else:  # the router answers 404 or 405
        needed = AccessScope.READ if scope["method"] in SAFE_METHODS else AccessScope.EDIT
    if not principal.scope.includes(needed):
        raise InsufficientScopeError(needed.value, principal.actor, principal.scope.value)


def set_session_cookie(response: Response, session_id: str, *, secure: bool) -> None:
    response.set_cookie(
        COOKIE,
        session_id,
        max_age=SESSION_SECONDS,
        path="/",
        httponly=True,
        samesite="strict",
        secure=secure,
    )


def client_of(scope: Scope) -> str | None:
    """Return the client's address; None for a Unix socket."""
    client = scope.get("client")
    return client[0] if client else None


def is_protected(scope: Scope) -> bool:
    paths = _paths(scope)
    if any(path.startswith(METRICS_PATH) for path in paths):  # the router accepts "/metrics\n" too
        return not _is_direct_from_this_machine(scope)
    return any(path == PROTECTED or path.startswith(f"{PROTECTED}/") for path in paths)


def _is_direct_from_this_machine(scope: Scope) -> bool:
    """Return whether a process of this machine sent the request, and no proxy forwarded it."""
    is_forwarded = any(name in FORWARDING_HEADERS for name, _ in scope["headers"])
    return is_loopback_address(client_of(scope)) and not is_forwarded


def _paths(scope: Scope) -> tuple[str, str]:
    """Return the path as received, and without the prefix of a proxy, as the router matches it."""
    path: str = scope["path"]
    return path, path.removeprefix(scope.get("root_path", ""))


def _session_id(scope: Scope) -> str | None:
    if not any(name == b"cookie" for name, _ in scope["headers"]):  # saves most of the time
        return None
    return HTTPConnection(scope).cookies.get(COOKIE)


def _bearer_token(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            return bytes(token.strip()) or None if scheme.lower() == b"bearer" else None
    return None


def _basic_password(scope: Scope) -> bytes | None:
    """Return the password of Basic authentication, for the feed only; the user name is ignored."""
    if not _is_feed(scope):
        return None
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            if scheme.lower() != b"basic":
                return None
            try:
                _, _, password = base64.b64decode(token.strip(), validate=True).partition(b":")
            except ValueError:
                return None
            return password or None
    return None
