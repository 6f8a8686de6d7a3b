"""`GET /api/videos/{video_id}/stream` over real connections."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.fixtures.library import Library

pytestmark = pytest.mark.slow

SIZE = 64 << 20
"""Larger than the buffers of a connection. The file is sparse."""


@pytest.fixture
def talk(library: Library) -> Path:
    path = library.folder / "talk.mp4"
    with path.open("wb") as file:
        file.truncate(SIZE)
        file.seek(SIZE - 3)
        file.write(b"end")
    return path


@contextmanager
def open_request(address: str, *, name: str = "talk", range_: str | None = None) -> Iterator[socket.socket]:
    """Send a request without reading the response."""
    where = urlsplit(address)
    with closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect((where.hostname, where.port))
        wanted = f"Range: bytes={range_}\r\n" if range_ else ""
        client.sendall(
            f"GET /api/videos/{name}/stream HTTP/1.1\r\nHost: {where.netloc}\r\n{wanted}\r\n".encode()
        )
        yield client


def read_to_end(client: socket.socket) -> bytes:
    received = bytearray()
    while chunk := client.recv(1 << 20):
        received += chunk
    return bytes(received)


def open_files_below(folder: Path) -> list[str]:
    return [file.path for file in psutil.Process().open_files() if file.path.startswith(str(folder))]


def test_complete_transfer_keeps_the_connection(address: str, talk: Path) -> None:
    with httpx.Client(base_url=address) as client:
        whole = client.get("/api/videos/talk/stream")
        assert (len(whole.content), whole.content[-3:]) == (SIZE, b"end")
        part = client.get("/api/videos/talk/stream", headers={"Range": f"bytes={SIZE - 3}-"})
        assert (part.status_code, part.content) == (206, b"end")
        assert client.head("/api/videos/talk/stream").headers["content-length"] == str(SIZE)


def test_shrinking_file_ends_the_connection(address: str, talk: Path) -> None:
    with open_request(address) as client:
        assert client.recv(12) == b"HTTP/1.1 200"
        os.truncate(talk, 5 << 20)
        assert len(read_to_end(client)) < SIZE
    assert httpx.get(f"{address}/api/videos/talk/stream").headers["content-length"] == str(5 << 20)


def test_growing_file_is_sent_with_its_old_size(address: str, talk: Path) -> None:
    with open_request(address, range_="0-9999999") as client:
        assert client.recv(12) == b"HTTP/1.1 206"
        os.truncate(talk, 2 * SIZE)
        received = b""
        while len(received) < 10_000_000:
            received += client.recv(1 << 20)
    assert httpx.get(f"{address}/api/videos/talk/stream").headers["content-length"] == str(2 * SIZE)


def test_disconnect_closes_the_file(address: str, talk: Path) -> None:
    for _ in range(30):
        with open_request(address) as client:
            assert client.recv(12) == b"HTTP/1.1 200"
    assert httpx.get(f"{address}/health").status_code == 200
    talk.unlink()
    deadline = 200
    while open_files_below(talk.parent) and deadline:
        deadline -= 1
        httpx.get(f"{address}/health")
    assert not open_files_below(talk.parent)


def test_slow_reader_does_not_block_others(address: str, talk: Path) -> None:
    with open_request(address) as slow, open_request(address) as slower:
        assert slow.recv(12) == slower.recv(12) == b"HTTP/1.1 200"
        assert len(httpx.get(f"{address}/api/videos/talk/stream").content) == SIZE


def test_slow_reader_receives_its_own_bytes(address: str, library: Library) -> None:
    """Buffers are reused for other clients, but not before the transport has sent them."""
    contents = {name: os.urandom(8 << 20) for name in ("slow", "fast")}
    for name, content in contents.items():
        (library.folder / f"{name}.mp4").write_bytes(content)
    with open_request(address, name="slow", range_=f"0-{(8 << 20) - 1}") as slow:
        for _ in range(40):
            assert httpx.get(f"{address}/api/videos/fast/stream").content == contents["fast"]
        received = b""
        while not received.endswith(contents["slow"][-16:]):
            received += slow.recv(1 << 20)
    assert received.partition(b"\r\n\r\n")[2] == contents["slow"]
