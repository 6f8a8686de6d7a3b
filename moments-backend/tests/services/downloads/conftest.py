from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from app.core.retry import RetryPolicy
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
    """Allow loopback and no other private network."""
    return SsrfGuard([LOOPBACK])


@pytest.fixture
def retry_policy() -> RetryPolicy:
    """Three short retries."""
    return RetryPolicy(attempts=4, base_delay=0.01, max_delay=2)


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a real video of about 100 kB."""
    return make_video(tmp_path_factory.mktemp("video") / "video.mp4").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "work"
