"""`GET /api/pipeline/{video_id}/events` over real connections."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator

import fastapi.routing
import httpx
import pytest

from app.core.config import Settings
from app.services.pipeline import run_reader, status_listener
from app.services.pipeline.run_status_store import RunStatusStore
from embedded.stack import EmbeddedStack
from embedded.valkey import Valkey
from tests.api.conftest import serving
from tests.api.support.event_streams import TIMEOUT_SECONDS, eventually, open_event_stream, subscribers
from tests.api.support.pause_process import frozen
from tests.api.support.rows import add_row
from tests.api.support.runs import TOKEN, add_run, live_status, shown
from tests.fixtures.library import Library


@pytest.fixture
async def live(settings: Settings) -> AsyncIterator[RunStatusStore]:
    async with live_status(settings) as opened:
        await opened.acquire("talk", TOKEN)
        yield opened


@pytest.fixture
def running_one(library: Library) -> str:
    """Create a run owned by a worker; return its id."""
    add_row(library, "talk")
    return add_run(library, "talk", status="processing", token=TOKEN)


def end(library: Library, status: str = "completed") -> None:
    library.execute("UPDATE pipeline_runs SET status = %s, finished_at = now()", status)


async def test_first_event_is_current_state_last_is_final(
    address: str, settings: Settings, library: Library, live: RunStatusStore, running_one: str
) -> None:
    await live.publish(shown("talk", running_one, percent=10.0), TOKEN)
    async with open_event_stream(address) as frames:
        assert await frames.percent() == 10.0
        await eventually(lambda: subscribers(settings) == 1)
        for percent in (20.0, 30.0, 40.0):
            await live.publish(shown("talk", running_one, percent=percent), TOKEN)
            assert await frames.percent() == percent
        end(library)
        await live.publish(shown("talk", running_one, status="completed", percent=100.0), TOKEN)
        last = await frames.next()
        assert last is not None
        assert last["status"] == "completed"
        assert await frames.next() is None
    await eventually(lambda: subscribers(settings) == 0)


async def test_finished_run_sends_one_event(address: str, library: Library, running_one: str) -> None:
    for status in ("completed", "failed", "cancelled"):
        end(library, status)
        async with open_event_stream(address) as frames:
            state = await frames.next()
            assert state is not None
            assert (state["request_id"], state["status"]) == (running_one, status)
            assert await frames.next() is None


async def test_events_from_queued_to_cancelled(address: str, settings: Settings, library: Library) -> None:
    add_row(library, "talk")
    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client:
        asked = await client.post("/api/generate_moments", json={"video_id": "talk"})
        assert asked.status_code == 202
        async with open_event_stream(address) as frames:
            state = await frames.next()
            assert state is not None
            assert state["status"] == "queued"
            await eventually(lambda: subscribers(settings) == 1)
            assert (await client.post("/api/pipeline/talk/cancel")).status_code == 202
            state = await frames.next()
            assert state is not None
            assert state["status"] == "cancelled"
            assert await frames.next() is None


@pytest.mark.slow
async def test_no_event_is_lost_while_subscribing(
    address: str, library: Library, live: RunStatusStore, running_one: str
) -> None:
    """Clients that connect during updates all end with the last state and never go backwards."""
    count = 60

    async def work() -> None:
        for n in range(count):
            await live.publish(shown("talk", running_one, percent=float(n)), TOKEN)
            await asyncio.sleep(0.01)
        end(library)
        await live.publish(shown("talk", running_one, status="completed", percent=100.0), TOKEN)

    async def watch(delay: float) -> list[float]:
        await asyncio.sleep(delay)
        seen = []
        async with open_event_stream(address) as frames:
            while (state := await frames.next()) is not None:
                seen.append((state["status"], state["stages"]["transcription"]["percent"]))
        assert seen[-1][0] == "completed"
        return [percent for status, percent in seen if status == "processing"]

    seen = asyncio.gather(*(watch(n * 0.03) for n in range(12)))
    await work()
    for percents in await seen:
        assert percents == sorted(set(percents))


@pytest.mark.slow
async def test_idle_stream_is_kept_alive(
    address: str, library: Library, running_one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxies close silent connections, and a silent Redis must not cause an error."""
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.2)
    async with open_event_stream(address) as frames:
        assert await frames.percent() == 0.0
        began = time.monotonic()
        reading = asyncio.create_task(frames.next())
        while frames.comments < 15:  # longer than the timeout of a Redis command
            assert time.monotonic() - began < TIMEOUT_SECONDS
            assert not reading.done()
            await asyncio.sleep(0.05)
        async with live_status(Settings()) as live:
            await live.set_status(shown("talk", running_one, status="cancelled"))
        state = await reading
        assert state is not None
        assert state["status"] == "cancelled"


@pytest.mark.slow
async def test_disconnect_releases_the_subscription(
    address: str, settings: Settings, running_one: str
) -> None:
    for _ in range(5):
        async with open_event_stream(address) as frames:
            await frames.next()
            await eventually(lambda: subscribers(settings) == 1)
        await eventually(lambda: subscribers(settings) == 0)


@pytest.mark.slow
async def test_deleting_the_video_ends_the_stream(
    address: str, settings: Settings, library: Library, running_one: str
) -> None:
    async with (
        open_event_stream(address) as frames,
        httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client,
    ):
        assert await frames.next() is not None
        await eventually(lambda: subscribers(settings) == 1)
        assert (await client.delete("/api/videos/talk")).status_code == 204
        state = await frames.next()
        assert state is not None
        assert state["status"] == "cancelled"
        assert await frames.next() is None


async def test_deleted_runs_end_the_stream(
    address: str, settings: Settings, library: Library, running_one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_reader, "RELOAD_SECONDS", 0.1)
    async with open_event_stream(address) as frames:
        assert await frames.next() is not None
        library.execute("DELETE FROM pipeline_runs")
        assert await frames.next() is None


async def test_missed_messages_are_found_by_polling(
    address: str, settings: Settings, library: Library, running_one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_reader, "RELOAD_SECONDS", 0.1)
    async with open_event_stream(address) as frames:
        assert await frames.next() is not None
        await eventually(lambda: subscribers(settings) == 1)
        end(library, "failed")
        state = await frames.next()
        assert state is not None
        assert state["status"] == "failed"


# Outage of Redis


@pytest.fixture
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    directory = tmp_path_factory.mktemp("valkey")
    with EmbeddedStack(directory, bucket="unused", database=False, storage=False, durable=False) as stack:
        yield next(server for server in stack.servers if isinstance(server, Valkey))


@pytest.fixture
def own_settings(settings: Settings, own_valkey: Valkey) -> Settings:
    environment = own_valkey.environment()
    return settings.model_copy(
        update={
            "redis_port": int(environment["REDIS_PORT"]),
            "redis_password": Settings(redis_password=environment.get("REDIS_PASSWORD")).redis_password,
        }
    )


@pytest.mark.slow
async def test_stream_polls_while_redis_is_unavailable(
    own_settings: Settings,
    own_valkey: Valkey,
    library: Library,
    running_one: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_reader, "POLL_SECONDS", 0.1)
    stages = {"video_download": {"status": "skipped", "reason": "it is here"}}
    with serving(own_settings) as address:
        async with open_event_stream(address) as frames:
            assert await frames.percent() == 0.0
            await eventually(lambda: subscribers(own_settings) == 1)
            port = own_valkey.port
            await asyncio.to_thread(own_valkey.stop)
            library.execute("UPDATE pipeline_runs SET stages = %s::jsonb", json.dumps(stages))
            state = await frames.next()
            assert state is not None
            assert state["stages"]["video_download"]["reason"] == "it is here"
            async with open_event_stream(address) as another:  # opened during the outage
                assert (await another.next()) == state
                await asyncio.to_thread(own_valkey.start, lambda: None)
                assert own_valkey.port == port, "another process took the port meanwhile"
                await eventually(lambda: subscribers(own_settings) == 1)
                async with live_status(own_settings) as live:
                    await live.acquire("talk", TOKEN)
                    await live.publish(shown("talk", running_one, percent=70.0), TOKEN)
                    assert await frames.percent() == await another.percent() == 70.0
                    await asyncio.to_thread(own_valkey.stop)
                    end(library)
                    for each in (frames, another):
                        await each.until(lambda state: state["status"] == "completed")
                        assert await each.next() is None


@pytest.mark.slow
async def test_stream_polls_while_redis_does_not_answer(
    own_settings: Settings,
    own_valkey: Valkey,
    library: Library,
    running_one: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A paused server keeps its connections, so that only a ping shows that messages are lost."""
    monkeypatch.setattr(status_listener, "PING_SECONDS", 0.1)
    monkeypatch.setattr(status_listener, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(run_reader, "POLL_SECONDS", 0.1)
    with serving(own_settings) as address:
        async with open_event_stream(address) as frames:
            assert await frames.percent() == 0.0
            await eventually(lambda: subscribers(own_settings) == 1)
            with frozen(own_valkey):
                end(library, "failed")
                await frames.until(lambda state: state["status"] == "failed")
