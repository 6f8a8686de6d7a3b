"""Attacks on the API with bytes that no HTTP library sends."""

import random
from urllib.parse import urlsplit

import httpx
import pytest

from app.core.config import Settings
from tests.api.conftest import serving
from tests.api.support.rows import add_row
from tests.fixtures.library import Library
from tests.fixtures.raw_http import RawClient, exchange, status_of

MIB = 1024**2
GIB = 1024 * MIB
CHUNKED = b"Transfer-Encoding: chunked\r\n"
JSON = b"Content-Type: application/json\r\n"

Address = tuple[str, int]


def socket_address(url: str) -> Address:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def is_healthy(url: str) -> bool:
    return httpx.get(f"{url}/health").is_success


def head_of(method: str, path: str, *lines: bytes, host: str = "localhost") -> bytes:
    start = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n".encode()
    return start + b"".join(lines) + b"\r\n"


def test_announced_gibibyte_is_refused_unread(address: str) -> None:
    for kind in (JSON, b"Content-Type: text/plain\r\n"):
        head = head_of("POST", "/api/generate_moments", kind, b"Content-Length: %d\r\n" % GIB)
        with RawClient(socket_address(address)) as client:
            client.send(head)  # and not one byte of the body
            response = client.read_head()
        assert status_of(response) == 413
        assert b"urn:videomoments:error:body-too-large" in response


def test_endless_chunked_body_is_cut(address: str) -> None:
    chunk = b"100000\r\n" + b" " * MIB + b"\r\n"
    with RawClient(socket_address(address)) as client:
        client.send(head_of("POST", "/api/generate_moments", JSON, CHUNKED))
        sent = 0
        try:
            while sent < 256:
                client.send(chunk)
                sent += 1
        except OSError:
            pass
    assert sent < 256
    response = exchange(
        socket_address(address),
        head_of("POST", "/api/generate_moments", JSON, CHUNKED) + 2 * chunk,
    )
    assert status_of(response) == 413
    assert is_healthy(address)


@pytest.mark.parametrize("length", [b"-1", b"+5", b"5\r\nContent-Length: 6", b"5, 5", b"five", b""])
def test_invalid_length_of_an_upload_is_400(address: str, length: bytes) -> None:
    tus = b"Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
    path = "/api/uploads/0123456789abcdef0123456789abcdef"
    request = head_of("PATCH", path, tus, b"Content-Length: ", length, b"\r\n")
    response = exchange(socket_address(address), request + b"bytes")
    assert status_of(response) == 400
    assert b"content-security-policy" in response


def test_rebound_name_reads_and_deletes_nothing(address: str, library: Library) -> None:
    add_row(library, "talk")
    for method, path in (("GET", "/api/videos"), ("DELETE", "/api/videos/talk"), ("GET", "/")):
        response = exchange(socket_address(address), head_of(method, path, host="rebind.example:7005"))
        assert status_of(response) == 421
    assert set(library.rows()) == {"talk"}


def test_forwarded_clients_need_a_key(address: str) -> None:
    """A proxy on this machine passes on requests of others: their address decides."""
    for path in ("/", "/health", "/api/videos"):
        remote = httpx.get(address + path, headers={"X-Forwarded-For": "192.0.2.7"})
        assert remote.status_code == 403
        assert remote.json()["type"] == "urn:videomoments:error:api-key-required"
        assert httpx.get(address + path).status_code != 403


def test_missing_host_is_refused(address: str) -> None:
    response = exchange(socket_address(address), b"GET /api/videos HTTP/1.0\r\n\r\n")
    assert status_of(response) == 421


def test_overridden_methods_keep_the_framing(address: str) -> None:
    """A body after the head of a HEAD response would be the next response to another client of a proxy."""
    override = b"X-HTTP-Method-Override: GET\r\n"
    response = exchange(socket_address(address), head_of("HEAD", "/api/uploads/none", override))
    assert response.endswith(b"\r\n\r\n")


def test_target_without_a_path_is_400(address: str) -> None:
    response = exchange(socket_address(address), head_of("GET", "http://localhost"))
    assert status_of(response) == 400
    assert b"malformed request target" in response


@pytest.mark.slow
def test_api_survives_rubbish(settings: Settings) -> None:
    """Valid requests with changed bytes, and parts of them."""
    chosen = random.Random(11)
    requests = [
        head_of("GET", "/api/videos?limit=3&q=a"),
        head_of("GET", "/api/videos/talk/stream", b"Range: bytes=0-5\r\n"),
        head_of("POST", "/api/generate_moments", JSON, b"Content-Length: 20\r\n") + b'{"video_id": "talk"} ',
        head_of("PATCH", "/api/videos/talk", JSON, CHUNKED) + b"2\r\n{}\r\n0\r\n\r\n",
        head_of("POST", "/api/uploads", b"Tus-Resumable: 1.0.0\r\nUpload-Length: 5\r\n"),
        head_of("GET", "/" + "a/" * 20_000),
    ]
    with serving(settings) as url:
        for _ in range(400):
            data = bytearray(chosen.choice(requests))
            for _ in range(chosen.randrange(1, 8)):
                data[chosen.randrange(len(data))] = chosen.randrange(256)
            with RawClient(socket_address(url)) as client:
                client.send_until_closed(bytes(data[: chosen.randrange(1, len(data) + 1)]))
        for request in requests:
            assert status_of(exchange(socket_address(url), request)) < 500
        assert is_healthy(url)
