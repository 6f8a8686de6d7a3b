"""`GET /api/pipeline/{video_id}/status` and `…/history`."""

import httpx
import pytest

from app.core.config import Settings
from app.models.pipeline import STAGE_NAMES, RunState
from app.services.pipeline.run_status_store import RunStatusStore
from tests.api.conftest import running
from tests.api.support.rows import EPOCH, problem, seconds
from tests.api.support.runs import TOKEN, add_run, live_status, pipeline_path, shown
from tests.fixtures.library import Library

NOWHERE = "postgresql+psycopg://x:x@127.0.0.1:1/x"


async def status(client: httpx.AsyncClient, video_id: str = "talk") -> RunState:
    response = await client.get(pipeline_path(video_id, "status"))
    assert response.status_code == 200, response.text
    return RunState.model_validate(response.json())


async def history(client: httpx.AsyncClient, video_id: str = "talk") -> list[str]:
    answer = (await client.get(pipeline_path(video_id, "history"))).raise_for_status()
    return [run["request_id"] for run in answer.json()]


async def publish(live: RunStatusStore, state: RunState) -> None:
    await live.acquire(state.video_id, TOKEN)
    await live.publish(state, TOKEN)


async def test_queued_run_lists_every_stage(client: httpx.AsyncClient, library: Library) -> None:
    request_id = add_run(library, "talk", options={"max_moments": 3}, source_url="https://example.org/t.mp4")
    answer = (await client.get("/api/pipeline/talk/status")).json()
    assert list(answer["stages"]) == list(STAGE_NAMES)
    assert {stage["status"] for stage in answer["stages"].values()} == {"pending"}
    assert set(answer["stages"]["transcription"]) == {
        *("status", "reason", "started_at", "completed_at", "percent", "bytes_done", "bytes_total"),
        *("items_done", "items_total", "seconds", "attempts", "error"),
    }
    del answer["stages"]
    assert answer.pop("options") == {
        "min_moment_length": 15.0,
        "max_moment_length": 90.0,
        "min_moments": 1,
        "max_moments": 3,
        "user_prompt": None,
        "force_download": False,
        "regenerate": False,
        "audio_stream": None,
        "stages": None,
        "language": None,
        "vocabulary": [],
    }
    assert answer == {
        "request_id": request_id,
        "kind": "moments",
        "video_id": "talk",
        "title": "Talk",
        "source_url": "https://example.org/t.mp4",
        "status": "queued",
        "current_stage": None,
        "cancel_requested": False,
        "error": None,
        "created_at": EPOCH.isoformat(),
        "started_at": None,
        "finished_at": None,
        "updated_at": None,
    }


async def test_stage_results_are_returned(client: httpx.AsyncClient, library: Library) -> None:
    error = {
        "type": "source-refused",
        "title": "The source refuses",
        "detail": "it answers 404",
        "remedy": "look at the link",
        "retryable": False,
    }
    stages = {
        "video_download": {
            "status": "failed",
            "started_at": EPOCH.isoformat(),
            "completed_at": seconds(4).isoformat(),
            "bytes_done": 5,
            "bytes_total": 10,
            "percent": 30.0,
            "seconds": 3.5,
            "attempts": 1,
            "error": error,
        }
    }
    add_run(library, "talk", status="failed", stages=stages, error=error, finished_at=seconds(4))
    found = await status(client)
    assert (found.status, found.current_stage) == ("failed", "video_download")
    stage = found.stages["video_download"]
    assert stage.model_dump(mode="json", exclude_none=True) == stages["video_download"]
    assert found.error is not None
    assert found.error.model_dump(exclude_none=True) == error


async def test_redis_adds_progress_of_an_active_run(
    client: httpx.AsyncClient, library: Library, settings: Settings
) -> None:
    request_id = add_run(library, "talk", status="processing", token=TOKEN)
    assert (await status(client)).stages["transcription"].status == "pending"
    async with live_status(settings) as live:
        await publish(live, shown("talk", request_id, percent=41.5))
        found = await status(client)
        assert (found.current_stage, found.stages["transcription"].percent) == ("transcription", 41.5)
        # Updates of a worker that lost the run are ignored.
        await live.publish(shown("talk", request_id, percent=2.0), "the token of another")
        assert (await status(client)).stages["transcription"].percent == 41.5


async def test_table_decides_current_run_and_its_end(
    client: httpx.AsyncClient, library: Library, settings: Settings
) -> None:
    ended = add_run(library, "talk", status="completed", token=TOKEN)
    async with live_status(settings) as live:
        await publish(live, shown("talk", ended, percent=99.0))
        assert (await status(client)).status == "completed"
        await publish(live, shown("talk", "of an older run", percent=99.0))
        newer = add_run(library, "talk", status="processing", token=TOKEN, created_at=seconds(1))
        found = await status(client)
        assert (found.request_id, found.current_stage) == (newer, None)
        # The run has no owner yet: Redis still holds the state of the previous worker.
        await publish(live, shown("talk", newer, percent=50.0))
        library.execute(
            "UPDATE pipeline_runs SET status = 'queued', token = NULL WHERE request_id = %s", newer
        )
        assert (await status(client)).status == "queued"


async def test_malformed_redis_values_are_ignored(
    client: httpx.AsyncClient, library: Library, settings: Settings
) -> None:
    request_id = add_run(library, "talk", status="processing", token=TOKEN)
    async with live_status(settings) as live:
        await publish(live, shown("talk", request_id, percent=41.5))
        for damaged in ("", "{}", "nonsense", '{"status": "of another version"}'):
            await live._redis.set("videomoments:pipeline:status:talk", damaged)
            assert (await status(client)).status == "processing"
        await live._redis.lpush("videomoments:pipeline:status:other", "a list")
    add_run(library, "other", status="processing", token=TOKEN)
    assert (await status(client, "other")).status == "processing"


async def test_video_without_runs_is_404(client: httpx.AsyncClient, library: Library) -> None:
    add_run(library, "talk")
    for name in ("other", "Talk", "talk ", "tal", "50% #1?é", "x" * 300, "é" * 300):
        for rest in ("status", "history", "events"):
            found = problem(await client.get(pipeline_path(name, rest)), 404, "no-run")
            assert "generate_moments" in found["remedy"]
    for rest in ("status", "history", "events"):
        problem(await client.get(pipeline_path("a\0b", rest)), 422, "invalid-request")
        problem(await client.get(pipeline_path("../talk", rest)), 404, "not-found")


@pytest.mark.parametrize(
    "name", ["50% of #1?", "été – 講演", "a b", "a+b&c", "x" * 255, "two\nlines", "a*[b]"]
)
async def test_names_with_special_characters(
    client: httpx.AsyncClient, library: Library, settings: Settings, name: str
) -> None:
    request_id = add_run(library, name, status="processing", token=TOKEN)
    async with live_status(settings) as live:
        await publish(live, shown(name, request_id, percent=12.0))
    found = await status(client, name)
    assert (found.video_id, found.stages["transcription"].percent) == (name, 12.0)
    assert await history(client, name) == [request_id]


async def test_history_is_newest_first_and_limited(settings: Settings, library: Library) -> None:
    ids = [add_run(library, "talk", status="failed", created_at=seconds(n)) for n in range(5)]
    add_run(library, "other", status="failed", created_at=seconds(9))
    async with running(settings.model_copy(update={"pipeline_history_max_runs": 3})) as client:
        assert await history(client) == ids[:1:-1]
        ids.append(add_run(library, "talk", created_at=seconds(10)))
        assert await history(client) == ids[:2:-1]


async def test_redis_is_used_without_the_table(settings: Settings) -> None:
    async with (
        live_status(settings) as live,
        running(settings.model_copy(update={"database_url": NOWHERE})) as client,
    ):
        for rest in ("status", "history"):
            problem(await client.get(pipeline_path("talk", rest)), 503, "database-unavailable")
        await publish(live, shown("talk", "first", percent=41.5))
        assert (await status(client)).stages["transcription"].percent == 41.5
        for name in ("first", "second"):
            await live.append_history(shown("talk", name, status="completed"))
        assert await history(client) == ["second", "first"]
        problem(await client.get(pipeline_path("other", "status")), 503, "database-unavailable")
