"""Links that `POST /api/generate_moments` refuses: buckets, results of the library, a full queue."""

import httpx
import pytest

from app.core.config import Settings
from tests.api.conftest import running
from tests.api.support.rows import add_row, problem
from tests.api.support.runs import add_run, jobs, run_rows
from tests.fixtures.library import Library

PATH = "/api/generate_moments"


async def ask(client: httpx.AsyncClient, link: str, **options: object) -> httpx.Response:
    return await client.post(PATH, json={"video_url": link, **options})


async def test_other_buckets_are_refused(client: httpx.AsyncClient, library: Library) -> None:
    """The server's credentials may read them; clients with the API key may not."""
    own = library.bucket
    for bucket in ("another-bucket", f"{own}x", own[:-1], f"{own}%2f", f"{own}@other", f"other@{own}", "*"):
        found = problem(await ask(client, f"gs://{bucket}/talk.mp4"), 422, "bucket-not-allowed")
        assert repr(bucket) in found["detail"]
        assert "GCS_SOURCE_BUCKETS" in found["remedy"]
        assert not found["retryable"]
    assert run_rows(library) == jobs(library) == []


async def test_results_in_the_bucket_are_refused(client: httpx.AsyncClient, library: Library) -> None:
    results = ("audio/a/a.wav", "clips/a/a.mp4", "transcripts/a.json", "moments/a.json")
    for name in (*results, "videos/a/a.json", "videos/library.json"):
        problem(await ask(client, f"gs://{library.bucket}/{name}"), 422, "bucket-not-allowed")
    assert run_rows(library) == []
    for name in ("videos/a/one.mp4", "incoming/two.mp4", "clips.mp4"):
        assert (await ask(client, f"gs://{library.bucket.upper()}/{name}")).status_code == 202


async def test_source_buckets_are_accepted(settings: Settings, library: Library) -> None:
    listed = settings.model_copy(update={"gcs_source_buckets": ["Partner-Bucket"]})
    async with running(listed) as client:
        found = await ask(client, "gs://partner-bucket/clips/talk.mp4")
        assert found.status_code == 202, found.text
        problem(await ask(client, "gs://partner/talk.mp4"), 422, "bucket-not-allowed")


async def test_forced_download_is_refused_too(client: httpx.AsyncClient, library: Library) -> None:
    """A video that came from such a bucket stays usable; only its download is refused."""
    link = "gs://another-bucket/talk.mp4"
    add_row(library, "talk", source_url=link)
    problem(await ask(client, link, force_download=True), 422, "bucket-not-allowed")
    found = await ask(client, link)
    assert (found.status_code, found.json()["download_required"]) == (202, False)


# The queue


@pytest.fixture
def short_queue(settings: Settings) -> Settings:
    return settings.model_copy(update={"pipeline_max_queued": 3})


async def test_full_queue_refuses_runs(short_queue: Settings, library: Library) -> None:
    for name in ("a", "b", "c", "d"):
        add_row(library, name)
    add_run(library, "a", status="processing")
    add_run(library, "d", status="failed")
    async with running(short_queue) as client:
        for name in ("b", "c"):
            assert (await client.post(PATH, json={"video_id": name})).status_code == 202
        refused = await client.post(PATH, json={"video_id": "d"})
        found = problem(refused, 429, "queue-full")
        assert found["retryable"]
        assert "3 runs" in found["detail"]
        assert "PIPELINE_MAX_QUEUED" in found["remedy"]
        assert int(refused.headers["retry-after"]) > 0
        problem(await client.post("/api/pipeline/d/retry"), 429, "queue-full")
        problem(await ask(client, "https://example.org/a-link.mp4"), 429, "queue-full")
        problem(await client.post(PATH, json={"video_id": "b"}), 409, "run-in-progress")
        problem(await client.post(PATH, json={"video_id": "x"}), 404, "video-not-found")
        assert len(jobs(library)) == 2
        assert (await client.post("/api/pipeline/b/cancel")).status_code == 202
        assert (await client.post("/api/pipeline/d/retry")).status_code == 202
