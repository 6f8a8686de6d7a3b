"""Which addresses may be reached: those of the open network, and those that the settings admit.

Whoever may ask for a download would otherwise reach, through this machine, what only this machine can reach:
its own services, its neighbours', the cloud's metadata. What counts is never the name but every address that
it resolves to, and the connection goes to the very address that was looked at; see
`docs/decisions/0009-ssrf-protection.md`.
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Protocol

from app.core.exceptions import BlockedAddressError, SourceUnavailableError

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

INSIDE_V4 = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            "168.63.129.16/32",  # answers virtual machines of Azure alone, though it looks public
        ),
    )
)
"""What IANA lists as not globally reachable, multicast included, written out here because the answer of
Python's `is_global` differs between its versions.

https://www.iana.org/assignments/iana-ipv4-special-registry
"""

GLOBAL_V6 = IPv6Network("2000::/3")
INSIDE_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""Exceptions within the global unicast space: protocols' own (Teredo among them), documentation and 6to4,
which hide an IPv4 address that no route of today leads to. All outside of that space is refused.

https://www.iana.org/assignments/iana-ipv6-special-registry
"""

NAT64 = IPv6Network("64:ff9b::/96")
"""Its last 32 bits are an IPv4 address, which is what will be reached (RFC 6052)."""

WEB_PORTS = frozenset({80, 443})
FIRST_FREE_PORT = 1024
"""Below it live services that speak something else than HTTP, and a request is enough to upset some."""

LOOKUP_SECONDS = 20.0
REMEDY = "use a public address; an intranet's is admitted by VIDEO_DOWNLOAD_ALLOWED_NETWORKS"


class Resolver(Protocol):
    """`socket.getaddrinfo`, as far as it is used here."""

    def __call__(
        self,
        host: str,
        port: int,
        *,
        type: int,  # noqa: A002 - the standard library's name
    ) -> Sequence[tuple[Any, Any, Any, Any, tuple[Any, ...]]]: ...


class SsrfGuard:
    """Tells what may be reached.

    Args:
        allowed: networks that may be reached although they are inside.
        resolve: finds the addresses of a name; the system's own way unless a test has another.
    """

    def __init__(self, allowed: Iterable[Network], resolve: Resolver = socket.getaddrinfo) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, in the resolver's order, all of them looked at.

        Raises:
            BlockedAddressError: one of them is inside, or the port is no web server's.
            SourceUnavailableError: the name resolves to nothing, for now at least.
        """
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                found = await asyncio.to_thread(self._resolve, host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise SourceUnavailableError(
                f"no address is known of {host}: {_reason(error)}",
                remedy="check the address for typing errors; try again later",
            ) from error
        addresses = [str(entry[4][0]) for entry in found]
        self.check(host, port, addresses)
        return list(dict.fromkeys(addresses))

    def check(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Raises:
        BlockedAddressError: one of a host's addresses may not be reached, or not at this port.
        """
        admitted = False
        for address in addresses:
            if not self.may_reach(address):
                shown = host if host == address else f"{host} ({address})"
                raise BlockedAddressError(
                    f"{shown} is an address of the inside network, and nothing is fetched from there",
                    remedy=REMEDY,
                )
            admitted = admitted or self._is_admitted(address)
        if port in WEB_PORTS or port >= FIRST_FREE_PORT or admitted:
            return
        raise BlockedAddressError(
            f"port {port} of {host} is not one of a web server",
            remedy=f"use port 80, 443 or one from {FIRST_FREE_PORT} on",
        )

    def may_reach(self, address: str) -> bool:
        """Whether a connection may go to this address; False for what is none."""
        parsed = _parsed(address)
        if parsed is None:
            return False
        return _is_outside(parsed) or self._is_admitted(address)

    def _is_admitted(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._allowed)


def _parsed(address: str) -> Address | None:
    """The address that will be reached in the end; None for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return parsed.ipv4_mapped
        if parsed in NAT64:
            return IPv4Address(int(parsed) & 0xFFFFFFFF)
        return IPv6Address(int(parsed))  # without the zone, which no network has
    return parsed


def _is_outside(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in INSIDE_V4)
    return address in GLOBAL_V6 and not any(address in network for network in INSIDE_V6)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not error.args:
        return "the name servers did not answer"
    return str(getattr(error, "strerror", None) or error)
