"""`/api/videos/{video_id}/playback`, and runs of the kind `playback` in the API."""

from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import httpx
import pytest

from app.core.config import Settings
from app.models.pipeline import STAGE_NAMES_OF, RunOptions, RunState, StageState
from tests.api.conftest import running
from tests.api.support.rows import EPOCH, add_row, problem, seconds
from tests.api.support.runs import TOKEN, add_run, jobs, live_status, pipeline_path, run_rows
from tests.fixtures.library import Library

CONTENT = b"an original " * 1000
COPY = b"a copy " * 1000
PLAYBACK = "/api/videos/talk/playback"
OBJECT = "playback/talk/talk.mp4"
ERROR = {"type": "media", "title": "t", "detail": "talk.avi ends early", "remedy": None, "retryable": False}


def add_video(library: Library, state: str | None = None, *, name: str = "talk.avi") -> Path:
    """Add a row whose codecs browsers cannot play, and its local file."""
    codecs = {"video_codec": "mpeg4", "audio_codec": "mp3"}
    add_row(library, "talk", filename=name, size_bytes=len(CONTENT), playback_state=state, **codecs)
    path = library.folder / name
    path.write_bytes(CONTENT)
    return path


async def shown(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/api/videos/talk")).raise_for_status().json()["playback"]
    return found


def live_copy(request_id: str, percent: float) -> RunState:
    """Return the state that a worker publishes while it makes the copy."""
    stages = {name: StageState() for name in STAGE_NAMES_OF["playback"]}
    stages["playback_copy"] = StageState(status="processing", percent=percent, started_at=EPOCH)
    return RunState(
        request_id=request_id,
        kind="playback",
        video_id="talk",
        title="Talk",
        status="processing",
        current_stage="playback_copy",
        stages=stages,
        options=RunOptions(),
        created_at=EPOCH,
        started_at=EPOCH,
    )


@pytest.mark.parametrize("state", ["original", "failed"])
async def test_original_is_sent_like_the_stream(
    client: httpx.AsyncClient, library: Library, state: str
) -> None:
    add_video(library, state)
    for headers in ({}, {"range": "bytes=100-199"}):
        played = await client.get(PLAYBACK, headers=headers)
        streamed = await client.get("/api/videos/talk/stream", headers=headers)
        assert (played.status_code, played.content) == (streamed.status_code, streamed.content)
        names = ("content-type", "content-range", "content-length", "etag", "accept-ranges")
        assert [played.headers.get(name) for name in names] == [streamed.headers.get(name) for name in names]
    head = await client.head(PLAYBACK)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(CONTENT)))


async def test_original_in_the_bucket_is_redirected_to(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk", playback_state="original")
    library.put("videos/talk/talk.mp4", CONTENT)
    answer = await client.get(PLAYBACK)
    assert answer.status_code == 307
    assert urlparse(answer.headers["location"]).path.endswith("/videos/talk/talk.mp4")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_copy_is_a_signed_url(client: httpx.AsyncClient, library: Library, method: str) -> None:
    add_video(library, "ready")
    library.put(OBJECT, COPY)
    assert await shown(client) == {
        "source": "copy",
        "state": "ready",
        "percent": 100.0,
        "reason": None,
        "url": PLAYBACK,
    }
    answer = await client.request(method, PLAYBACK)
    assert (answer.status_code, answer.headers["cache-control"]) == (307, "no-store")
    async with httpx.AsyncClient() as browser:
        got = await browser.request(method, answer.headers["location"], headers={"range": "bytes=0-6"})
    assert got.status_code == 206
    assert got.content == (COPY[:7] if method == "GET" else b"")


async def test_lost_copy_is_named(client: httpx.AsyncClient, library: Library) -> None:
    add_video(library, "ready")
    found = problem(await client.get(PLAYBACK), 404, "object-not-found")
    assert "videomoments playback talk" in found["remedy"]
    assert (await client.post(PLAYBACK)).status_code == 202


@pytest.mark.parametrize("state", [None, "needed"])
async def test_missing_copy_is_not_ready(
    client: httpx.AsyncClient, library: Library, state: str | None
) -> None:
    add_video(library, state)
    found = await shown(client)
    assert (found["source"], found["state"], found["percent"]) == ("copy", "queued", 0)
    assert found["reason"] == "Browsers cannot play MPEG-4 Part 2 video."
    answer = await client.get(PLAYBACK)
    assert problem(answer, 409, "not-ready")["retryable"]
    assert int(answer.headers["retry-after"]) > 0
    assert (await client.head(PLAYBACK)).status_code == 409
    assert (await client.get("/api/videos/talk/stream")).content == CONTENT


async def test_progress_of_the_copy_is_shown(
    client: httpx.AsyncClient, library: Library, settings: Settings
) -> None:
    add_video(library, "needed")
    request_id = add_run(library, "talk", kind="playback", status="processing", token=TOKEN)
    async with live_status(settings) as live:
        await live.acquire("talk", TOKEN, "playback")
        await live.publish(live_copy(request_id, 50), TOKEN)
        found = await shown(client)
        assert (found["state"], found["percent"]) == ("processing", 45)
        assert "45 % done" in problem(await client.get(PLAYBACK), 409, "not-ready")["detail"]
        assert await live.get("talk") is None


async def test_failed_copy_shows_its_cause(client: httpx.AsyncClient, library: Library) -> None:
    add_video(library, "failed")
    add_run(library, "talk", kind="playback", status="failed", error=ERROR)
    found = await shown(client)
    assert (found["source"], found["state"], found["reason"]) == ("copy", "failed", "talk.avi ends early")


async def test_request_is_idempotent(client: httpx.AsyncClient, library: Library) -> None:
    add_video(library, "failed")
    first = await client.post(PLAYBACK)
    assert first.status_code == 202
    run = first.json()
    assert (run["kind"], run["status"], run["video_id"]) == ("playback", "queued", "talk")
    assert list(run["stages"]) == list(STAGE_NAMES_OF["playback"])
    assert (await client.post(PLAYBACK)).json()["request_id"] == run["request_id"]
    assert len(run_rows(library)) == 1
    assert [job["lock"] for job in jobs(library)] == ["playback:talk"]
    assert (await shown(client))["state"] == "queued"
    problem(await client.post("/api/videos/missing/playback"), 404, "video-not-found")


async def test_copies_on_demand_wait_for_a_request(settings: Settings, library: Library) -> None:
    add_video(library, "needed")
    async with running(settings.model_copy(update={"playback_copies": "on_demand"})) as client:
        assert (await shown(client))["state"] == "failed"
        found = problem(await client.get(PLAYBACK), 409, "not-ready")
        assert f"POST {PLAYBACK}" in found["remedy"]
        await client.post(PLAYBACK)
        assert (await shown(client))["state"] == "queued"


async def test_originals_are_sent_if_copies_are_off(settings: Settings, library: Library) -> None:
    add_video(library, "needed")
    async with running(settings.model_copy(update={"playback_copies": "off"})) as client:
        found = await shown(client)
        assert (found["source"], found["state"], found["url"]) == (
            "original",
            "ready",
            "/api/videos/talk/stream",
        )
        assert found["reason"] == "Browsers cannot play MPEG-4 Part 2 video."
        assert (await client.get(PLAYBACK)).content == CONTENT
        assert "PLAYBACK_COPIES" in problem(await client.post(PLAYBACK), 409, "playback-copies-off")["remedy"]


async def test_full_queue_of_copies_accepts_moments(settings: Settings, library: Library) -> None:
    add_video(library, "needed")
    add_row(library, "other", playback_state="needed")
    async with running(settings.model_copy(update={"pipeline_max_queued": 1})) as client:
        assert (await client.post(PLAYBACK)).status_code == 202
        problem(await client.post("/api/videos/other/playback"), 429, "queue-full")
        started = await client.post("/api/generate_moments", json={"video_id": "talk"})
        assert started.status_code == 202, started.text


async def test_file_without_a_row_is_played(client: httpx.AsyncClient, library: Library) -> None:
    (library.folder / "loose.mp4").write_bytes(CONTENT)
    assert (await client.get("/api/videos/loose/playback")).content == CONTENT
    problem(await client.get("/api/videos/missing/playback"), 404, "video-not-found")


async def test_kind_selects_the_run(client: httpx.AsyncClient, library: Library) -> None:
    add_video(library, "needed")
    moments = add_run(library, "talk")
    copy = add_run(library, "talk", kind="playback", created_at=seconds(1))
    for path in ("status", "history"):
        for query, request_id in (("", moments), ("?kind=moments", moments), ("?kind=playback", copy)):
            found = (await client.get(pipeline_path("talk", path + query))).json()
            found = found[0] if path == "history" else found
            assert found["request_id"] == request_id
    listed = {
        query: [run["request_id"] for run in (await client.get(f"/api/pipeline{query}")).json()]
        for query in ("", "?kind=moments", "?kind=playback")
    }
    assert listed == {"": [copy, moments], "?kind=moments": [moments], "?kind=playback": [copy]}
    problem(await client.get(pipeline_path("talk", "status?kind=odd")), 422, "invalid-request")

    cancelled = await client.post(pipeline_path("talk", "cancel?kind=playback"))
    assert (cancelled.json()["request_id"], cancelled.json()["status"]) == (copy, "cancelled")
    assert library.rows()["talk"]["playback_state"] == "failed"
    assert (await client.get(pipeline_path("talk", "status"))).json()["status"] == "queued"
    retried = await client.post(pipeline_path("talk", "retry?kind=playback"))
    assert retried.json()["request_id"] == copy
    assert library.rows()["talk"]["playback_state"] == "needed"
    problem(await client.post(pipeline_path("talk", "retry")), 409, "run-in-progress")


async def test_events_of_a_kind(client: httpx.AsyncClient, library: Library) -> None:
    add_video(library, "ready")
    add_run(library, "talk", status="completed")
    copy = add_run(library, "talk", kind="playback", status="completed")
    events = (await client.get(pipeline_path("talk", "events?kind=playback"))).text
    assert events.count("event: status") == 1
    assert copy in events


async def test_deletion_covers_runs_of_every_kind(
    client: httpx.AsyncClient, library: Library, settings: Settings
) -> None:
    add_video(library, "ready")
    library.put(OBJECT, COPY)
    add_run(library, "talk")
    await client.post(PLAYBACK)
    assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
    assert (run_rows(library), library.objects(), jobs(library)) == ([], {}, [])
    async with live_status(settings) as live:
        assert await live.get("talk", "playback") is None
