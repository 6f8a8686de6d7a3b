from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from app.services.downloads.http import RetryPolicy
from app.services.downloads.ssrf_guard import SsrfGuard
from tests.fixtures.media import make_video
from tests.services.downloads.support.web_server import Web, web_server

LOOPBACK = IPv4Network("127.0.0.0/8")


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


@pytest.fixture
def open_guard() -> SsrfGuard:
    """One that admits loopback, and nothing else inside."""
    return SsrfGuard([LOOPBACK])


@pytest.fixture
def patience() -> RetryPolicy:
    """Not much of it."""
    return RetryPolicy(tries=3, base_delay=0.01, longest_delay=2, connect=5, stall=5)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real video, about 100 kB."""
    return make_video(tmp_path_factory.mktemp("film") / "film.mp4").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "work"
