"""Chapters: sources in order, edits, conflicts and exports."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb

from app.core.config import Settings
from app.models.chapter import MAX_CHAPTERS, Chapter
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
