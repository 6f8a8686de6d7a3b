"""`POST /api/pipeline/{video_id}/cancel` and `…/retry`."""

import asyncio
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.database.session import transaction
from app.repositories import pipeline_run_repository
from tests.api.support.rows import add_row, problem, seconds
from tests.api.support.runs import TOKEN, add_run, jobs, live_status, pipeline_path, run_rows
from tests.fixtures.library import Library

ERROR = {"type": "model-unavailable", "title": "t", "detail": "d", "remedy": None, "retryable": True}
STAGES: dict[str, Any] = {
    "video_download": {"status": "skipped", "reason": "it is here"},
    "audio_extraction": {"status": "completed", "percent": 100.0, "attempts": 1},
    "transcription": {"status": "failed", "percent": 40.0, "attempts": 3, "error": ERROR},
}


async def post(client: httpx.AsyncClient, action: str, video_id: str = "talk") -> httpx.Response:
    return await client.post(pipeline_path(video_id, action))


async def submit(client: httpx.AsyncClient, library: Library) -> str:
    add_row(library, "talk")
    answer = await client.post("/api/generate_moments", json={"video_id": "talk"})
    return str(answer.raise_for_status().json()["request_id"])


def assign_to_worker(library: Library) -> None:
    """Take the only job, as a worker does."""
    library.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    library.execute("UPDATE pipeline_runs SET status = 'processing', token = %s", TOKEN)


async def test_queued_run_is_cancelled_at_once(
    client: httpx.AsyncClient, library: Library, settings: Settings
) -> None:
    request_id = await submit(client, library)
    response = await post(client, "cancel")
    assert response.status_code == 202
    assert (response.json()["request_id"], response.json()["status"]) == (request_id, "cancelled")
    assert response.json()["finished_at"]
    assert jobs(library) == []
    async with live_status(settings) as live:
        shown = await live.get("talk")
        assert shown is not None
        assert shown.status == "cancelled"
        assert [run.request_id for run in await live.history("talk")] == [request_id]
    problem(await post(client, "cancel"), 409, "run-state")
    # No worker starts it.
    async with transaction() as session:
        assert await pipeline_run_repository.claim(session, request_id, TOKEN) is None


async def test_active_run_gets_a_cancel_request(client: httpx.AsyncClient, library: Library) -> None:
    await submit(client, library)
    assign_to_worker(library)
    for _ in range(2):  # a repeated request changes nothing
        response = await post(client, "cancel")
        assert (response.status_code, response.json()["status"]) == (202, "processing")
    (row,) = run_rows(library)
    assert (row["status"], row["cancel_requested"]) == ("processing", True)
    with library.connection() as connection:
        (asked,) = connection.execute("SELECT abort_requested FROM procrastinate_jobs").fetchall()
    assert asked == (True,)


async def test_run_without_job_is_cancelled_at_once(client: httpx.AsyncClient, library: Library) -> None:
    add_run(library, "talk", status="processing", token=TOKEN, job_id=None)
    assert (await post(client, "cancel")).json()["status"] == "cancelled"


async def test_finished_run_cannot_be_cancelled(client: httpx.AsyncClient, library: Library) -> None:
    for status in ("completed", "failed", "cancelled"):
        add_run(library, status, status=status)
        assert status in problem(await post(client, "cancel", status), 409, "run-state")["detail"]
    assert {row["status"] for row in run_rows(library)} == {"completed", "failed", "cancelled"}


async def test_concurrent_cancels_succeed_once(client: httpx.AsyncClient, library: Library) -> None:
    await submit(client, library)
    answers = await asyncio.gather(*(post(client, "cancel") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]


async def test_retry_resumes_at_the_failed_stage(
    client: httpx.AsyncClient, library: Library, settings: Settings
) -> None:
    for status in ("failed", "cancelled"):
        request_id = add_run(
            library,
            status,
            status=status,
            stages=STAGES,
            error=ERROR,
            options={"max_moments": 3},
            finished_at=seconds(9),
            token=TOKEN,
            takeovers=5,
            cancel_requested=True,
        )
        response = await post(client, "retry", status)
        assert response.status_code == 202
        state = response.json()
        assert (state["request_id"], state["status"]) == (request_id, "queued")
        assert state["error"] is state["finished_at"] is state["current_stage"] is None
        assert state["options"]["max_moments"] == 3
        stages = {name: stage["status"] for name, stage in state["stages"].items()}
        assert stages.pop("video_download") == "skipped"
        assert stages.pop("audio_extraction") == "completed"
        assert set(stages.values()) == {"pending"}
        (row,) = (row for row in run_rows(library) if row["request_id"] == request_id)
        assert (row["token"], row["takeovers"], row["cancel_requested"]) == (None, 0, False)
        assert {"request_id": request_id} in [job["args"] for job in jobs(library)]
        async with live_status(settings) as live:
            shown = await live.get(status)
            assert shown is not None
            assert shown.status == "queued"
        # The previous worker no longer saves anything.
        async with transaction() as session:
            assert not await pipeline_run_repository.save(session, request_id, TOKEN, status="completed")


async def test_active_or_completed_run_cannot_be_retried(client: httpx.AsyncClient, library: Library) -> None:
    for status in ("queued", "processing"):
        request_id = add_run(library, status, status=status)
        assert request_id in problem(await post(client, "retry", status), 409, "run-in-progress")["detail"]
    add_run(library, "completed", status="completed")
    found = problem(await post(client, "retry", "completed"), 409, "run-state")
    assert "generate_moments" in found["remedy"]
    assert jobs(library) == []


async def test_latest_run_is_retried(client: httpx.AsyncClient, library: Library) -> None:
    add_run(library, "talk", status="failed")
    add_run(library, "talk", status="completed", created_at=seconds(1))
    problem(await post(client, "retry"), 409, "run-state")
    last = add_run(library, "talk", status="cancelled", created_at=seconds(2))
    assert (await post(client, "retry")).json()["request_id"] == last


async def test_concurrent_retries_succeed_once(client: httpx.AsyncClient, library: Library) -> None:
    request_id = add_run(library, "talk", status="failed")
    answers = await asyncio.gather(*(post(client, "retry") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]
    assert [job["args"] for job in jobs(library)] == [{"request_id": request_id}]


@pytest.mark.slow
async def test_concurrent_retry_and_new_run(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    add_run(library, "talk", status="failed")
    for _ in range(5):
        both = await asyncio.gather(
            post(client, "retry"), client.post("/api/generate_moments", json={"video_id": "talk"})
        )
        assert sorted(answer.status_code for answer in both) == [202, 409]
        (active,) = [row["request_id"] for row in run_rows(library) if row["status"] == "queued"]
        assert [job["args"] for job in jobs(library)] == [{"request_id": active}]
        assert (await post(client, "cancel")).status_code == 202


async def test_cancel_retry_cancel(client: httpx.AsyncClient, library: Library) -> None:
    request_id = await submit(client, library)
    for _ in range(3):
        assert (await post(client, "cancel")).json()["status"] == "cancelled"
        assert (await post(client, "retry")).json()["status"] == "queued"
    (row,) = run_rows(library)
    assert [(job["id"], job["args"]) for job in jobs(library)] == [
        (row["job_id"], {"request_id": request_id})
    ]


async def test_video_without_runs_is_404(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    for action in ("cancel", "retry"):
        problem(await post(client, action), 404, "no-run")
        problem(await post(client, action, "x" * 300), 404, "no-run")
        problem(await post(client, action, "a\0b"), 422, "invalid-request")


async def test_names_with_special_characters(client: httpx.AsyncClient, library: Library) -> None:
    for name in ("50% of #1?", "été – 講演", "two\nlines"):
        add_row(library, name)
        asked = await client.post("/api/generate_moments", json={"video_id": name})
        assert asked.status_code == 202
        assert (await post(client, "cancel", name)).json()["video_id"] == name
        assert (await post(client, "retry", name)).json()["status"] == "queued"
