"""`GET /api/videos` over real connections: slow readers and a failing database."""

import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.core.config import Settings
from tests.api.conftest import serving
from tests.api.support.rows import add_rows
from tests.fixtures.library import Library

pytestmark = pytest.mark.slow

MANY = 20_000
"""Enough rows to exceed the buffers of a connection."""


@pytest.fixture
def narrow(settings: Settings) -> Settings:
    """Settings with a single pooled connection; lists use other connections."""
    return settings.model_copy(update={"database_pool_size": 1, "database_max_overflow": 0})


def slow_reader(address: str) -> socket.socket:
    """Request the whole list and read only its beginning."""
    where = urlsplit(address)
    assert where.hostname
    assert where.port
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect((where.hostname, where.port))
    client.sendall(b"GET /api/videos HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


@pytest.fixture
def readers(narrow: Settings, library: Library) -> Iterator[tuple[str, list[socket.socket]]]:
    add_rows(library, MANY)
    with serving(narrow) as address:
        opened = [slow_reader(address) for _ in range(20)]
        yield address, opened
        for reader in opened:
            reader.close()


def busy_connections(library: Library) -> list[Any]:
    """Return query and state of the API's connections."""
    with library.connection() as connection:
        return connection.execute(
            "SELECT state, query FROM pg_stat_activity WHERE application_name = 'videomoments'"
            " AND state <> 'idle'"
        ).fetchall()


def test_slow_readers_hold_no_database_connection(
    readers: tuple[str, list[socket.socket]], library: Library
) -> None:
    address, _ = readers
    deadline = time.monotonic() + 10  # a query for the next page may still be running
    while busy := busy_connections(library):
        assert time.monotonic() < deadline, busy
        time.sleep(0.05)
    assert httpx.get(f"{address}/api/videos/talk-7").json()["id"] == "talk-7"
    assert len(httpx.get(f"{address}/api/videos").json()) == MANY


def test_database_failure_cuts_the_list_short(
    readers: tuple[str, list[socket.socket]], library: Library
) -> None:
    address, (reader, *_) = readers
    library.execute("ALTER TABLE videos RENAME TO elsewhere")
    received = bytearray()
    while chunk := reader.recv(1 << 20):
        received += chunk
    assert not received.endswith(b"0\r\n\r\n")  # the final chunk of a complete response
    assert httpx.get(f"{address}/api/videos").status_code == 503
    library.execute("ALTER TABLE elsewhere RENAME TO videos")
    assert len(httpx.get(f"{address}/api/videos").json()) == MANY
