"""Loopback addresses bypass proxies."""

from urllib.request import proxy_bypass

import pytest
from requests.utils import should_bypass_proxies

from app.core.proxy_bypass import exempt_loopback_from_proxies


@pytest.fixture(autouse=True)
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")  # so that monkeypatch restores them
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")


def bypassed(host: str) -> bool:
    """Return whether the standard library and requests (Google's client) bypass the proxy."""
    answers = {
        bool(proxy_bypass(host)),
        bool(should_bypass_proxies(f"http://{host}:8080/", no_proxy=None)),
    }
    (answer,) = answers
    return answer


def test_loopback_bypasses_proxy_others_do_not() -> None:
    assert not bypassed("127.0.0.1")
    exempt_loopback_from_proxies()
    assert bypassed("127.0.0.1")
    assert bypassed("localhost")
    assert not bypassed("storage.example")


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_existing_exemptions_are_kept(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "intranet.example, ")
    exempt_loopback_from_proxies()
    exempt_loopback_from_proxies()
    assert bypassed("intranet.example")
    assert bypassed("127.0.0.1")
    assert not bypassed("storage.example")


def test_wildcard_exemption_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    exempt_loopback_from_proxies()
    assert bypassed("storage.example")
