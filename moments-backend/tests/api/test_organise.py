"""Tags, favourites, watch progress and saved views."""

import unicodedata
from typing import Any

import httpx
import pytest

from tests.api.support.rows import add_row, problem, seconds, video_path
from tests.fixtures.library import Library

BAD_TAGS: list[tuple[str, Any]] = [
    ("long", ["x" * 10_000]),
    ("101 characters", ["é" * 101]),
    ("empty", [""]),
    ("blank", [" \t "]),
    ("NUL", ["a\0b"]),
    ("newline", ["a\nb"]),
    ("surrogate", ["\ud800"]),
    ("override", ["a\u202eb"]),
    ("many", [str(number) for number in range(101)]),
    ("null", None),
    ("text", "physics"),
    ("number", [1]),
]


@pytest.fixture
def videos(library: Library) -> Library:
    """Insert four videos, newest first."""
    for number, name in enumerate(("one", "two", "three", "four")):
        add_row(library, name, created_at=seconds(-number), duration_seconds=100.0)
    return library


async def change(client: httpx.AsyncClient, name: str, **changes: Any) -> dict[str, Any]:
    response = await client.patch(video_path(name), json=changes)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def ids(client: httpx.AsyncClient, **parameters: Any) -> list[str]:
    response = await client.get("/api/videos", params=parameters)
    assert response.status_code == 200, response.text
    return [video["id"] for video in response.json()]


async def counts(client: httpx.AsyncClient) -> dict[str, int]:
    return {tag["name"]: tag["count"] for tag in (await client.get("/api/tags")).json()}


async def test_tags_are_normalised(client: httpx.AsyncClient, videos: Library) -> None:
    decomposed = unicodedata.normalize("NFD", "Études")
    sent = ["  Week  10 ", decomposed, "week 10", "physics", "ÉTUDES", "a/b ?#%"]
    expected = ["Week 10", "Études", "physics", "a/b ?#%"]
    assert (await change(client, "one", tags=sent))["tags"] == expected
    (shown,) = (await client.get("/api/videos?details=true&q=one")).json()
    assert (shown["tags"], shown["is_favorite"]) == (expected, False)
    assert (await change(client, "one", tags=[]))["tags"] == []


async def test_tags_get_the_spelling_of_the_library(client: httpx.AsyncClient, videos: Library) -> None:
    await change(client, "one", tags=["Physics"])
    assert (await change(client, "two", tags=["physics", "PHYSICS"]))["tags"] == ["Physics"]
    await change(client, "two", tags=[])
    # The only video with a tag may change its spelling.
    assert (await change(client, "one", tags=["physics"]))["tags"] == ["physics"]


@pytest.mark.parametrize("tags", [tags for _, tags in BAD_TAGS], ids=[name for name, _ in BAD_TAGS])
async def test_invalid_tags_are_422(client: httpx.AsyncClient, videos: Library, tags: Any) -> None:
    body = '{"tags": ["\\ud800"]}' if tags == ["\ud800"] else None
    sent = {"json": {"tags": tags}} if body is None else {"content": body}
    headers = {"content-type": "application/json"}
    response = await client.patch(video_path("one"), headers=headers, **sent)
    problem(response, 422, "invalid-request")
    assert await counts(client) == {}


async def test_filter_by_tags_needs_all(client: httpx.AsyncClient, videos: Library) -> None:
    await change(client, "one", tags=["a", "b"])
    await change(client, "two", tags=["b"], is_favorite=True)
    assert await ids(client, tag="b") == ["one", "two"]
    assert await ids(client, tag=["a", "b"]) == ["one"]
    assert await ids(client, tag=["a", "c"]) == []
    assert await ids(client, favorite="true") == ["two"]
    assert await ids(client, favorite="false", tag="b") == ["one"]
    assert await ids(client, q="B two") == ["two"]
    for value in ("x" * 10_000, "a\0", " "):
        problem(await client.get("/api/videos", params={"tag": value}), 422, "invalid-request")
    many = {"tag": [str(number) for number in range(21)]}
    problem(await client.get("/api/videos", params=many), 422, "invalid-request")


async def test_tags_are_counted_in_natural_order(client: httpx.AsyncClient, videos: Library) -> None:
    await change(client, "one", tags=["Week 10", "Week 2"])
    await change(client, "two", tags=["Week 10", "alpha"])
    await change(client, "three", tags=["Week 10"])
    videos.execute("UPDATE videos SET deleted_at = now() WHERE identifier = 'three'")
    assert list((await counts(client)).items()) == [("alpha", 1), ("Week 2", 1), ("Week 10", 2)]


async def test_rename_changes_all_videos(client: httpx.AsyncClient, videos: Library) -> None:
    await change(client, "one", tags=["x", "old", "y"])
    await change(client, "two", tags=["old"])
    videos.execute("UPDATE videos SET deleted_at = now() WHERE identifier = 'two'")
    answer = await client.patch("/api/tags/OLD", json={"name": "new/name"})
    assert (answer.status_code, answer.json()) == (200, {"name": "new/name", "count": 1})
    rows = videos.rows()
    assert (rows["one"]["tags"], rows["two"]["tags"]) == (["x", "new/name", "y"], ["new/name"])
    renamed = await client.patch("/api/tags/new%2Fname", json={"name": "New/Name"})
    assert renamed.json()["name"] == "New/Name"
    assert await counts(client) == {"x": 1, "y": 1, "New/Name": 1}


async def test_rename_to_an_existing_tag_merges(client: httpx.AsyncClient, videos: Library) -> None:
    await change(client, "one", tags=["b", "x", "A"])
    await change(client, "two", tags=["b"])
    answer = await client.patch("/api/tags/b", json={"name": "a"})
    assert answer.json() == {"name": "a", "count": 2}
    rows = videos.rows()
    assert (rows["one"]["tags"], rows["two"]["tags"]) == (["a", "x"], ["a"])


async def test_deleted_tag_leaves_all_videos(client: httpx.AsyncClient, videos: Library) -> None:
    await change(client, "one", tags=["keep", "drop"])
    await change(client, "two", tags=["drop"])
    assert (await client.delete("/api/tags/Drop")).status_code == 204
    assert await counts(client) == {"keep": 1}
    problem(await client.delete("/api/tags/drop"), 404, "tag-not-found")
    problem(await client.patch("/api/tags/drop", json={"name": "x"}), 404, "tag-not-found")
    problem(await client.patch("/api/tags/keep", json={"name": "\n"}), 422, "invalid-request")
    problem(await client.delete("/api/tags/%00"), 422, "invalid-request")


async def save(client: httpx.AsyncClient, name: str, position: Any) -> dict[str, Any]:
    response = await client.put(video_path(name, "progress"), json={"position": position})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_progress_is_saved_until_the_end(client: httpx.AsyncClient, videos: Library) -> None:
    saved = await save(client, "one", 42.5)
    assert saved["watch_position"] == 42.5
    shown = (await client.get(video_path("one"))).json()
    assert {name: shown[name] for name in saved} == saved
    assert (await save(client, "two", 97))["watch_position"] is None
    assert await ids(client, watched="in_progress") == ["one"]
    assert await ids(client, watched="finished") == ["two"]
    assert await ids(client, watched="never") == ["three", "four"]
    await save(client, "three", 0)
    assert await ids(client, watched="in_progress", sort="last_watched_at") == ["three", "one"]
    assert await save(client, "three", None) == {"watch_position": None, "last_watched_at": None}
    assert await ids(client, sort="last_watched_at", order="asc") == ["three", "four", "one", "two"]


async def test_progress_is_not_audited(client: httpx.AsyncClient, videos: Library) -> None:
    await save(client, "one", 5)
    await change(client, "one", is_favorite=True)
    entries = (await client.get("/api/audit")).json()
    assert [entry["action"] for entry in entries] == ["video.update"]


@pytest.mark.parametrize("position", ["NaN", "Infinity", "-1", "1e9", '"5"x', "{}", "[1]"])
async def test_invalid_progress_is_422(client: httpx.AsyncClient, videos: Library, position: str) -> None:
    content = f'{{"position": {position}}}'
    headers = {"content-type": "application/json"}
    response = await client.put(video_path("one", "progress"), content=content, headers=headers)
    problem(response, 422, "invalid-request")


async def test_progress_of_a_deleted_video_is_404(client: httpx.AsyncClient, videos: Library) -> None:
    videos.execute("UPDATE videos SET deleted_at = now() WHERE identifier = 'one'")
    for name in ("one", "missing"):
        response = await client.put(video_path(name, "progress"), json={"position": 1})
        problem(response, 404, "video-not-found")


QUERY = {"q": "talk", "tag": ["b", "a"], "sort": "title", "recorded_from": "2024-01-31", "favorite": True}


async def create(client: httpx.AsyncClient, name: str, query: Any) -> dict[str, Any]:
    response = await client.post("/api/views", json={"name": name, "query": query})
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_views_are_created_changed_and_deleted(client: httpx.AsyncClient, library: Library) -> None:
    first = await create(client, " View  10 ", QUERY)
    assert (first["name"], first["query"], first["problems"]) == ("View 10", QUERY, [])
    second = await create(client, "View 2", {"tag": "one", "watched": "never"})
    assert second["query"] == {"tag": ["one"], "watched": "never"}
    assert (await client.get("/api/views")).json() == [second, first]
    path = f"/api/views/{first['id']}"
    renamed = (await client.patch(path, json={"name": "Later", "query": {}})).json()
    assert (renamed["name"], renamed["query"]) == ("Later", {})
    problem(await client.patch(path, json={"name": "View 2"}), 409, "view-exists")
    problem(await client.post("/api/views", json={"name": "Later", "query": {}}), 409, "view-exists")
    assert (await client.delete(path)).status_code == 204
    problem(await client.delete(path), 404, "view-not-found")
    problem(await client.patch(path, json={"name": "x"}), 404, "view-not-found")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": 5}, ["limit"]),
        ({"colour": "red", "cursor": "x"}, ["colour", "cursor"]),
        ({"sort": "identifier", "min_duration": "-1"}, ["min_duration", "sort"]),
        ({"tag": ["x" * 10_000]}, ["tag"]),
        ({"q": "a\0"}, ["q"]),
        ({"recorded_from": "2024"}, ["recorded_from"]),
        ({"favorite": {"deep": []}}, ["favorite"]),
    ],
    ids=str,
)
async def test_invalid_parameters_of_a_view_are_named(
    client: httpx.AsyncClient, query: dict[str, Any], named: list[str]
) -> None:
    response = await client.post("/api/views", json={"name": "x", "query": query})
    errors = problem(response, 422, "invalid-request")["errors"]
    assert sorted({error["location"][2] for error in errors}) == named


async def test_outdated_parameters_of_a_view_are_named(client: httpx.AsyncClient, library: Library) -> None:
    view = await create(client, "old", {"q": "talk"})
    library.execute("""UPDATE saved_views SET query = '{"q": "talk", "sort": "gone", "shade": 1}'""")
    (shown,) = (await client.get("/api/views")).json()
    assert shown["id"] == view["id"]
    assert [problem["location"] for problem in shown["problems"]] == [["shade"], ["sort"]]


async def test_tags_are_found_by_the_search(client: httpx.AsyncClient, videos: Library) -> None:
    await change(client, "one", tags=["Linear algebra", "maths"])
    await change(client, "two", tags=["Algebraic geometry"])
    videos.execute("UPDATE videos SET deleted_at = now() WHERE identifier = 'two'")
    found = (await client.get("/api/search", params={"q": "algebra linear", "mode": "words"})).json()
    (hit,) = found["hits"]
    assert (hit["kind"], hit["text"], hit["video"]["id"]) == ("tag", "Linear algebra", "one")
    assert hit["highlights"] == [[0, 6], [7, 14]]
    for query in ('"linear algebra"', "algebra"):
        hits = (await client.get("/api/search", params={"q": query, "mode": "words", "tag": "maths"})).json()
        assert [hit["text"] for hit in hits["hits"]] == ["Linear algebra"]
