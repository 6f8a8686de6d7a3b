"""Event streams share one Redis subscription, and their number is limited."""

import asyncio
import socket
from contextlib import AsyncExitStack
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx
import pytest

from app.core.config import Settings
from app.services.pipeline import status_listener
from app.services.pipeline.status_listener import StatusSubscription
from tests.api.conftest import serving
from tests.api.support.event_streams import (
    TIMEOUT_SECONDS,
    Frames,
    eventually,
    open_event_stream,
    subscribers,
)
from tests.api.support.rows import add_row, problem
from tests.api.support.runs import TOKEN, add_run, live_status, shown
from tests.fixtures.library import Library

ALL = "/api/pipeline/events"
ONE = "/api/pipeline/talk/events"


@pytest.fixture
def running_one(library: Library) -> str:
    """Create a run owned by a worker; return its id."""
    add_row(library, "talk")
    return add_run(library, "talk", status="processing", token=TOKEN)


@pytest.mark.slow
async def test_many_streams_share_one_subscription(
    settings: Settings, library: Library, running_one: str
) -> None:
    """Also, no stream holds a database connection, and other requests are answered."""
    count = 300
    limits = {"event_streams_max": count, "event_streams_per_client": count}
    connections = httpx.Limits(max_connections=None)
    with serving(settings.model_copy(update=limits)) as address:
        async with (
            httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS, limits=connections) as client,
            live_status(settings) as live,
            AsyncExitStack() as stack,
        ):
            await live.acquire("talk", TOKEN)
            watchers = []
            for n in range(count):
                response = await stack.enter_async_context(client.stream("GET", ONE if n % 2 else ALL))
                watchers.append(Frames(response))
                assert await watchers[-1].next() is not None
            assert subscribers(settings) == 1
            assert (await client.get("/health")).json()["status"] == "healthy"
            await eventually(lambda: not _busy_connections(library))
            library.execute("UPDATE pipeline_runs SET status = 'completed', finished_at = now()")
            await live.publish(shown("talk", running_one, status="completed"), TOKEN)
            for frames in watchers:
                await frames.until(lambda state: state["status"] == "completed")
        await eventually(lambda: subscribers(settings) == 0)


async def test_streams_per_client_are_limited(settings: Settings, running_one: str) -> None:
    limited = settings.model_copy(update={"event_streams_per_client": 2})
    with serving(limited) as address:
        async with (
            httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client,
            AsyncExitStack() as stack,
        ):
            streams = [await stack.enter_async_context(open_event_stream(address)) for _ in range(2)]
            for frames in streams:
                assert await frames.next() is not None
            for path in (ONE, ALL, "/api/pipeline/missing/events"):
                refused = await client.get(path)
                assert problem(refused, 429, "too-many-streams")["retryable"]
                assert int(refused.headers["retry-after"]) > 0
            assert (await client.get("/api/pipeline/talk/status")).status_code == 200
            await streams[0].response.aclose()
            await _until_accepted(client)


async def test_streams_of_all_clients_are_limited(settings: Settings, running_one: str) -> None:
    limited = settings.model_copy(update={"event_streams_max": 1})
    with serving(limited) as address:
        async with (
            httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client,
            open_event_stream(address) as frames,
        ):
            assert await frames.next() is not None
            refused = await client.get(ALL)
            found = problem(refused, 503, "streams-exhausted")
            assert "EVENT_STREAMS_MAX" in found["remedy"]
            assert int(refused.headers["retry-after"]) > 0


async def test_ended_and_failed_streams_free_their_slot(settings: Settings, library: Library) -> None:
    add_row(library, "talk")
    limited = settings.model_copy(update={"event_streams_per_client": 1})
    with serving(limited) as address:
        async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client:
            for _ in range(3):
                while (answer := await client.get(ONE)).status_code == HTTPStatus.TOO_MANY_REQUESTS:
                    await asyncio.sleep(0.05)
                problem(answer, 404, "no-run")
            add_run(library, "talk", status="completed")
            for _ in range(3):
                # The slot is released just after the client has received the end of the response.
                while (answer := await client.get(ONE)).status_code == HTTPStatus.TOO_MANY_REQUESTS:
                    await asyncio.sleep(0.05)
                assert answer.text.count("event: status") == 1


@pytest.mark.slow
async def test_client_that_never_reads_delays_no_other(
    settings: Settings, library: Library, running_one: str
) -> None:
    """States replace each other in its mailbox; sockets and buffers hold only a part of them."""
    title = "x" * 50_000
    with serving(settings) as address:
        async with live_status(settings) as live, open_event_stream(address) as frames:
            await live.acquire("talk", TOKEN)
            assert await frames.next() is not None
            with _silent_stream(address, ONE), _silent_stream(address, ALL):
                for n in range(1, 400):
                    state = shown("talk", running_one, percent=n / 4, title=title)
                    await live.publish(state, TOKEN)
                    if n % 20 == 0:
                        while await frames.percent() != n / 4:
                            pass


async def test_mailbox_keeps_the_latest_state_per_video(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_listener, "MAX_RUNS", 3)
    mailbox = StatusSubscription()
    for n in range(100):
        mailbox.put(shown(f"talk-{n % 3}", "a", percent=float(n)))
    states = await mailbox.pending(1)
    assert [state.stages["transcription"].percent for state in states] == [97.0, 98.0, 99.0]
    for n in range(4):
        mailbox.put(shown(f"talk-{n}", "a"))
    assert await mailbox.pending(1) == []  # too many: the reader loads the rows
    mailbox.put(shown("talk", "a"))
    assert await mailbox.next(1) == shown("talk", "a")


def _busy_connections(library: Library) -> list[tuple[str]]:
    with library.connection() as connection:
        return connection.execute(
            "SELECT state FROM pg_stat_activity WHERE application_name = 'videomoments'"
            " AND datname = current_database() AND state <> 'idle'"
        ).fetchall()


def _silent_stream(address: str, path: str) -> socket.socket:
    """Request a stream, and read nothing."""
    url = urlsplit(address)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((url.hostname, url.port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
    return connection


async def _until_accepted(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            async with client.stream("GET", ONE) as response:
                if response.status_code == 200:
                    return
            await asyncio.sleep(0.05)
