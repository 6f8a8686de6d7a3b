"""`GET /metrics`: what changes it, who may read it, and what it does during outages."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.config import Settings
from app.core.redis import create_redis
from app.main import create_app
from app.services.metrics.worker_metrics import NAMES, WorkerMetricsPublisher
from embedded.postgres import Postgres
from embedded.valkey import Valkey
from tests.api.conftest import connected_to, running
from tests.api.support.access import KEY, REMOTE, bearer, client_at, named_key, with_key
from tests.api.support.event_streams import TIMEOUT_SECONDS
from tests.api.support.metrics import Metrics, scrape
from tests.api.support.pause_process import frozen
from tests.api.support.rows import add_row, problem
from tests.api.support.runs import add_run
from tests.fixtures.library import Library

LIST = {"method": "GET", "route": "/api/videos", "status": "200"}


async def test_requests_are_counted_by_route(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    before = await scrape(client)
    for _ in range(3):
        answer = await client.get("/api/videos")
    await client.get("/api/videos/talk")
    await client.get("/api/videos/none")
    after = await scrape(client)

    def grown(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    assert grown("http_requests_total", **LIST) == 3
    route = "/api/videos/{video_id}"
    assert grown("http_requests_total", method="GET", route=route, status="200") == 1
    assert grown("http_requests_total", method="GET", route=route, status="404") == 1
    assert grown("http_request_duration_seconds_count", method="GET", route=route) == 2
    assert grown("problems_total", type="video-not-found") == 1
    assert grown("http_sent_bytes_total") > 3 * len(answer.content)
    assert after.value("http_requests_in_progress") == 1  # this scrape


async def test_bytes_of_bodies_are_counted(client: httpx.AsyncClient) -> None:
    client.headers["accept-encoding"] = "identity"  # bytes are counted as sent
    before = await scrape(client)
    answer = await client.post("/api/generate_moments", json={"video_id": "none"})
    after = await scrape(client)
    received, sent = "http_received_bytes_total", "http_sent_bytes_total"
    assert after.value(received) - before.value(received) == len(answer.request.content)
    # The first scrape is counted once it is sent.
    assert after.value(sent) - before.value(sent) == before.size + len(answer.content)


async def test_unknown_paths_create_no_label_values(client: httpx.AsyncClient) -> None:
    async def request_unknown() -> None:
        name = uuid.uuid4().hex
        for path in (
            f"/{name}",
            f"/api/{name}",
            f"/api/videos/{name}",
            f"/watch/{name}",
            f"/api/uploads/{name}",
        ):
            await client.get(path)
        await client.request(name[:8].upper(), "/api/videos")

    await request_unknown()
    before = (await scrape(client)).sample_keys()
    for _ in range(3):
        await request_unknown()
    after = await scrape(client)
    assert after.sample_keys() == before
    assert {"unmatched", "/api/videos/{video_id}"} <= after.labels("http_requests_total", "route")
    assert "OTHER" in after.labels("http_requests_total", "method")


async def test_streams_of_local_files_have_their_route(client: httpx.AsyncClient, settings: Settings) -> None:
    (settings.videos_dir / "talk.mp4").write_bytes(b"bytes")
    before = await scrape(client)
    assert (await client.get("/api/videos/talk/stream")).status_code == 200
    labels = {"method": "GET", "route": "/api/videos/{video_id}/stream", "status": "200"}
    after = await scrape(client)
    name = "http_requests_total"
    assert after.value(name, **labels) - before.value(name, **labels) == 1


async def test_queue_and_uploads_are_counted(settings: Settings, library: Library) -> None:
    for number in range(3):
        add_run(library, f"queued-{number}")
    add_run(library, "busy", status="processing")
    add_run(library, "done", status="completed")
    async with running(settings) as client:
        found = await scrape(client)
        assert found.value("runs", status="queued") == 3
        assert found.value("runs", status="processing") == 1
        assert found.value("workers") == 0
        assert found.value("uploads", status="receiving") == 0
        assert found.value("database_up") == found.value("redis_up") == 1
        assert found.value("database_pool_size", pool="sessions") == 15
    async with running(settings) as client:  # the counts are kept for some seconds
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": "filename YS5tcDQ="}
        assert (await client.post("/api/uploads", headers=headers)).status_code == 201
        assert (await scrape(client)).value("uploads", status="receiving") == 1


async def test_open_event_streams_are_counted(address: str) -> None:
    async def until(streams: int) -> None:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while (await scrape(client)).value("event_streams") != streams:
                await asyncio.sleep(0.02)

    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client:
        before = int((await scrape(client)).value("event_streams"))
        async with client.stream("GET", "/api/pipeline/events") as response:
            assert response.status_code == 200
            await until(before + 1)
        await until(before)
        assert "/api/pipeline/events" not in (await scrape(client)).labels(
            "http_request_duration_seconds_sum", "route"
        )


async def test_metrics_of_workers_are_included(client: httpx.AsyncClient, settings: Settings) -> None:
    redis = create_redis(settings)
    first, second = (WorkerMetricsPublisher(redis, name) for name in ("host:1", 'ho"st:2'))
    for publisher in (first, second):
        publisher.start()
        await publisher.close()
    await redis.set("videomoments:metrics:worker:old", "not json")
    await redis.sadd(NAMES, "old", "expired")
    found = await scrape(client)
    assert found.labels("process_resident_memory_bytes", "worker") == {"host:1", 'ho"st:2'}
    assert found.value("process_resident_memory_bytes") > 0
    assert not found.labels("http_requests_total", "worker")
    assert await redis.smembers(NAMES) == {"host:1", 'ho"st:2', "old"}
    await redis.aclose()


# Access


@pytest.fixture
async def locked(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Return clients on this machine and on another one; the application requires a key."""
    application = create_app(with_key(settings))
    async with connected_to(application) as local, client_at(application, REMOTE) as remote:
        yield local, remote


async def test_this_machine_needs_no_key(locked: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    local, _ = locked
    assert (await local.get("/metrics")).headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_other_machines_need_a_key(locked: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    _, remote = locked
    for path in ("/metrics", "/metrics%0a", "/%6detrics"):
        problem(await remote.get(path), 401, "unauthorized")
    problem(await remote.get("/metrics", headers=bearer("wrong")), 401, "unauthorized")
    assert (await remote.get("/metrics", headers=bearer(KEY))).status_code == 200
    assert (await remote.get("/metrics", headers=bearer(await named_key()))).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
async def test_forwarded_requests_need_a_key(
    locked: tuple[httpx.AsyncClient, httpx.AsyncClient], header: str
) -> None:
    local, _ = locked
    problem(await local.get("/metrics", headers={header: "127.0.0.1"}), 401, "unauthorized")


async def test_other_machines_are_refused_without_a_key(settings: Settings) -> None:
    application = create_app(settings)
    async with connected_to(application), client_at(application, REMOTE) as remote:
        problem(await remote.get("/metrics"), 403, "api-key-required")


async def test_metrics_can_be_disabled(settings: Settings) -> None:
    async with running(settings.model_copy(update={"metrics_enabled": False})) as client:
        problem(await client.get("/metrics"), 404, "not-found")


# Outages


@pytest.mark.slow
async def test_unreachable_servers_are_reported(settings: Settings) -> None:
    away = settings.model_copy(
        update={"database_url": "postgresql+psycopg://127.0.0.1:1/none", "redis_port": 1}
    )
    async with running(away) as client:
        await client.get("/api/videos/x")
        found = await scrape(client)
    assert found.value("database_up") == found.value("redis_up") == 0
    assert not found.has("runs")
    assert found.value("problems_total", type="database-unavailable") >= 1


@pytest.mark.slow
async def test_hanging_servers_do_not_delay_a_scrape(
    own_settings: Settings, postgres: Postgres, valkey: Valkey
) -> None:
    async def up() -> tuple[float, float]:
        found: Metrics = await scrape(client)
        return found.value("database_up"), found.value("redis_up")

    async with running(own_settings) as client:
        with frozen(postgres), frozen(valkey):
            started = time.monotonic()
            assert await up() == (0, 0)
            assert time.monotonic() - started < 8  # PostgreSQL's own limit
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while await up() != (1, 1):
                await asyncio.sleep(0.1)
