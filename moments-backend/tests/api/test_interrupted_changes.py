"""Changes of transcripts and chapters whose process is killed, or whose bucket stops responding."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

import httpx
import pytest

from app.core.concurrency import run_in_thread
from app.models.transcript_edit import TranscriptPatch
from app.services.container import ApiContainer
from app.services.search.reindex import SearchBacklogProcessor
from app.services.storage import timeouts
from app.services.transcripts import changing, document_writes
from app.services.transcripts.document_writes import DocumentWrites
from app.services.transcripts.store import TranscriptStore
from tests.api.support.rows import problem
from tests.api.support.transcripts import PATH, TALK, indexed, patch, texts
from tests.fixtures.library import Library

CHANGE: dict[str, Any] = {"segments": [{"index": 1, "text": "The moon pulls the water up."}]}
CHANGED = [
    TALK.segment_timestamps[0].text,
    "The moon pulls the water up.",
    TALK.segment_timestamps[2].text,
]
UNCHANGED = [segment.text for segment in TALK.segment_timestamps]


class Killed(BaseException):
    """Ends a change at the point where its process is killed."""


@pytest.fixture
def kill_before_commit(monkeypatch: pytest.MonkeyPatch, store: TranscriptStore) -> Callable[[], Any]:
    """Return a function that runs a change up to its commit: PostgreSQL rolls back, documents stay."""

    async def killed(_: object) -> NoReturn:
        raise Killed

    async def run() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(changing.TranscriptChange, "commit", killed)
            patched.setattr(DocumentWrites, "revert", lambda _: asyncio.sleep(0))
            with pytest.raises(Killed):
                await store.correct("talk", TranscriptPatch.model_validate(CHANGE))

    return run


def backlog(library: Library) -> int:
    with library.connection() as connection:
        row = connection.execute("SELECT count(*) FROM search_backlog").fetchone()
    assert row is not None
    return int(row[0])


async def test_killed_change_is_indexed_by_workers(
    client: httpx.AsyncClient,
    container: ApiContainer,
    library: Library,
    kill_before_commit: Callable[[], Any],
) -> None:
    assert backlog(library) == 0
    await kill_before_commit()
    assert await texts(client) == CHANGED
    assert indexed(library) == UNCHANGED
    assert backlog(library) == 1
    processor = SearchBacklogProcessor(container.rebuild_index)
    await processor.process_next()
    assert indexed(library) == await texts(client) == CHANGED
    assert backlog(library) == 0
    found = problem(await client.post(f"{PATH}/undo"), 409, "nothing-to-undo")
    assert "reset" in found["remedy"]
    assert (await client.delete(PATH)).status_code == 204
    assert await texts(client) == indexed(library) == UNCHANGED


async def test_completed_changes_leave_no_backlog(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library
) -> None:
    bodies = [{"segments": [{"index": number % 3, "text": f"New {number}."}]} for number in range(20)]
    answers = await asyncio.gather(*(patch(client, body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert (await client.post(f"{PATH}/undo")).status_code == 200
    assert (await client.delete(PATH)).status_code == 204
    assert backlog(library) == 0
    library.execute("INSERT INTO search_backlog SELECT id FROM videos")
    assert (await patch(client, CHANGE)).status_code == 200
    assert backlog(library) == 1  # moments and chapters are not indexed yet


async def test_workers_skip_a_video_that_changes(
    client: httpx.AsyncClient, container: ApiContainer, store: TranscriptStore, library: Library
) -> None:
    rebuilt: list[str] = []

    async def rebuild(video_id: str) -> None:
        rebuilt.append(video_id)

    processor = SearchBacklogProcessor(rebuild)
    async with changing.open_change("talk", container.documents, storage_timeout=None) as change:
        await change.write(TALK)
        assert backlog(library) == 1
        await processor.process_next()
    assert (backlog(library), rebuilt) == (0, [])


async def test_change_during_indexing_stays_in_the_backlog(
    container: ApiContainer, library: Library, kill_before_commit: Callable[[], Any]
) -> None:
    library.execute("INSERT INTO search_backlog SELECT id FROM videos")

    changes = [kill_before_commit]

    async def rebuild(video_id: str) -> None:
        await container.rebuild_index(video_id)
        if changes:
            await changes.pop()()

    processor = SearchBacklogProcessor(rebuild)
    await processor.process_next()
    assert (backlog(library), indexed(library)) == (1, UNCHANGED)
    await processor.process_next()
    assert (backlog(library), indexed(library)) == (0, CHANGED)


async def test_hanging_write_ends_in_time(
    client: httpx.AsyncClient,
    container: ApiContainer,
    store: TranscriptStore,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bucket stops responding after the documents were read; its threads cannot be cancelled."""
    responds = threading.Event()

    async def hang(*_: object, **__: object) -> None:
        await run_in_thread(responds.wait)

    started = time.monotonic()
    with monkeypatch.context() as patched:
        patched.setattr(timeouts, "REQUEST_TIMEOUT_SECONDS", 0.3)
        patched.setattr(document_writes, "REVERT_SECONDS", 0.3)
        patched.setattr(container.uploader, "store", hang)
        try:
            for answer in (
                await patch(client, CHANGE),
                await client.put("/api/videos/talk/chapters", json=[{"start_time": 0, "title": "a"}]),
            ):
                assert "0.3 seconds" in problem(answer, 503, "storage-unavailable")["detail"]
        finally:
            responds.set()
    assert time.monotonic() - started < 5
    assert await texts(client) == indexed(library) == UNCHANGED
    assert (await client.get("/api/videos/talk/chapters")).json() == []
    assert (await patch(client, CHANGE)).status_code == 200
