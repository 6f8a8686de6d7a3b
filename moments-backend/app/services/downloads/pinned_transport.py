"""HTTP transport that connects to exactly the addresses that were checked."""

import ssl

import httpx

from app.services.downloads.ssrf_guard import SsrfGuard

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_ADDRESSES = 4
"""Further addresses of a name are not tried, because each may take a whole connect timeout."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """Sends each request to a checked address under the requested host name.

    Host header, TLS SNI and certificate check use the name. The name is resolved only once, so a name server
    that changes its response between check and connection (DNS rebinding) has no effect. Proxies from the
    environment are ignored, because they would resolve the name themselves.

    Connections are not reused: httpcore looks them up by address, so a connection whose certificate was
    checked for another name of the same machine would match.
    """

    def __init__(self, guard: SsrfGuard, verify: ssl.SSLContext | bool = True) -> None:
        self._guard = guard
        self._inner = httpx.AsyncHTTPTransport(
            verify=verify, limits=httpx.Limits(max_keepalive_connections=0), proxy=None
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to the first address that accepts a connection.

        Raises:
            BlockedAddressError, SourceUnavailableError: see `SsrfGuard.addresses`.
            httpx.TransportError: no address accepted the connection, or the response failed.
        """
        name = request.url.raw_host.decode("ascii")
        port = request.url.port or DEFAULT_PORTS[request.url.scheme]
        *others, last = (await self._guard.addresses(name, port))[:MAX_ADDRESSES]
        for address in others:
            try:
                return await self._send(request, name, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._send(request, name, last)

    async def _send(self, request: httpx.Request, name: str, address: str) -> httpx.Response:
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # includes Host with the name
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": name},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        await self._inner.aclose()
