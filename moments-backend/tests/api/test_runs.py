"""List and event stream of all runs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from tests.api.conftest import serving
from tests.api.support.rows import add_row, problem, seconds
from tests.api.support.runs import TOKEN, add_run, live_status, shown
from tests.fixtures.library import Library


def add_runs(library: Library, count: int) -> list[str]:
    """Add a run per video, a second apart, every third failed; return ids, newest first."""
    made = []
    for number in range(count):
        status = "failed" if number % 3 == 0 else "completed"
        made.append(add_run(library, f"talk-{number}", status=status, created_at=seconds(number)))
    return made[::-1]


async def walk(client: httpx.AsyncClient, path: str) -> list[list[str]]:
    pages = []
    while path:
        page = await client.get(path)
        assert page.status_code == 200, page.text
        pages.append([run["request_id"] for run in page.json()])
        path = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    return pages


async def test_pages_list_all_runs_newest_first(client: httpx.AsyncClient, library: Library) -> None:
    assert (await client.get("/api/pipeline")).json() == []
    made = add_runs(library, 7)
    assert await walk(client, "/api/pipeline?limit=3") == [made[:3], made[3:6], made[6:]]
    assert await walk(client, "/api/pipeline") == [made]


async def test_pages_include_runs_with_equal_times(client: httpx.AsyncClient, library: Library) -> None:
    made = {add_run(library, f"talk-{number}", status="completed") for number in range(5)}
    pages = await walk(client, "/api/pipeline?limit=2")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {request_id for page in pages for request_id in page} == made


async def test_pages_list_runs_of_some_purposes(client: httpx.AsyncClient, library: Library) -> None:
    options: dict[str, dict[str, Any]] = {
        "moments": {},
        "moments-of-a-plan": {"stages": None},
        "clips": {"stages": ["transcription", "clip_extraction"]},
        "transcript": {"stages": ["transcription"]},
        "audio": {"stages": ["video_download", "audio_extraction"]},
    }
    made = {
        name: add_run(library, f"talk-{name}", options=options[name], created_at=seconds(number))
        for number, name in enumerate(options)
    }
    made["copy"] = add_run(library, "talk-moments", kind="playback", created_at=seconds(9))

    async def listed(query: str) -> list[list[str]]:
        return await walk(client, f"/api/pipeline?{query}")

    moments = [made[name] for name in ("clips", "moments-of-a-plan", "moments")]
    transcripts = [made["audio"], made["transcript"]]
    assert await listed("purpose=moments&limit=2") == [moments[:2], moments[2:]]
    assert await listed("purpose=transcription") == [transcripts]
    assert await listed("purpose=playback") == [[made["copy"]]]
    assert await listed("purpose=moments&purpose=transcription") == [[*transcripts, *moments]]
    assert await listed("purpose=playback&kind=moments") == [[]]
    assert (await client.get("/api/pipeline?purpose=other")).status_code == 422


async def test_run_has_the_title_of_its_video(client: httpx.AsyncClient, library: Library) -> None:
    add_run(library, "not-there-yet", created_at=seconds(1))
    add_run(library, "talk", created_at=seconds(0))
    add_row(library, "talk", title="On tides")
    titles = {run["video_id"]: run["title"] for run in (await client.get("/api/pipeline")).json()}
    assert titles == {"not-there-yet": "Not There Yet", "talk": "On tides"}
    status = await client.get("/api/pipeline/talk/status")
    assert status.json()["title"] == "On tides"


async def test_filters_by_status_and_video(client: httpx.AsyncClient, library: Library) -> None:
    add_runs(library, 4)
    waiting = add_run(library, "talk-0", created_at=seconds(99))
    assert await walk(client, "/api/pipeline?status=active") == [[waiting]]
    failed = await walk(client, "/api/pipeline?status=failed&limit=1")
    assert [len(page) for page in failed] == [1, 1]
    both = await walk(client, "/api/pipeline?status=failed&status=active")
    assert both == [[waiting, *failed[0], *failed[1]]]
    assert len((await walk(client, "/api/pipeline?video_id=talk-0"))[0]) == 2
    assert await walk(client, "/api/pipeline?status=cancelled") == [[]]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "status=odd", "cursor=x", "cursor=WzEsMl0", "video_id=%00", "cursor=é"]
)
async def test_invalid_value_is_named(client: httpx.AsyncClient, query: str) -> None:
    problem(await client.get(f"/api/pipeline?{query}"), 422, "invalid-request")


@asynccontextmanager
async def listening(address: str) -> AsyncIterator["asyncio.Queue[dict[str, Any]]"]:
    """Queue of the states that the stream sends."""
    states: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def hear() -> None:
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream("GET", f"{address}/api/pipeline/events") as response,
        ):
            assert response.headers["content-type"].startswith("text/event-stream")
            async for line in response.aiter_lines():
                if line.startswith("data:"):
                    states.put_nowait(json.loads(line.removeprefix("data:")))

    task = asyncio.create_task(hear())
    yield states
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def next_of(states: "asyncio.Queue[dict[str, Any]]") -> dict[str, Any]:
    async with asyncio.timeout(30):
        return await states.get()


async def test_one_stream_covers_every_run(settings: Settings, library: Library) -> None:
    first = add_run(library, "first", status="processing", token=TOKEN)
    second = add_run(library, "second")
    with serving(settings) as address:
        async with listening(address) as states, live_status(settings) as live:
            begun = [await next_of(states), await next_of(states)]
            assert {state["request_id"] for state in begun} == {first, second}

            await live.acquire("first", TOKEN)
            await asyncio.sleep(0.3)  # until it has subscribed
            await live.publish(shown("first", first, percent=40), TOKEN)
            state = await next_of(states)
            assert (state["video_id"], state["stages"]["transcription"]["percent"]) == ("first", 40)

            await live.set_status(shown("third", "of-another-video", status="completed", current_stage=None))
            assert (await next_of(states))["video_id"] == "third"


@pytest.mark.slow
async def test_missed_end_of_a_run_is_sent(settings: Settings, library: Library) -> None:
    request_id = add_run(library, "talk")
    add_row(library, "talk")
    with serving(settings) as address:
        async with listening(address) as states:
            assert (await next_of(states))["status"] == "queued"
            library.execute("UPDATE pipeline_runs SET status = 'completed'")
            state = await next_of(states)
            assert (state["request_id"], state["status"]) == (request_id, "completed")


async def test_stream_needs_the_database(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql+psycopg://x@127.0.0.1:1/x"})
    with serving(nowhere) as address:
        async with httpx.AsyncClient(base_url=address) as client:
            problem(await client.get("/api/pipeline/events"), 503, "database-unavailable")
            problem(await client.get("/api/pipeline"), 503, "database-unavailable")


async def test_finished_runs_are_cleared_from_the_list(client: httpx.AsyncClient, library: Library) -> None:
    active = add_run(library, "active", status="queued")
    add_runs(library, 4)
    assert (await client.delete("/api/pipeline")).json() == {"cleared": 4}
    assert await walk(client, "/api/pipeline") == [[active]]
    assert (await client.get("/api/pipeline/talk-0/status")).json()["status"] == "failed"
    assert (await client.delete("/api/pipeline")).json() == {"cleared": 0}
    assert (await client.post("/api/pipeline/talk-0/retry")).status_code == 202
    listed = (await client.get("/api/pipeline")).json()
    assert {run["video_id"] for run in listed} == {"active", "talk-0"}
