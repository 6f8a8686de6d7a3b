"""`X-Request-ID` of requests, responses, problems and log lines."""

import asyncio
import json
import logging
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from app.core.config import Settings
from app.core.logging import JsonFormatter
from app.main import create_app
from tests.api.conftest import connected_to, running
from tests.api.support.access import REMOTE, bearer, client_at, with_key
from tests.api.support.rows import problem

NEW_ID = re.compile("[0-9a-f]{32}")


class Lines(logging.Handler):
    """Collects the lines that a server would write."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def lines() -> Iterator[list[dict[str, object]]]:
    handler = Lines()
    logging.getLogger("app").addHandler(handler)
    yield handler.lines
    logging.getLogger("app").removeHandler(handler)


async def test_given_id_is_returned(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/videos", headers={"X-Request-ID": "proxy-1.A_b"})
    assert response.headers.get_list("x-request-id") == ["proxy-1.A_b"]


async def test_each_request_gets_a_new_id(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/health")).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(NEW_ID.fullmatch(each) for each in ids)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"x" * 129,
        b"a b",
        b"a\nSet-Cookie: x=1",
        b"a\r\n\r\n<html>",
        "ä".encode(),
        b"\xff",
        b'a";',
        b"$(x)",
    ],
)
async def test_hostile_ids_are_replaced(client: httpx.AsyncClient, hostile: bytes) -> None:
    response = await client.get("/health", headers=[(b"x-request-id", hostile)])
    assert NEW_ID.fullmatch(response.headers["x-request-id"])
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("hostile", [b"x" * 5000, b"a\tb", "\N{BELL}".encode(), b"\xc3\xa4"])
def test_hostile_ids_are_replaced_on_a_socket(address: str, hostile: bytes) -> None:
    head, _, _ = _exchange(address, b"X-Request-ID: " + hostile).partition(b"\r\n\r\n")
    assert re.search(rb"\r\nx-request-id: [0-9a-f]{32}(\r\n|$)", head)
    assert hostile not in head


def test_rejection_of_the_protocol_has_an_id(address: str) -> None:
    head, _, body = _exchange(address, b"Content-Length: -1").partition(b"\r\n\r\n")
    assert b" 400 " in head.splitlines()[0]
    assert f"\r\nx-request-id: {json.loads(body)['request_id']}\r\n".encode() in head


def _exchange(address: str, header: bytes) -> bytes:
    """Send a request with one more header, and return the response in lower case."""
    host = urlsplit(address)
    with socket.create_connection((host.hostname or "", host.port or 0), timeout=30) as connection:
        connection.sendall(
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%b\r\n\r\n" % header
        )
        with connection.makefile("rb") as response:
            return response.read().lower()


async def test_problems_contain_the_id(settings: Settings) -> None:
    application = create_app(with_key(settings))
    async with connected_to(application) as client, client_at(application, REMOTE) as remote:
        for given, answer in {
            "unauthorized": await client.get("/api/videos", headers={"X-Request-ID": "unauthorized"}),
            "remote": await remote.delete("/api/videos/x", headers={"X-Request-ID": "remote"}),
        }.items():
            assert problem(answer, 401, "unauthorized")["request_id"] == given
            assert answer.headers["x-request-id"] == given
        key = bearer("a key of the test's own")
        for method, path, status in (
            ("GET", "/api/nothing", 404),
            ("GET", "/api/videos/x", 404),
            ("PUT", "/api/videos", 405),
            ("GET", "/api/videos?limit=0", 422),
        ):
            answer = await client.request(method, path, headers=key)
            assert answer.status_code == status
            assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_refusal_of_a_guard_has_the_id(settings: Settings) -> None:
    application = create_app(settings)
    async with connected_to(application) as client:
        answer = await client.get("/api/nothing", headers={"Host": "rebind.example", "X-Request-ID": "r-1"})
    assert answer.status_code == 421
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "r-1"


async def test_log_lines_contain_the_id(settings: Settings, lines: list[dict[str, object]]) -> None:
    away = settings.model_copy(update={"database_url": "postgresql+psycopg://127.0.0.1:1/none"})
    async with running(away) as client:
        await asyncio.gather(
            *(client.get("/api/videos/x", headers={"X-Request-ID": f"r-{number}"}) for number in range(5))
        )
    warnings = [line for line in lines if line["level"] == "WARNING"]
    assert sorted(str(line["request_id"]) for line in warnings) == [f"r-{number}" for number in range(5)]
    assert {line["path"] for line in warnings} == {"/api/videos/x"}


async def test_pages_of_other_origins_can_read_the_id(settings: Settings) -> None:
    origin = "https://player.example"
    async with running(settings.model_copy(update={"cors_origins": [origin]})) as client:
        answer = await client.get("/api/videos", headers={"Origin": origin})
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


def test_openapi_describes_the_id() -> None:
    problem_schema = create_app().openapi()["components"]["schemas"]["Problem"]
    assert "X-Request-ID" in problem_schema["properties"]["request_id"]["description"]
