"""Filters of the list by properties, state, location and time; the trash; orders by size and title."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.api.params.cursor import encode_values
from tests.api.support.rows import add_row, add_transcript, problem, seconds
from tests.fixtures.library import Library

ADDED = datetime(2026, 2, 8, 10, tzinfo=UTC)
NAMES = ["english", "german", "silent", "broken", "trashed"]


def add_run(library: Library, name: str, status: str, at: int, kind: str = "moments") -> None:
    library.execute(
        "INSERT INTO pipeline_runs (request_id, video_identifier, options, status, stages, kind, created_at)"
        " VALUES (%s, %s, '{}', %s, '{}', %s, %s)",
        f"{at:032}",
        name,
        status,
        kind,
        seconds(at),
    )


@pytest.fixture
def videos(library: Library) -> Library:
    """Insert five videos, newest first; the last one is in the trash."""
    columns: list[dict[str, Any]] = [
        {"size_bytes": 100, "relative_path": "a/english.mp4"},
        {"size_bytes": 2**40, "language": "de", "playback_state": "needed"},
        {"size_bytes": 5, "relative_path": "silent.mp4", "playback_state": "original"},
        {"verification_error": "missing-object: gone", "relative_path": "broken.mp4"},
        {"deleted_at": ADDED, "relative_path": "trashed.mp4", "channel": "c", "tags": ["t"], "size_bytes": 7},
    ]
    for number, (name, values) in enumerate(zip(NAMES, columns, strict=True)):
        add_row(library, name, created_at=seconds(-number * 86400), **values)
    (library.folder / "a").mkdir()
    for path in ("a/english.mp4", "broken.mp4", "trashed.mp4"):
        (library.folder / path).touch()
    add_transcript(library, "english", "en", "Hello there.")
    add_transcript(library, "german", "en", "Guten Tag.")
    add_transcript(library, "silent", "fr")
    add_run(library, "english", "failed", 1)
    add_run(library, "english", "processing", 2, "playback")
    add_run(library, "german", "failed", 3)
    add_run(library, "german", "completed", 4)
    add_run(library, "silent", "failed", 5)
    return library


async def ids(client: httpx.AsyncClient, **parameters: Any) -> list[str]:
    response = await client.get("/api/videos", params=parameters | {"limit": 10, "count": True})
    assert response.status_code == 200, response.text
    found = [video["id"] for video in response.json()]
    assert int(response.headers["x-total-count"]) == len(found)
    return found


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, NAMES[:4]),
        ({"language": "de"}, ["german"]),
        ({"language": "English"}, ["english"]),
        ({"language": "fr"}, ["silent"]),
        ({"has_speech": "true"}, ["english", "german"]),
        ({"has_speech": "false"}, ["silent"]),
        ({"state": "processing"}, ["english"]),
        ({"state": "failed"}, ["english", "silent"]),
        ({"state": "no_transcript"}, ["broken"]),
        ({"state": "no_playback"}, ["german"]),
        ({"state": "damaged"}, ["broken"]),
        ({"location": "both"}, ["english"]),
        ({"location": "local"}, ["broken"]),
        ({"location": "bucket"}, ["german", "silent"]),
        ({"min_size": "100"}, ["english", "german"]),
        ({"max_size": "100"}, ["english", "silent"]),
        ({"min_size": "6", "max_size": str(2**63 - 1), "location": "bucket"}, ["german"]),
        ({"added_from": "2026-02-07"}, ["english", "german"]),
        ({"added_to": "2026-02-06"}, ["silent", "broken"]),
        ({"added_from": "2026-02-06", "added_to": "2026-02-07"}, ["german", "silent"]),
        ({"added_to": "9999-12-31"}, NAMES[:4]),
        ({"added_from": "0001-01-01T00:00:00+14:00", "folder": "a"}, ["english"]),
        ({"added_to": "9999-12-31T23:59:59.999999-14:00", "folder": "a"}, ["english"]),
        ({"folder": "a"}, ["english"]),
        ({"folder": ""}, NAMES[:4]),
        ({"q": "trashed"}, []),
        ({"tag": "t"}, []),
        ({"sort": "size_bytes"}, ["german", "english", "silent", "broken"]),
        ({"q": " ".join(["e"] * 30 + list("english"))}, ["english"]),
    ],
    ids=str,
)
async def test_filters(
    client: httpx.AsyncClient, videos: Library, parameters: dict[str, str], expected: list[str]
) -> None:
    assert await ids(client, **parameters) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("language", "klingonese"),
        ("language", "x" * 10_000),
        ("state", "fine"),
        ("location", "nowhere"),
        ("watched", "maybe"),
        ("favorite", "2"),
        ("min_size", "-1"),
        ("max_size", str(2**63)),
        ("min_size", "1.5"),
        ("added_from", "0000-01-01"),
        ("added_to", "2024"),
        ("has_speech", ""),
        ("folder", "a\0"),
    ],
)
async def test_invalid_filter_is_named(client: httpx.AsyncClient, name: str, value: str) -> None:
    for path, others in (("/api/videos", {}), ("/api/search", {"q": "a"})):
        answer = await client.get(path, params=others | {name: value})
        errors = problem(answer, 422, "invalid-request")["errors"]
        assert {tuple(error["location"][:2]) for error in errors} == {("query", name)}


async def test_trash_is_not_in_the_facets(client: httpx.AsyncClient, videos: Library) -> None:
    assert (await client.get("/api/facets")).json() == {
        "channels": [],
        "folders": [{"value": "a", "count": 1, "total": 1}],
        "tags": [],
        "languages": [
            {"value": "de", "count": 1},
            {"value": "en", "count": 1},
            {"value": "fr", "count": 1},
        ],
    }


async def test_trash_is_not_searched(client: httpx.AsyncClient, videos: Library) -> None:
    videos.execute("UPDATE videos SET title = 'secret' WHERE identifier IN ('trashed', 'silent')")
    add_transcript(videos, "trashed", "en", "A secret.")
    videos.execute(
        "INSERT INTO chapters (video_id, number, start_time, end_time, title, source)"
        " SELECT id, 0, 0, 1, 'secret', 'user' FROM videos WHERE identifier = 'trashed'"
    )
    videos.execute("UPDATE videos SET tags = '{secret}' WHERE identifier = 'trashed'")
    for parameters in ({}, {"min_size": "1"}):
        asked = {"q": "secret", "mode": "words"} | parameters
        hits = (await client.get("/api/search", params=asked)).json()["hits"]
        assert [(hit["video"]["id"], hit["kind"]) for hit in hits] == [("silent", "title")]


async def test_titles_are_in_natural_order(client: httpx.AsyncClient, library: Library) -> None:
    for name in ("clip-100", "Clip 2", "clip_1", "CLIP 10", "Éclair", "Zebra"):
        add_row(library, name)
    add_row(library, "clip", title="Clip 9 and a half")
    expected = ["clip_1", "Clip 2", "clip", "CLIP 10", "clip-100", "Éclair", "Zebra"]
    for order, names in (("asc", expected), ("desc", expected[::-1])):
        url, found = f"/api/videos?sort=title&order={order}&limit=2", []
        while url:
            page = await client.get(url)
            found += [video["id"] for video in page.raise_for_status().json()]
            url = page.links.get("next", {}).get("url", "")
        assert found == names


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("title", "clip 2"),
        ("title", "x" * 10_000),
        ("size_bytes", "-1"),
        ("size_bytes", "-2"),
        ("size_bytes", str(2**63)),
        ("size_bytes", "1e3"),
        ("last_watched_at", "-infinity"),
        ("last_watched_at", "2024-01-31"),
        ("last_watched_at", "0001-01-01T00:00:00+23:59"),
        ("recorded_at", "9999-12-31T23:59:59-23:59"),
    ],
)
async def test_cursors_never_fail(client: httpx.AsyncClient, videos: Library, sort: str, key: str) -> None:
    for order in ("asc", "desc"):
        cursor = encode_values(sort, order, key, 1)
        answer = await client.get("/api/videos", params={"sort": sort, "order": order, "cursor": cursor})
        assert answer.status_code in {200, 422}, answer.text
