"""Limits of the HTTP server, over real sockets."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from app.core.config import BACKEND_DIR
from app.core.http_protocol import LimitedHttpProtocol
from tests.fixtures.raw_http import RawClient, exchange, serving_app, status_of

KIB = 1024
MIB = 1024 * KIB
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"

Address = tuple[str, int]


class Impatient(LimitedHttpProtocol):
    """Short times, for tests that wait for them."""

    head_seconds = 0.3
    body_idle_seconds = 0.3
    refused_body_seconds = 0.3
    linger_seconds = 0.5


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with the size of the body; `/early` answers before reading it."""
    size = 0
    more = scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    names = b",".join(name for name, _ in scope["headers"])
    body = b"%d %s %s" % (size, scope["path"].encode(), names)
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with serving_app(app) as opened:
        yield opened


@pytest.fixture(scope="module")
def impatient() -> Iterator[Address]:
    with serving_app(app, Impatient, timeout_keep_alive=1) as opened:
        yield opened


def head_of(size: int) -> bytes:
    """Return a request head of `size` bytes."""
    start, end = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Filler: ", b"\r\n\r\n"
    return start + b"a" * (size - len(start) - len(end)) + end


def serves(address: Address) -> bool:
    return status_of(exchange(address, GET)) == 200


# Heads


def test_contract_of_the_limits() -> None:
    assert LimitedHttpProtocol.max_head_bytes == 64 * KIB
    assert LimitedHttpProtocol.head_seconds == 15


def test_heads_up_to_64_kib_are_accepted(address: Address) -> None:
    assert status_of(exchange(address, head_of(60 * KIB))) == 200
    assert status_of(exchange(address, head_of(66 * KIB))) == 431


def test_large_heads_are_answered_431(address: Address) -> None:
    for request in (
        head_of(4 * MIB),
        b"GET /" + b"a" * 2 * MIB,
        b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"a" * 200 * KIB,
        b"GET / HTTP/1.1\r\nX: " + b" " * 200 * KIB,
        b"\r\n" * 200 * KIB,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 300 + b"\r\n",
    ):
        response = exchange(address, request)
        assert status_of(response) == 431, request[:40]
        head, _, body = response.partition(b"\r\n\r\n")
        problem = json.loads(body)
        assert problem["type"] == "urn:videomoments:error:head-too-large"
        for header in (b"application/problem+json", b"nosniff", b"default-src 'none'", b"same-origin"):
            assert header in head


def test_large_head_after_another_request(address: Address) -> None:
    keep = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with RawClient(address) as client:
        client.send(keep)
        client.read_head()
        client.send_until_closed(head_of(MIB))
        assert status_of(client.read_all()) == 431
    # In one packet, the first request is answered first.
    response = exchange(address, keep + head_of(MIB))
    assert response.startswith(b"HTTP/1.1 200")


def test_huge_head_does_not_stop_the_server(address: Address) -> None:
    """A head that is parsed packet by packet took 25 s at 128 MiB; the connection ends long before."""
    with RawClient(address) as client:
        part = b"a" * MIB
        client.send(b"GET / HTTP/1.1\r\nX-Filler: ")
        sent = 0
        try:
            while sent < 256:
                client.send(part)
                sent += 1
        except OSError:
            pass
        assert sent < 256
    assert serves(address)


def test_incomplete_heads_end_the_connection(impatient: Address) -> None:
    for start in (b"", b"G", b"GET / HTTP/1.1\r\nHost: localho", b"\r\n"):
        with RawClient(impatient) as client:
            client.send(start)
            assert client.is_closed()


def test_dripping_heads_end_the_connection(impatient: Address) -> None:
    """The time counts from the first byte of a head, also on a connection that served a request."""
    with RawClient(impatient) as client:
        assert client.ends_while_dripping(b"\r\n")
    with RawClient(impatient) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.read_head()
        assert client.ends_while_dripping(b"G")


# Bodies


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: -1",
        b"Content-Length: +1",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: 99999999999999999999999",
        b"Content-Length: 0x10",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Host: other",
        b"Bad Header: x",
        b"X: a\0b",
    ],
    ids=ascii,
)
def test_invalid_framing_is_answered_400(address: Address, headers: bytes) -> None:
    response = exchange(address, b"PATCH / HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n\r\na")
    assert status_of(response) == 400
    assert response.count(b"HTTP/1.1 ") == 1
    assert b"urn:videomoments:error:invalid-http" in response


@pytest.mark.parametrize(
    "body", [b"zz\r\n", b"-1\r\n", b"5\r\nhello!\r\n", b"1" * 30, b"0\r\nBad Trailer: x\r\n\r\n"]
)
def test_malformed_chunks_are_answered_400(address: Address, body: bytes) -> None:
    response = exchange(address, POST + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert status_of(response) == 400
    assert response.count(b"HTTP/1.1 ") == 1


def test_endless_trailers_end_the_connection(address: Address) -> None:
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    for body in (b"1;a=" + b"b" * MIB, b"1\r\na\r\n0\r\nX: " + b"a" * MIB, b"0\r\n" + b"X: a\r\n" * 100_000):
        assert status_of(exchange(address, chunked + body)) == 431


def test_trailers_do_not_become_headers(address: Address) -> None:
    body = b"3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\n\r\n"
    request = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    response = exchange(address, request)
    assert b"3 / host,connection,transfer-encoding" in response
    assert b"authorization" not in response


def test_stalled_bodies_end_the_connection(impatient: Address) -> None:
    for rest in (b"Content-Length: 10\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\na\r\nabc"):
        with RawClient(impatient) as client:
            client.send(POST + rest)
            assert client.is_closed()


def test_slow_bodies_are_accepted(impatient: Address) -> None:
    with RawClient(impatient) as client:
        client.send(POST + b"Connection: close\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            time.sleep(0.1)
            client.send(b"a")
        assert b"8 / host" in client.read_all()


def test_large_bodies_are_received_whole(address: Address) -> None:
    size = 20 * MIB
    request = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % size + b"a" * size
    assert b"%d / host" % size in exchange(address, request)


def test_dripping_bodies_of_answered_requests_end_the_connection(impatient: Address) -> None:
    """No key is needed to get an answer, so such a body must not keep the connection open for good."""
    with RawClient(impatient) as client:
        client.send(POST.replace(b"/", b"/early", 1) + b"Content-Length: 100000\r\n\r\n")
        client.read_head()
        assert client.ends_while_dripping(b"a")


def test_early_answer_reaches_a_client_that_sends(impatient: Address) -> None:
    """Closing a socket with unread bytes resets the connection, and the answer can be lost with it."""
    for connection in (b"close", b"keep-alive"):
        head = b"POST /early HTTP/1.1\r\nHost: localhost\r\nConnection: %s\r\n" % connection
        for _ in range(3):
            response = exchange(impatient, head + b"Content-Length: %d\r\n\r\n" % MIB + b"a" * 900 * KIB)
            assert status_of(response) == 200
            response = exchange(impatient, head + b"Content-Length: %d\r\n\r\n" % (50 * MIB) + b"a" * 8 * MIB)
            assert status_of(response) == 200


def test_small_refused_bodies_keep_the_connection(address: Address) -> None:
    with RawClient(address) as client:
        client.send(b"POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
        assert status_of(client.read_head()) == 200
        client.send(b"a" * 100 + GET)
        assert b"0 / host" in client.read_all()


def test_refused_bodies_leave_an_idle_connection(impatient: Address) -> None:
    """The last bytes of a body that nothing waits for must not keep the connection open for good."""
    with RawClient(impatient) as client:
        client.send(b"POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
        client.read_head()
        client.send(b"a" * 100)
        client.read_all()


# Pipelines and upgrades


def test_pipelined_requests_are_answered_in_order(address: Address) -> None:
    post = b"POST /%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
    request = b"".join(post % number for number in range(20)) + GET
    response = exchange(address, request)
    assert [int(part.split()[0]) for part in response.split(b"3 /")[1:]] == list(range(20))
    assert b"0 / host" in response


def test_too_many_pipelined_requests_end_early(impatient: Address) -> None:
    response = exchange(impatient, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20_000)
    assert 1 <= response.count(b"HTTP/1.1 200") < 200
    assert response.count(b"connection: close") == 1
    assert serves(impatient)


def test_upgrade_is_ignored(address: Address) -> None:
    for protocol in (b"websocket", b"h2c"):
        request = (
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n"
        )
        response = exchange(address, request + b"\x81\x85rubbish")
        assert status_of(response) == 200
        assert response.count(b"HTTP/1.1 ") == 1


# Connections


class Few(LimitedHttpProtocol):
    max_connections = 20


def test_half_open_connections_do_not_stop_service() -> None:
    with serving_app(app, Few) as address:
        clients = [RawClient(address) for _ in range(100)]
        try:
            for number, client in enumerate(clients):
                client.send_until_closed(b"GET / HTTP/1.1\r\n" if number % 2 else b"")
                if number % 10 == 0:
                    assert serves(address)
            assert serves(address)
            assert clients[0].is_closed()
        finally:
            for client in clients:
                client.socket.close()


def test_busy_connections_are_kept_under_pressure() -> None:
    """A connection in the middle of a request is not closed for a new one; the new one is refused."""
    with serving_app(app, Few) as address:
        busy = [RawClient(address) for _ in range(20)]
        try:
            for client in busy:
                client.send(POST + b"Connection: close\r\nContent-Length: 3\r\n\r\na")
            time.sleep(0.2)
            assert status_of(exchange(address, GET)) == 503
            for client in busy:
                client.send(b"bc")
                assert b"3 / host" in client.read_all()
            assert serves(address)
        finally:
            for client in busy:
                client.socket.close()


SERVER_WITH_FEW_DESCRIPTORS = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
from tests.core.test_http_protocol import app
from tests.fixtures.raw_http import serving_app
with serving_app(app) as (_, port):
    print(port, flush=True)
    input()
"""


@pytest.mark.slow
def test_1100_half_open_connections() -> None:
    """The hard limit of descriptors is 1,024, as on an old system."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER_WITH_FEW_DESCRIPTORS],
        cwd=BACKEND_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        address = ("127.0.0.1", int(server.stdout.readline()))
        clients = []
        try:
            for number in range(1100):
                clients.append(RawClient(address))
                clients[-1].send_until_closed(b"GET / HTTP/1.1\r\nX: ")
                if number % 100 == 99:
                    assert serves(address)
        finally:
            for client in clients:
                client.socket.close()
            server.stdin.close()


# Rubbish


def test_server_survives_rubbish(address: Address) -> None:
    random_bytes = random.Random(11)
    good = POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    for _ in range(300):
        kind = random_bytes.randrange(4)
        if kind == 0:
            data = random_bytes.randbytes(random_bytes.randrange(1, 2000))
        elif kind == 1:
            data = b"GET /" + random_bytes.randbytes(random_bytes.randrange(100)) + b" HTTP/1.1\r\n\r\n"
        else:  # a valid request with some bytes changed
            changed = bytearray(good * random_bytes.randrange(1, 4))
            for _ in range(random_bytes.randrange(1, 6)):
                changed[random_bytes.randrange(len(changed))] = random_bytes.randrange(256)
            data = bytes(changed)
        with RawClient(address) as client:
            client.send_until_closed(data)
            if kind == 3:
                client.socket.settimeout(0.01)
                with suppress(TimeoutError):
                    client.read_all()
    assert serves(address)
