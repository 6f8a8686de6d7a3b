"""Chapters: sources in order, edits, conflicts and exports."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb

from app.core.config import Settings
from app.database.session import transaction
from app.models.chapter import MAX_CHAPTERS, Chapter
from app.repositories import video_db_repository
from app.services.chapters.service import ChapterService
from app.services.storage.gcs_uploader import GCSUploader
from tests.api.support.rows import add_row, problem, video_path
from tests.fixtures.library import Library

PATH = video_path("talk", "chapters")
TOPICS = [
    Chapter(start_time=0, end_time=40, title="The wall"),
    Chapter(start_time=40, end_time=100, title="The <moon> & more"),
]
STATED = [
    {"start_seconds": 50.0, "title": "Second"},
    {"start_seconds": 10.0, "end_seconds": 30.0, "title": None},
    {"start_seconds": 500.0, "title": "After the end"},
]


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[ChapterService]:
    """The service as a worker uses it."""
    uploader = GCSUploader(settings)
    yield ChapterService(settings, uploader)
    await uploader.close()


@pytest.fixture
def talk(library: Library) -> Library:
    add_row(library, "talk", duration_seconds=100.0)
    return library


def indexed(library: Library) -> list[tuple[Any, ...]]:
    with library.connection() as connection:
        return connection.execute(
            "SELECT start_time, end_time, title, source FROM chapters ORDER BY number"
        ).fetchall()


async def shown(client: httpx.AsyncClient) -> list[tuple[Any, ...]]:
    response = await client.get(PATH)
    assert response.status_code == 200, response.text
    return [(item["start_time"], item["end_time"], item["title"], item["source"]) for item in response.json()]


def chapter(start: float, title: str = "Title", **fields: Any) -> dict[str, Any]:
    return {"start_time": start, "title": title, **fields}


async def test_precedence_of_the_sources(
    client: httpx.AsyncClient, talk: Library, service: ChapterService
) -> None:
    assert await shown(client) == []
    await service.record_topics("talk", TOPICS)
    topics = [(0, 40, "The wall", "topics"), (40, 100, "The <moon> & more", "topics")]
    assert await shown(client) == topics == indexed(talk)

    for source in ("file", "site"):
        talk.execute("UPDATE videos SET media = %s", Jsonb({"chapters": STATED, "chapters_source": source}))
        stated = [(10, 30, "Chapter 1", source), (50, 100, "Second", source)]
        assert await shown(client) == stated

    response = await client.put(PATH, json=[chapter(5, " Mine "), chapter(20, end_time=30)])
    mine = [(5, 20, "Mine", "user"), (20, 30, "Title", "user")]
    assert response.status_code == 200
    assert await shown(client) == mine == indexed(talk)
    await service.record_topics("talk", TOPICS[:1])
    assert await shown(client) == mine

    reset = await client.delete(PATH)
    assert [item["source"] for item in reset.json()] == ["site", "site"]
    assert await shown(client) == stated == indexed(talk)


async def test_empty_list_is_kept_until_reset(
    client: httpx.AsyncClient, talk: Library, service: ChapterService
) -> None:
    await service.record_topics("talk", TOPICS)
    assert (await client.put(PATH, json=[])).json() == []
    assert await shown(client) == indexed(talk) == []
    assert len((await client.delete(PATH)).json()) == 2


BAD_LISTS: dict[str, object] = {
    "no list": {"start_time": 0, "title": "T"},
    "no title": [{"start_time": 0}],
    "empty title": [chapter(0, " \t ")],
    "two lines": [chapter(0, "a\nb")],
    "NUL": [chapter(0, "a\0b")],
    "long title": [chapter(0, "x" * 201)],
    "negative start": [chapter(-1)],
    "infinite start": [chapter(1e999)],
    "start after the end": [chapter(100)],
    "end after the end": [chapter(0, end_time=101)],
    "end before the start": [chapter(10, end_time=10)],
    "not in order": [chapter(10), chapter(5)],
    "same start": [chapter(10), chapter(10.0001)],
    "overlap": [chapter(0, end_time=20), chapter(10)],
    "too many": [chapter(number / 10) for number in range(MAX_CHAPTERS + 1)],
    "unknown field": [chapter(0, color="red")],
}


async def test_invalid_lists_are_rejected(client: httpx.AsyncClient, talk: Library) -> None:
    for name, body in BAD_LISTS.items():
        content = json.dumps(body)  # `1e999` becomes Infinity, which Python's parser accepts
        response = await client.put(PATH, content=content, headers={"Content-Type": "application/json"})
        assert problem(response, 422, "invalid-request")["detail"], name
    assert await shown(client) == indexed(talk) == []


async def test_change_of_an_older_list_is_a_conflict(
    client: httpx.AsyncClient, talk: Library, service: ChapterService
) -> None:
    first = await client.get(PATH)
    etag = first.headers["etag"]
    saved = await client.put(PATH, json=[chapter(1)], headers={"If-Match": etag})
    assert saved.headers["etag"] != etag
    for method in ("PUT", "DELETE"):
        body = [chapter(2)] if method == "PUT" else None
        late = await client.request(method, PATH, headers={"If-Match": etag}, json=body)
        assert problem(late, 409, "chapters-changed")["remedy"]
    assert await shown(client) == [(1, 100, "Title", "user")]
    weak = f'"other", W/{saved.headers["etag"]}'
    assert (await client.put(PATH, json=saved.json(), headers={"If-Match": weak})).json() == saved.json()
    assert (await client.delete(PATH, headers={"If-Match": "*"})).json() == []


async def test_exports(client: httpx.AsyncClient, talk: Library, service: ChapterService) -> None:
    empty = await client.get(video_path("talk", "chapters.vtt"))
    assert empty.text == "WEBVTT\n"
    await service.record_topics("talk", [TOPICS[0].model_copy(update={"start_time": 5.0}), TOPICS[1]])
    vtt = await client.get(video_path("talk", "chapters.vtt"))
    assert vtt.headers["content-type"] == "text/vtt; charset=utf-8"
    assert vtt.text == (
        "WEBVTT\n\n1\n00:00:05.000 --> 00:00:40.000\nThe wall\n\n"
        "2\n00:00:40.000 --> 00:01:40.000\nThe &lt;moon&gt; &amp; more\n"
    )


async def test_youtube_list(client: httpx.AsyncClient, talk: Library, service: ChapterService) -> None:
    await service.record_topics("talk", [TOPICS[0].model_copy(update={"start_time": 5.0}), TOPICS[1]])
    answer = problem(await client.get(video_path("talk", "chapters.txt")), 409, "too-few-chapters")
    assert "2 chapters" in answer["detail"]
    await client.put(PATH, json=[chapter(12, "The wall"), chapter(40, "The <moon> & more")])
    text = await client.get(video_path("talk", "chapters.txt"))
    assert text.text == "00:00 Start\n00:12 The wall\n00:40 The <moon> & more\n"


async def test_unknown_video_is_404(client: httpx.AsyncClient, library: Library) -> None:
    for name in ("nobody", "x" * 300, "a\nb", "é" * 600):
        path = video_path(name, "chapters")
        for response in (
            await client.get(path),
            await client.get(f"{path}.vtt"),
            await client.put(path, json=[]),
            await client.delete(path),
        ):
            problem(response, 404, "video-not-found")


async def test_documents_are_the_record(
    client: httpx.AsyncClient, talk: Library, settings: Settings, service: ChapterService
) -> None:
    """Another machine reads the copy in the bucket, and the index is rebuilt from the documents."""
    await client.put(PATH, json=[chapter(0, "Kept")])
    before = indexed(talk)
    (settings.chapters_dir / "talk.json").unlink()
    assert await shown(client) == before
    talk.execute("DELETE FROM chapters")
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, "talk")
        assert video is not None
        await service.reindex(session, video)
    assert indexed(talk) == before

    permanently = {"permanent": True}
    assert (await client.delete(video_path("talk"), params=permanently)).status_code == 204
    assert not list(settings.chapters_dir.glob("*"))
    assert [name for name in talk.objects() if name.startswith("chapters/")] == []
    assert indexed(talk) == []


async def test_failed_write_changes_nothing(
    client: httpx.AsyncClient, talk: Library, settings: Settings
) -> None:
    """A document that cannot be written leaves the index and the earlier document."""
    await client.put(PATH, json=[chapter(0, "Kept")])
    path = settings.chapters_dir / "talk.json"
    path.unlink()
    path.mkdir()
    response = await client.put(PATH, json=[chapter(0, "Lost")])
    assert response.status_code == 503, response.text
    path.rmdir()
    assert await shown(client) == indexed(talk) == [(0, 100, "Kept", "user")]
