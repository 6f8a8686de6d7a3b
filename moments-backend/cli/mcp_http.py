"""The MCP server over HTTP, for the names that it is reached by."""

from typing import Any
from urllib.parse import urlsplit

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.guards.hosts import KnownHosts
from app.core.config import Settings


def create_http_app(server: MCPServer[Any], settings: Settings, host: str) -> ASGIApp:
    """Return the ASGI application at `/mcp`.

    The check of the library `mcp` accepts three loopback names only, and is off for every other address.

    Args:
        host: address to listen on; requests may name it, a loopback name, or one of `ALLOWED_HOSTS`.
    """
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = server.streamable_http_app(stateless_http=True, host=host, transport_security=security)
    return _NameGuard(app, KnownHosts(settings.model_copy(update={"host": host})))


class _NameGuard:
    """Refuses requests for other hosts, and those of pages on other hosts (DNS rebinding)."""

    def __init__(self, app: ASGIApp, hosts: KnownHosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._check(Headers(scope=scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _check(self, headers: Headers) -> PlainTextResponse | None:
        if headers.get("host", "") not in self._hosts:
            return PlainTextResponse("Unknown host name: add it to ALLOWED_HOSTS.", status_code=421)
        origin = headers.get("origin")
        if origin is not None and _host_of(origin) not in self._hosts:
            return PlainTextResponse("Requests of pages on other hosts are refused.", status_code=403)
        return None


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
