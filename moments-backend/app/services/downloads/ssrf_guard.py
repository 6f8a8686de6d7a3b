"""Protection against server-side request forgery (SSRF): public addresses only, plus configured networks.

Otherwise a download request could reach services that only this machine can reach: its own, its neighbours'
and the cloud's metadata server. Every address that a name resolves to is checked, and the connection goes to
the checked address; see `docs/decisions/0009-ssrf-protection.md`.
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Protocol

from app.core.concurrency import run_in_thread
from app.core.exceptions import BlockedAddressError, SourceUnavailableError

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

BLOCKED_V4 = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            "168.63.129.16/32",  # Azure's internal service for virtual machines
        ),
    )
)
"""The networks that IANA lists as not globally reachable, and multicast; Python's `is_global` differs between
versions.

https://www.iana.org/assignments/iana-ipv4-special-registry
"""

GLOBAL_V6 = IPv6Network("2000::/3")
BLOCKED_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""Blocked within the global unicast space: protocol assignments such as Teredo, documentation, and 6to4,
which embeds an IPv4 address. All addresses outside of that space are blocked.

https://www.iana.org/assignments/iana-ipv6-special-registry
"""

NAT64 = IPv6Network("64:ff9b::/96")
"""The last 32 bits are the IPv4 address that is reached (RFC 6052)."""

WEB_PORTS = frozenset({80, 443})
MIN_OTHER_PORT = 1024
"""Lower ports belong to other protocols; an HTTP request is enough to disturb some of them."""

LOOKUP_SECONDS = 20.0
REMEDY = "use a public address, or allow the network with VIDEO_DOWNLOAD_ALLOWED_NETWORKS"


class Resolver(Protocol):
    """The signature of `socket.getaddrinfo`, as far as it is used."""

    def __call__(
        self,
        host: str,
        port: int,
        *,
        type: int,  # noqa: A002 - the standard library's name
    ) -> Sequence[tuple[Any, Any, Any, Any, tuple[Any, ...]]]: ...


class SsrfGuard:
    """Checks addresses and ports before a connection.

    Args:
        allowed: networks that may be reached although they are not public.
        resolve: resolves a name; the system's resolver by default.
        purpose: the requests that an error message names.
        remedy: how to resolve a blocked address.
    """

    def __init__(
        self,
        allowed: Iterable[Network],
        resolve: Resolver = socket.getaddrinfo,
        *,
        purpose: str = "downloads from",
        remedy: str = REMEDY,
    ) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._purpose = purpose
        self._remedy = remedy

    async def addresses(self, host: str, port: int) -> list[str]:
        """Resolve a host and return its checked addresses in the resolver's order.

        Raises:
            BlockedAddressError: an address is not public, or the port is not a web server's.
            SourceUnavailableError: the name cannot be resolved.
        """
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                look_up = partial(self._resolve, host, port, type=socket.SOCK_STREAM)
                found = await run_in_thread(look_up, grace_seconds=0)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise SourceUnavailableError(
                f"cannot resolve {host}: {_reason(error)}",
                remedy="check the URL for typing errors; retry later",
            ) from error
        addresses = [str(entry[4][0]) for entry in found]
        self.check(host, port, addresses)
        return list(dict.fromkeys(addresses))

    def check(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Check the addresses of a host.

        Raises:
            BlockedAddressError: an address or the port is not allowed.
        """
        allowed = False
        for address in addresses:
            if not self.may_reach(address):
                shown = host if host == address else f"{host} ({address})"
                raise BlockedAddressError(
                    f"{self._purpose} private network addresses are blocked: {shown}",
                    remedy=self._remedy,
                )
            allowed = allowed or self._is_allowed(address)
        if port in WEB_PORTS or port >= MIN_OTHER_PORT or allowed:
            return
        raise BlockedAddressError(
            f"port {port} of {host} is not a web server's port",
            remedy=f"use port 80, 443 or a port from {MIN_OTHER_PORT} on",
        )

    def may_reach(self, address: str) -> bool:
        """Return whether connections to this address are allowed; False if it is not an IP address."""
        parsed = _parse(address)
        if parsed is None:
            return False
        return _is_public(parsed) or self._is_allowed(address)

    def _is_allowed(self, address: str) -> bool:
        parsed = _parse(address)
        return parsed is not None and any(parsed in network for network in self._allowed)


def _parse(address: str) -> Address | None:
    """Return the address that is finally reached; None if `address` is not an IP address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return parsed.ipv4_mapped
        if parsed in NAT64:
            return IPv4Address(int(parsed) & 0xFFFFFFFF)
        return IPv6Address(int(parsed))  # drop the zone, which networks do not have
    return parsed


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in BLOCKED_V4)
    return address in GLOBAL_V6 and not any(address in network for network in BLOCKED_V6)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not error.args:
        return "the name servers did not respond"
    return str(getattr(error, "strerror", None) or error)
