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

SIZE = 64 << 20
"""More than the buffers of a connection hold. The file has holes, and takes no room."""


@pytest.fixture
def talk(library: Library) -> Path:
    path = library.folder / "talk.mp4"
    with path.open("wb") as file:
        file.truncate(SIZE)
        file.seek(SIZE - 3)
        file.write(b"end")
    return path


@contextmanager
def asking(address: str, *, range_: str | None = None) -> Iterator[socket.socket]:
    """A client that has sent its request and read nothing yet."""
    where = urlsplit(address)
    with closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect((where.hostname, where.port))
        wanted = f"Range: bytes={range_}\r\n" if range_ else ""
        client.sendall(f"GET /api/videos/talk/stream HTTP/1.1\r\nHost: x\r\n{wanted}\r\n".encode())
        yield client


def read_to_end(client: socket.socket) -> bytes:
    received = bytearray()
    while chunk := client.recv(1 << 20):
        received += chunk
    return bytes(received)


def open_files_below(folder: Path) -> list[str]:
    return [file.path for file in psutil.Process().open_files() if file.path.startswith(str(folder))]


def test_the_whole_arrives_and_the_connection_stays(address: str, talk: Path) -> None:
    with httpx.Client(base_url=address) as client:
        whole = client.get("/api/videos/talk/stream")
        assert (len(whole.content), whole.content[-3:]) == (SIZE, b"end")
        part = client.get("/api/videos/talk/stream", headers={"Range": f"bytes={SIZE - 3}-"})
        assert (part.status_code, part.content) == (206, b"end")
        assert client.head("/api/videos/talk/stream").headers["content-length"] == str(SIZE)


def test_a_file_that_shrinks_ends_the_connection(address: str, talk: Path) -> None:
    with asking(address) as client:
        assert client.recv(12) == b"HTTP/1.1 200"
        os.truncate(talk, 5 << 20)
        assert len(read_to_end(client)) < SIZE
    assert httpx.get(f"{address}/api/videos/talk/stream").headers["content-length"] == str(5 << 20)


def test_a_file_that_grows_is_sent_as_it_was(address: str, talk: Path) -> None:
    with asking(address, range_="0-9999999") as client:
        assert client.recv(12) == b"HTTP/1.1 206"
        os.truncate(talk, 2 * SIZE)
        received = b""
        while len(received) < 10_000_000:
            received += client.recv(1 << 20)
    assert httpx.get(f"{address}/api/videos/talk/stream").headers["content-length"] == str(2 * SIZE)


def test_a_client_that_leaves_is_left_alone(address: str, talk: Path) -> None:
    for _ in range(30):
        with asking(address) as client:
            assert client.recv(12) == b"HTTP/1.1 200"
    assert httpx.get(f"{address}/health").status_code == 200
    talk.unlink()
    deadline = 200
    while open_files_below(talk.parent) and deadline:
        deadline -= 1
        httpx.get(f"{address}/health")
    assert not open_files_below(talk.parent)


def test_a_slow_reader_keeps_nobody_waiting(address: str, talk: Path) -> None:
    with asking(address) as slow, asking(address) as slower:
        assert slow.recv(12) == slower.recv(12) == b"HTTP/1.1 200"
        assert len(httpx.get(f"{address}/api/videos/talk/stream").content) == SIZE
