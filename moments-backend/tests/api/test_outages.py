"""Outages of PostgreSQL, Redis and the bucket, and recovery without a restart."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.config import Settings
from app.services.storage import timeouts
from embedded.postgres import Postgres
from embedded.stack import EmbeddedStack
from embedded.valkey import Valkey
from tests.api.conftest import running
from tests.api.support.pause_process import frozen
from tests.api.support.rows import PROBLEM, add_row, problem
from tests.fixtures.library import Library

TRANSCRIPT = "/api/videos/talk/transcript"

pytestmark = pytest.mark.slow

RESPONSE_SECONDS = 10.0
"""Guaranteed response time in seconds."""


@pytest.fixture
async def own(own_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Client of an application on those servers, with one row and one local file."""
    library = Library(own_settings)
    library.execute("DELETE FROM videos")
    add_row(library, "talk")
    (own_settings.videos_dir / "talk.mp4").write_bytes(b"bytes")
    async with running(own_settings) as client:
        yield client


async def assert_database_unavailable(client: httpx.AsyncClient, *, within: float = RESPONSE_SECONDS) -> None:
    """Both kinds of connections fail in time with a cause; other endpoints work."""
    started = time.monotonic()
    answers = await asyncio.gather(
        *(
            client.get(path)
            for path in ("/api/videos", "/api/videos?limit=5", "/api/videos/talk", "/api/search?q=moon")
        ),
        client.delete("/api/videos/talk"),
        client.patch("/api/videos/talk/transcript", json={"replace": {"find": "a", "with": "b"}}),
        client.put("/api/videos/talk/transcript", json=[{"text": "a", "start": 0, "end": 1}]),
        client.get("/health"),
    )
    assert time.monotonic() - started < within
    for answer in answers[:-1]:
        assert problem(answer, 503, "database-unavailable")["retryable"]
        assert "remedy" in answer.json()
        assert "retry-after" in answer.headers
        assert "postgresql://" not in answer.text
    assert answers[-1].status_code == 503
    assert answers[-1].json()["database"] == "disconnected"
    assert (await client.get("/api/videos/talk/stream")).content == b"bytes"


async def assert_database_available(client: httpx.AsyncClient) -> None:
    assert [video["id"] for video in (await client.get("/api/videos")).raise_for_status().json()] == ["talk"]
    for path in ("/api/videos/talk", "/api/search?q=moon"):
        assert (await client.get(path)).status_code == 200
    assert (await client.get("/health")).json()["database"] == "connected"


async def test_recovers_after_postgresql_restart(
    own: httpx.AsyncClient, own_servers: EmbeddedStack, postgres: Postgres
) -> None:
    await assert_database_available(own)
    port = postgres.port
    await asyncio.to_thread(postgres.stop)
    await assert_database_unavailable(own)
    await asyncio.to_thread(restart, postgres, port)
    await assert_database_available(own)


def restart(server: Postgres | Valkey, port: int) -> None:
    """Restart a server on its port."""
    server.start(lambda: None)
    server.wait_until_started(lambda: None)
    assert server.port == port, "another process took the port meanwhile"


async def test_recovers_after_postgresql_hang(own: httpx.AsyncClient, postgres: Postgres) -> None:
    await assert_database_available(own)
    with frozen(postgres):
        # More requests than connections: each one still ends in time.
        crowd = asyncio.gather(*(own.get("/api/videos/talk") for _ in range(40)))
        await assert_database_unavailable(own)
        assert {answer.status_code for answer in await crowd} == {503}
    await assert_database_available(own)


async def test_silent_database_host_times_out(settings: Settings) -> None:
    """The server accepts connections and never responds."""
    (settings.videos_dir / "talk.mp4").write_bytes(b"bytes")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://user:secret@127.0.0.1:{silent.getsockname()[1]}/x"
        async with running(settings.model_copy(update={"database_url": url})) as client:
            await assert_database_unavailable(client)


async def test_startup_needs_no_server(settings: Settings) -> None:
    nowhere = {
        "database_url": "postgresql+psycopg://user:secret@127.0.0.1:1/x",
        "redis_port": 1,
        "storage_emulator_host": "http://127.0.0.1:1",
        "gcs_max_retries": 0,
    }
    (settings.videos_dir / "talk.mp4").write_bytes(b"bytes")
    async with running(settings.model_copy(update=nowhere)) as client:
        await assert_database_unavailable(client)
        assert (await client.get("/health")).json() == {
            "status": "unhealthy",
            "redis": "disconnected",
            "database": "disconnected",
        }
        found = problem(await client.get("/api/videos"), 503, "database-unavailable")
        assert "secret" not in str(found)


async def test_missing_tables_are_reported(client: httpx.AsyncClient, library: Library) -> None:
    library.execute("ALTER TABLE videos RENAME TO elsewhere")
    for path in ("/api/videos", "/api/videos?limit=1", "/api/videos/talk"):
        assert "alembic" in problem(await client.get(path), 503, "schema-missing")["remedy"]
    library.execute("ALTER TABLE elsewhere RENAME TO videos")
    assert (await client.get("/api/videos")).json() == []


async def test_broken_connections_are_replaced(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    for _ in range(3):
        assert len((await client.get("/api/videos")).json()) == 1
        assert (await client.get("/api/videos/talk")).status_code == 200
        with library.connection() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'videomoments' AND datname = current_database()"
            )


async def test_list_get_and_stream_work_without_redis(own: httpx.AsyncClient, valkey: Valkey) -> None:
    assert (await own.get("/health")).json()["status"] == "healthy"
    port = valkey.port
    await asyncio.to_thread(valkey.stop)
    for path in ("/api/videos", "/api/videos/talk", "/api/videos/talk/stream", "/api/search?q=moon"):
        assert (await own.get(path)).status_code == 200
    response = await own.get("/health")
    assert response.status_code == 503
    assert response.json() == {"status": "unhealthy", "redis": "disconnected", "database": "connected"}
    await asyncio.to_thread(restart, valkey, port)
    assert (await own.get("/health")).json()["status"] == "healthy"


async def test_hanging_redis_is_detected(own: httpx.AsyncClient, valkey: Valkey) -> None:
    with frozen(valkey):
        started = time.monotonic()
        response = await own.get("/health")
        assert time.monotonic() - started < RESPONSE_SECONDS
        assert response.json()["redis"] == "disconnected"
    assert (await own.get("/health")).json()["redis"] == "connected"


async def test_silent_bucket_times_out(
    settings: Settings, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_row(library, "talk")
    monkeypatch.setattr(timeouts, "REQUEST_TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        update = {"storage_emulator_host": host, "gcs_max_retries": 0}
        async with running(settings.model_copy(update=update)) as client:
            for rest in ("stream", "url", "thumbnail"):
                found = problem(await client.get(f"/api/videos/talk/{rest}"), 503, "storage-unavailable")
                assert "0.3 seconds" in found["detail"]
            started = time.monotonic()
            for answer in (
                await client.patch(TRANSCRIPT, json={"replace": {"find": "a", "with": "b"}}),
                await client.put(TRANSCRIPT, json=[{"text": "a", "start": 0, "end": 1}]),
                await client.delete(TRANSCRIPT),
                await client.put("/api/videos/talk/chapters", json=[{"start_time": 0, "title": "a"}]),
            ):
                assert "0.3 seconds" in problem(answer, 503, "storage-unavailable")["detail"]
            assert time.monotonic() - started < RESPONSE_SECONDS
            silent.close()  # ends pending requests, so that the application can stop


async def test_unavailable_bucket_is_reported(settings: Settings, library: Library) -> None:
    add_row(library, "talk")
    away = {"storage_emulator_host": "http://127.0.0.1:1", "gcs_max_retries": 0}
    async with running(settings.model_copy(update=away)) as client:
        for rest in ("stream", "url", "thumbnail"):
            response = await client.get(f"/api/videos/talk/{rest}")
            assert response.headers["content-type"] == PROBLEM
            assert problem(response, 503, "storage-unavailable")["retryable"]
