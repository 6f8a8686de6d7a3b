"""Pipeline endpoints during outages, and recovery without a restart."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.config import Settings
from app.services.moments.documents import VideoDocumentStores
from app.services.storage import timeouts
from app.services.storage.gcs_uploader import GCSUploader
from embedded.postgres import Postgres
from embedded.server import EmbeddedServer
from embedded.valkey import Valkey
from tests.api.conftest import running
from tests.api.support.pause_process import frozen
from tests.api.support.rows import add_row, problem, video_path
from tests.api.support.runs import MOMENT_IDS, TOKEN, TRANSCRIPT, add_run, live_status, moments, shown
from tests.fixtures.library import Library, flush_redis
from tests.services.storage.support.fault_proxy import fault_proxy, reset_after, status

pytestmark = pytest.mark.slow

RESPONSE_SECONDS = 10.0
"""Guaranteed response time in seconds."""
CLIP = MOMENT_IDS[0]
NOTHING_LISTENS = "http://127.0.0.1:1"
ASKED = (
    ("POST", "/api/generate_moments", {"video_id": "talk"}),
    ("POST", "/api/generate_moments", {"video_url": "https://example.org/tides.mp4"}),
    ("GET", "/api/pipeline/talk/status", None),
    ("GET", "/api/pipeline/talk/history", None),
    ("GET", "/api/pipeline/talk/events", None),
    ("POST", "/api/pipeline/talk/cancel", None),
    ("POST", "/api/pipeline/talk/retry", None),
)


@pytest.fixture
def own_library(own_settings: Settings) -> Library:
    library = Library(own_settings)
    for table in ("videos", "pipeline_runs", "procrastinate_jobs"):
        library.execute(f"DELETE FROM {table}")
    flush_redis(own_settings)
    add_row(library, "talk")
    return library


@pytest.fixture
async def own(own_library: Library) -> AsyncIterator[httpx.AsyncClient]:
    async with running(own_library.settings) as client:
        yield client


def restart(server: EmbeddedServer, port: int) -> None:
    """Restart a server on its port."""
    server.start(lambda: None)
    server.wait_until_started(lambda: None)
    assert server.port == port, "another process took the port meanwhile"


async def assert_database_unavailable(client: httpx.AsyncClient) -> None:
    started = time.monotonic()
    answers = await asyncio.gather(*(client.request(method, path, json=body) for method, path, body in ASKED))
    assert time.monotonic() - started < RESPONSE_SECONDS
    for answer in answers:
        assert problem(answer, 503, "database-unavailable")["retryable"]


async def test_recovers_after_postgresql_restart(
    own: httpx.AsyncClient, own_library: Library, postgres: Postgres
) -> None:
    port = postgres.port
    await asyncio.to_thread(postgres.stop)
    await assert_database_unavailable(own)
    async with live_status(own_library.settings) as live:
        await live.acquire("talk", TOKEN)
        await live.publish(shown("talk", "the run", percent=33.0), TOKEN)
        answer = await own.get("/api/pipeline/talk/status")  # from Redis
        assert answer.json()["stages"]["transcription"]["percent"] == 33.0
        await live.delete("talk")
    await asyncio.to_thread(restart, postgres, port)
    assert (await own.post("/api/generate_moments", json={"video_id": "talk"})).status_code == 202
    assert (await own.get("/api/pipeline/talk/status")).json()["status"] == "queued"
    assert (await own.post("/api/pipeline/talk/cancel")).json()["status"] == "cancelled"
    assert (await own.post("/api/pipeline/talk/retry")).json()["status"] == "queued"


async def test_recovers_after_postgresql_hang(own: httpx.AsyncClient, postgres: Postgres) -> None:
    with frozen(postgres):
        await assert_database_unavailable(own)
    assert (await own.post("/api/generate_moments", json={"video_id": "talk"})).status_code == 202


async def assert_everything_works(client: httpx.AsyncClient, library: Library) -> None:
    """Check endpoints that need only the table."""
    asked = await client.post("/api/generate_moments", json={"video_id": "talk"})
    assert asked.status_code == 202
    problem(await client.post("/api/generate_moments", json={"video_id": "talk"}), 409, "run-in-progress")
    assert (await client.get("/api/pipeline/talk/status")).json()["status"] == "queued"
    assert (await client.post("/api/pipeline/talk/cancel")).json()["status"] == "cancelled"
    assert (await client.post("/api/pipeline/talk/retry")).json()["status"] == "queued"
    library.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
    library.execute("UPDATE pipeline_runs SET status = 'processing', token = %s", TOKEN)
    assert (await client.get("/api/pipeline/talk/status")).json()["status"] == "processing"
    assert (await client.post("/api/pipeline/talk/cancel")).json()["status"] == "processing"
    (run,) = (await client.get("/api/pipeline/talk/history")).json()
    assert run["request_id"] == asked.json()["request_id"]
    library.execute("UPDATE pipeline_runs SET status = 'failed'")
    events = await client.get("/api/pipeline/talk/events")
    assert events.text.count("event: status") == 1
    for table in ("pipeline_runs", "procrastinate_jobs"):
        library.execute(f"DELETE FROM {table}")


async def test_everything_works_without_redis(
    own: httpx.AsyncClient, own_library: Library, valkey: Valkey
) -> None:
    await assert_everything_works(own, own_library)
    port = valkey.port
    await asyncio.to_thread(valkey.stop)
    await assert_everything_works(own, own_library)
    await asyncio.to_thread(restart, valkey, port)
    await assert_everything_works(own, own_library)
    request_id = add_run(own_library, "talk", status="processing", token=TOKEN)
    async with live_status(own_library.settings) as live:
        await live.acquire("talk", TOKEN)
        await live.publish(shown("talk", request_id, percent=33.0), TOKEN)
    answer = await own.get("/api/pipeline/talk/status")
    assert answer.json()["stages"]["transcription"]["percent"] == 33.0


async def test_hanging_redis_does_not_delay_responses(
    own: httpx.AsyncClient, own_library: Library, valkey: Valkey
) -> None:
    add_run(own_library, "talk", status="processing", token=TOKEN)
    with frozen(valkey):
        for rest in ("status", "history"):
            started = time.monotonic()
            assert (await own.get(f"/api/pipeline/talk/{rest}")).status_code == 200
            assert time.monotonic() - started < RESPONSE_SECONDS
        add_row(own_library, "other")
        started = time.monotonic()
        assert (await own.post("/api/generate_moments", json={"video_id": "other"})).status_code == 202
        assert (await own.post("/api/pipeline/other/cancel")).json()["status"] == "cancelled"
        assert time.monotonic() - started < 2 * RESPONSE_SECONDS


async def test_missing_tables_are_reported(client: httpx.AsyncClient, library: Library) -> None:
    library.execute("ALTER TABLE pipeline_runs RENAME TO elsewhere")
    add_row(library, "talk")
    for method, path, body in ASKED:
        found = problem(await client.request(method, path, json=body), 503, "schema-missing")
        assert "alembic" in found["remedy"]
    library.execute("ALTER TABLE elsewhere RENAME TO pipeline_runs")
    assert (await client.post("/api/generate_moments", json={"video_id": "talk"})).status_code == 202


# The bucket


@pytest.fixture
async def made(settings: Settings) -> Settings:
    """Settings of a processed video with one local clip."""
    uploader = GCSUploader(settings)
    documents = VideoDocumentStores.of(settings, uploader)
    await documents.transcripts.write("talk", TRANSCRIPT)
    await documents.moments.write("talk", moments())
    await uploader.close()
    settings.moment_clips_dir.mkdir()
    for moment in moments():
        (settings.moment_clips_dir / f"talk_{moment.id}_clip.mp4").write_bytes(b"film")
    return settings


RESTS = ("transcript", "transcript.vtt", "moments", "clips", f"clips/{CLIP}")


async def answers_of(client: httpx.AsyncClient, video_id: str = "talk") -> list[httpx.Response]:
    return [await client.get(f"{video_path(video_id)}/{rest}") for rest in RESTS]


async def test_local_results_work_without_the_bucket(made: Settings) -> None:
    away = {"storage_emulator_host": NOTHING_LISTENS, "gcs_max_retries": 0}
    async with running(made.model_copy(update=away)) as client:
        assert {answer.status_code for answer in await answers_of(client)} == {200}
        for answer in await answers_of(client, "other"):
            assert problem(answer, 503, "storage-unavailable")["retryable"]
        (made.moment_clips_dir / f"talk_{CLIP}_clip.mp4").unlink()
        for rest in ("clips", f"clips/{CLIP}"):
            problem(await client.get(f"{video_path('talk')}/{rest}"), 503, "storage-unavailable")


async def test_silent_bucket_times_out(made: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "REQUEST_TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        update = {"storage_emulator_host": host, "gcs_max_retries": 0}
        async with running(made.model_copy(update=update)) as client:
            assert {answer.status_code for answer in await answers_of(client)} == {200}
            for answer in await answers_of(client, "other"):
                assert "0.3 seconds" in problem(answer, 503, "storage-unavailable")["detail"]
            silent.close()  # ends pending requests, so that the application can stop


async def test_recovers_after_bucket_outage(made: Settings) -> None:
    assert made.storage_emulator_host is not None
    for path in (*made.transcripts_dir.glob("*"), *made.moments_dir.glob("*")):
        path.unlink()
    with fault_proxy(made.storage_emulator_host) as proxy:
        through = {"storage_emulator_host": proxy.url, "gcs_max_retries": 0}
        async with running(made.model_copy(update=through)) as client:
            for refusal in (status(503), status(429), reset_after(0)):
                proxy.when(lambda _: True, refusal, times=1000)
                for answer in await answers_of(client):
                    assert problem(answer, 503, "storage-unavailable")["retryable"]
                proxy.rules.clear()
                assert {answer.status_code for answer in await answers_of(client)} == {200}
