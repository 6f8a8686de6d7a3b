"""Blocked and allowed addresses in every notation."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import pytest

from app.core.exceptions import BlockedAddressError, SourceUnavailableError
from app.services.downloads.ssrf_guard import SsrfGuard

PUBLIC = "93.184.216.34"
PUBLIC_V6 = "2606:2800:220:1:248:1893:25c8:1946"


class Names:
    """A resolver with given results that records its calls."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(
        self,
        host: str,
        port: int,
        *,
        type: int,  # noqa: A002 - the standard library's name
    ) -> list[tuple[Any, Any, Any, Any, tuple[Any, ...]]]:
        self.asked.append(host)
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, type, 6, "", (address, port))
            for address in addresses
        ]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.3", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1",
        "192.0.2.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
        "2001::1", "2001:db8::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fe80::1", "fe80::1%1", "fec0::1",
        "ff02::1", "100::1", "5f00::1", "nonsense", "",
    ],
)  # fmt: skip
def test_private_addresses_are_blocked(address: str) -> None:
    assert not SsrfGuard([]).may_reach(address)


@pytest.mark.parametrize(
    "address",
    [PUBLIC, PUBLIC_V6, "172.32.0.1", "100.128.0.1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "1.1.1.1"],
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert SsrfGuard([]).may_reach(address)


@pytest.mark.parametrize(
    ("network", "address", "expected"),
    [
        ("127.0.0.0/8", "127.0.0.1", True),
        ("127.0.0.0/8", "::ffff:127.0.0.1", True),
        ("127.0.0.0/8", "169.254.169.254", False),
        ("10.0.0.0/8", "192.168.0.1", False),
        ("fd00::/8", "fd00::1", True),
        ("fd00::/8", "fe80::1", False),
    ],
)
def test_setting_allows_only_its_networks(network: str, address: str, expected: bool) -> None:
    allowed: IPv4Network | IPv6Network = ip_network(network)
    assert SsrfGuard([allowed]).may_reach(address) is expected


@pytest.mark.parametrize(
    "name",
    ["localhost", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "::1", "127.0.0.1"],
)
async def test_all_notations_of_loopback_are_blocked(name: str) -> None:
    with pytest.raises(BlockedAddressError, match="private network"):
        await SsrfGuard([]).addresses(name, 80)


async def test_one_private_address_blocks_the_name() -> None:
    names = Names([PUBLIC, PUBLIC_V6, "10.0.0.7"])
    with pytest.raises(BlockedAddressError) as raised:
        await SsrfGuard([], names).addresses("mixed.example", 443)
    assert "mixed.example (10.0.0.7)" in raised.value.cause
    assert raised.value.remedy is not None
    assert "VIDEO_DOWNLOAD_ALLOWED_NETWORKS" in raised.value.remedy


async def test_addresses_are_returned_without_duplicates() -> None:
    names = Names([PUBLIC_V6, PUBLIC, PUBLIC])
    assert await SsrfGuard([], names).addresses("good.example", 443) == [PUBLIC_V6, PUBLIC]


@pytest.mark.parametrize(
    ("port", "allowed"), [(80, True), (443, True), (8080, True), (22, False), (25, False)]
)
async def test_ports_of_other_services_are_blocked(port: int, allowed: bool) -> None:
    guard = SsrfGuard([], Names([PUBLIC]))
    if allowed:
        assert await guard.addresses("good.example", port) == [PUBLIC]
    else:
        with pytest.raises(BlockedAddressError, match=f"port {port}"):
            await guard.addresses("good.example", port)


async def test_allowed_network_allows_every_port() -> None:
    assert await SsrfGuard([IPv4Network("127.0.0.0/8")]).addresses("127.0.0.1", 81) == ["127.0.0.1"]


async def test_unresolvable_name_is_reported() -> None:
    with pytest.raises(SourceUnavailableError, match=r"nowhere\.invalid"):
        await SsrfGuard([]).addresses("nowhere.invalid", 80)
