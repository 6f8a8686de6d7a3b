"""A library that lost its database answers as before once it was adopted from the bucket."""

import hashlib
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.models.chapter import ChapterUpdate
from app.services.container import ApiContainer
from app.services.search.reindex import SearchBacklogProcessor, Step
from app.services.sidecars.adoption import Adoption
from app.services.sidecars.writer import SidecarWriter
from app.services.transcripts.store import TranscriptStore
from tests.api.support.moments import created
from tests.api.support.rows import EPOCH, add_row, video_path
from tests.api.support.runs import moments
from tests.api.support.transcripts import patch, texts
from tests.fixtures.library import Library

ADDRESSES = (
    "/api/videos?details=true",
    "/api/videos?details=true&sort=title&order=asc",
    "/api/tags",
    "/api/trash",
    "/api/moments",
    "/api/vocabulary",
    video_path("talk"),
    video_path("talk", "moments"),
    video_path("talk", "moments", "deleted"),
    video_path("talk", "transcript"),
    video_path("talk", "chapters"),
    video_path("talk", "exports"),
    video_path("lecture"),
    "/api/search?q=gravity&mode=words",
    "/api/search?q=harbor&mode=words",
)
TABLES = ("videos", "moment_marks", "transcript_changes", "chapters", "moment_feedback")
NUMBERED = ("id", "video_id")


@pytest.fixture
async def filled(
    store: TranscriptStore, client: httpx.AsyncClient, container: ApiContainer, library: Library
) -> Library:
    """Return a library with everything that users can decide about a video."""
    later = EPOCH + timedelta(days=1)  # the numbers of rows decide the order of equal times
    add_row(library, "lecture", relative_path="2024/lecture.mp4", channel="Physics", created_at=later)
    add_row(library, "trashed", title="Away")
    for name in ("talk", "lecture", "trashed"):
        library.put(f"videos/{name}/{name}.mp4", name.encode())
        statement = "UPDATE videos SET size_bytes = %s, md5 = %s WHERE identifier = %s"
        md5 = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        library.execute(statement, len(name), md5, name)
    await container.documents.moments.write("talk", moments())
    await container.rebuild_index("talk")
    await change(client, "PATCH", video_path("talk"), {"title": "Tides – “ebb”", "language": "en"})
    await change(client, "PATCH", video_path("talk"), {"tags": ["sea", "física"], "is_favorite": True})
    await change(client, "PUT", video_path("talk", "progress"), {"position": 12.5})
    await change(client, "PUT", "/api/vocabulary", {"terms": ["Kepler"]})
    assert (
        await patch(client, {"segments": [{"index": 1, "text": "The gravity pulls the water up."}]})
    ).is_success
    own = await created(client, start_time=10, end_time=14)
    removed = await created(client, start_time=20, end_time=25, title="Gone")
    await change(client, "PATCH", video_path("talk", "moments", own["id"]), {"rating": 4})
    await change(client, "DELETE", video_path("talk", "moments", removed["id"]))
    await container.chapters.replace("talk", [ChapterUpdate(start_time=0, title="Mine")])
    await change(client, "DELETE", video_path("trashed"))
    return library


async def change(client: httpx.AsyncClient, method: str, path: str, body: Any = None) -> None:
    response = await client.request(method, path, json=body)
    assert response.is_success, response.text


async def answers(client: httpx.AsyncClient) -> dict[str, Any]:
    found = {}
    for address in ADDRESSES:
        response = await client.get(address)
        assert response.status_code == 200, response.text
        found[address] = without_times(response.json())
    return found


def without_times(value: Any) -> Any:
    """Remove what changes from one request to the next."""
    if isinstance(value, dict):
        return {name: without_times(item) for name, item in value.items() if name not in {"as_of", "took_ms"}}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def rows(library: Library) -> dict[str, list[dict[str, Any]]]:
    found = {}
    with library.connection() as connection:
        for table in TABLES:
            lines = connection.execute(f"SELECT to_jsonb({table}) FROM {table}".encode()).fetchall()
            kept = [{name: v for name, v in line[0].items() if name not in NUMBERED} for line in lines]
            found[table] = sorted(kept, key=str)
    return found


def destroy(library: Library) -> None:
    """Delete all rows of all tables."""
    with library.connection() as connection:
        tables = connection.execute(
            "SELECT string_agg(relname, ', ') FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r' AND relname <> 'alembic_version'"
        ).fetchone()
        assert tables is not None
        connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY CASCADE".encode())


async def adopt(container: ApiContainer) -> None:
    report = await Adoption(container.settings, container.uploader).run()
    assert (report.adopted, report.failures) == (3, [])
    backlog = SearchBacklogProcessor(container.rebuild_index)
    while await backlog.process_next() is Step.INDEXED:
        pass
    assert backlog.failed == {}


async def test_a_destroyed_database_is_rebuilt(
    filled: Library, client: httpx.AsyncClient, container: ApiContainer
) -> None:
    writer = SidecarWriter(container.settings, container.uploader)
    await writer.write_due(quiet=timedelta(0))
    before, rows_before = await answers(client), rows(filled)
    assert len(before["/api/search?q=gravity&mode=words"]["hits"]) > 0
    destroy(filled)
    assert (await client.get("/api/videos")).json() == []

    await adopt(container)
    assert rows(filled) == rows_before
    assert await answers(client) == before

    # The undo of the correction survived, too.
    await change(client, "POST", video_path("talk", "transcript", "undo"))
    assert (await texts(client))[1] == "The mood pulls the water up."
