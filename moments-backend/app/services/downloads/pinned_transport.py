"""Connections that go to the very address that was looked at."""

import ssl

import httpx

from app.services.downloads.ssrf_guard import SsrfGuard

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_ADDRESSES = 4
"""Of a name with more of them, further ones are not tried: each may take a whole connect timeout."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """Sends each request to an address that the guard has looked at, for the name that was asked for.

    The name stays in the Host header, in TLS's SNI and in what the certificate is checked against. Nothing is
    looked up a second time, so a name server that answers differently then (DNS rebinding) gains nothing. The
    environment's proxies are not used: they would look the name up themselves.

    Connections are not kept: httpcore finds a kept one by its address, and would use one whose certificate
    was checked for another name of the same machine.
    """

    def __init__(self, guard: SsrfGuard, verify: ssl.SSLContext | bool = True) -> None:
        self._guard = guard
        self._inner = httpx.AsyncHTTPTransport(
            verify=verify, limits=httpx.Limits(max_keepalive_connections=0), proxy=None
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises:
        BlockedAddressError, SourceUnavailableError: see `Guard.addresses`.
        httpx.TransportError: none of the addresses let us in, or the answer did not come.
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
            headers=request.headers,  # Host among them, made from the name
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": name},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        await self._inner.aclose()
