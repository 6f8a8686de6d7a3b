"""`GET /api/videos`: fields, orders, pages and search."""

import os
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Literal

import httpx
import psycopg
import pytest

from app.services.search.folding import fold
from tests.api.support.rows import EPOCH, add_row, add_rows, problem, seconds
from tests.fixtures.library import Library
from tests.fixtures.servers import SharedStack

SORTS = ("created_at", "title", "duration_seconds", "id")
ORDERS = ("asc", "desc")


async def ids(client: httpx.AsyncClient, **parameters: Any) -> list[str]:
    response = await client.get("/api/videos", params=parameters)
    assert response.status_code == 200, response.text
    return [video["id"] for video in response.json()]


async def pages(client: httpx.AsyncClient, **parameters: Any) -> list[list[str]]:
    """Return every page by following `Link`."""
    response = await client.get("/api/videos", params=parameters)
    found = [[video["id"] for video in response.raise_for_status().json()]]
    while "next" in response.links:
        response = await client.get(response.links["next"]["url"])
        found.append([video["id"] for video in response.raise_for_status().json()])
    return found


async def test_empty_table_is_an_empty_array(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/videos")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == []


async def test_video_has_all_fields(client: httpx.AsyncClient, library: Library) -> None:
    add_row(
        library,
        "bill-gates_2",
        filename="bill-gates_2.MOV",
        duration_seconds=120.5,
        source_url="https://example.org/watch?v=1",
    )
    library.settings.audios_dir.mkdir()
    (library.settings.audios_dir / "bill-gates_2.wav").touch()
    assert (await client.get("/api/videos")).json() == [
        {
            "id": "bill-gates_2",
            "filename": "bill-gates_2.MOV",
            "title": "Bill Gates 2",
            "thumbnail_url": "/api/videos/bill-gates_2/thumbnail",
            "has_audio": True,
            "has_transcript": False,
            "duration_seconds": 120.5,
            "cloud_url": f"gs://{library.bucket}/videos/bill-gates_2/bill-gates_2.MOV",
            "source_url": "https://example.org/watch?v=1",
            "created_at": "2026-02-08T10:00:00.123456+00:00",
        }
    ]


async def test_unknown_values_are_null(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk", title="", created_at=EPOCH.replace(microsecond=0))
    (video,) = (await client.get("/api/videos")).json()
    assert video["duration_seconds"] is None
    assert video["source_url"] is None
    assert video["title"] == "Talk"
    assert video["created_at"] == "2026-02-08T10:00:00+00:00"


async def test_only_files_with_the_right_extension_count(client: httpx.AsyncClient, library: Library) -> None:
    for name in ("a", "b", "c"):
        add_row(library, name)
    for folder in (library.settings.audios_dir, library.settings.transcripts_dir):
        folder.mkdir()
    (library.settings.audios_dir / "a.wav").touch()
    (library.settings.audios_dir / "b.wav.part").touch()
    (library.settings.audios_dir / "c.json").touch()
    (library.settings.transcripts_dir / "b.json").touch()
    shown = {video["id"]: video for video in (await client.get("/api/videos")).json()}
    assert [name for name in sorted(shown) if shown[name]["has_audio"]] == ["a"]
    assert [name for name in sorted(shown) if shown[name]["has_transcript"]] == ["b"]


async def test_newest_first_then_higher_serial_first(client: httpx.AsyncClient, library: Library) -> None:
    for name, at in (("first", 1), ("last", 3), ("one", 2), ("two", 2)):
        add_row(library, name, created_at=seconds(at))
    assert await ids(client) == ["last", "two", "one", "first"]


@pytest.fixture
def assorted(library: Library) -> list[dict[str, Any]]:
    """Insert rows with ties and nulls in every key; return them by serial number."""
    rows: list[dict[str, Any]] = [
        {"identifier": "b-two", "title": "zebra", "duration_seconds": 5.0, "at": 3},
        {"identifier": "B-Two", "title": None, "duration_seconds": None, "at": 1},
        {"identifier": "a", "title": "Apple", "duration_seconds": 0.1, "at": 1},
        {"identifier": "Été", "title": "apple", "duration_seconds": 5.0, "at": 2},
        {"identifier": "z 9", "title": "", "duration_seconds": None, "at": 3},
        {"identifier": "10%", "title": "ÉCLAIR 9", "duration_seconds": 1e9, "at": 1},
        {"identifier": "😀", "title": "b two", "duration_seconds": 3.25, "at": 9},
    ]
    for row in rows:
        columns = {"title": row["title"], "duration_seconds": row["duration_seconds"]}
        add_row(library, row["identifier"], created_at=seconds(row["at"]), **columns)
    return rows


KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "created_at": lambda row: row["at"],
    "title": lambda row: fold(row["title"] or row["identifier"]),
    "duration_seconds": lambda row: -1 if row["duration_seconds"] is None else row["duration_seconds"],
    "id": lambda row: row["identifier"].encode(),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("sort", SORTS)
async def test_pages_of_every_order_form_the_whole_list(
    client: httpx.AsyncClient, assorted: list[dict[str, Any]], sort: str, order: str
) -> None:
    expected = [row["identifier"] for row in sorted(assorted, key=KEYS[sort])]
    if order == "desc":  # ties are reversed, too
        expected.reverse()
    assert await ids(client, sort=sort, order=order) == expected
    for limit in (1, 2, 3):
        found = await pages(client, sort=sort, order=order, limit=limit)
        assert [name for page in found for name in page] == expected
        assert {len(page) for page in found[:-1]} <= {limit}


async def test_default_direction_of_each_order(
    client: httpx.AsyncClient, assorted: list[dict[str, Any]]
) -> None:
    for sort in SORTS:
        order = "desc" if sort == "created_at" else "asc"
        assert await ids(client, sort=sort) == await ids(client, sort=sort, order=order)


async def test_last_page_has_no_link(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 4)
    assert await pages(client, limit=2) == [["talk-4", "talk-3"], ["talk-2", "talk-1"]]
    assert "link" not in (await client.get("/api/videos", params={"limit": 4})).headers
    assert "link" not in (await client.get("/api/videos")).headers


async def test_link_keeps_other_parameters(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 3)
    asked = {"limit": "1", "sort": "title", "order": "desc", "q": "talk & more?"}
    library.execute("UPDATE videos SET source_url = 'https://a.example/?a=TALK & MORE?'")
    response = await client.get("/api/videos", params=asked)
    link = response.headers["link"]
    assert re.fullmatch(r'</api/videos\?[\x21-\x7e]+>; rel="next"', link)
    parameters = dict(httpx.URL(response.links["next"]["url"]).params)
    assert parameters.pop("cursor")
    assert parameters == asked


async def test_link_does_not_contain_the_host(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 2)
    for host in ("localhost", "127.0.0.1:7005", "[::1]:1", "LOCALHOST."):
        response = await client.get("/api/videos?limit=1", headers={"Host": host})
        assert response.status_code == 200
        assert response.headers["link"].startswith("</api/videos?limit=1&cursor=")


async def test_cursor_without_limit_lists_the_rest(client: httpx.AsyncClient, library: Library) -> None:
    expected = add_rows(library, 5)
    response = await client.get("/api/videos", params={"limit": 2})
    cursor = httpx.URL(response.links["next"]["url"]).params["cursor"]
    assert await ids(client, cursor=cursor) == expected[2:]


async def test_inserts_and_deletes_do_not_shift_pages(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 6)
    response = await client.get("/api/videos", params={"limit": 2})
    add_row(library, "newer", created_at=seconds(100))
    library.execute("DELETE FROM videos WHERE identifier IN ('talk-5', 'talk-3')")
    rest = (await client.get(response.links["next"]["url"])).json()
    assert [video["id"] for video in rest] == ["talk-4", "talk-2"]


FOUND: dict[str, set[str]] = {
    "ALPHA": {"alpha-talk", "unrelated"},  # identifier, and the source URL of another video
    "pha-talk": {"alpha-talk"},  # parts of words, with punctuation
    "tALK": {"alpha-talk", "100%_sure"},
    "100%": {"100%_sure"},
    "talk alpha": {"alpha-talk"},
    " talk \u00a0 SUMMER\t": {"100%_sure"},
    "summer unrelated": set(),
    "%": {"100%_sure"},
    "_": {"100%_sure", "back\\slash"},
    "\\": {"back\\slash"},
    "été": {"100%_sure"},
    "ete": {"100%_sure"},
    "it's": {"100%_sure"},
    "it’s": {"100%_sure"},
    "ÉTÉ": {"100%_sure"},
    "'; --": set(),
    "gs://": set(),  # the object's URL is not searched
    "": {"alpha-talk", "100%_sure", "back\\slash", "unrelated"},
}


@pytest.mark.parametrize("asked", ["NFC", "NFD"])
async def test_q_finds_composed_and_decomposed_names(
    client: httpx.AsyncClient, library: Library, asked: Literal["NFC", "NFD"]
) -> None:
    composed, decomposed = (unicodedata.normalize(form, "Übung café") for form in ("NFC", "NFD"))
    add_row(library, composed)
    add_row(library, decomposed)
    add_row(library, "titled", title=decomposed)
    add_row(library, "Ubung cafe")
    for text in ("ÜBUNG", "fé", "café  Übung", "ubung"):
        found = await ids(client, q=unicodedata.normalize(asked, text))
        assert set(found) == {composed, decomposed, "titled", "Ubung cafe"}


@pytest.mark.slow
async def test_q_matches_literal_text_ignoring_case(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "alpha-talk")
    add_row(library, "100%_sure", title="Été, a Summer talk: it’s on")
    add_row(library, "back\\slash", title="under_score")
    add_row(library, "unrelated", title="Nothing", source_url="https://example.org/Alpha")
    for text, found in FOUND.items():
        assert set(await ids(client, q=text)) == found, text
        assert {name for page in await pages(client, q=text, limit=1) for name in page} == found, text


BAD = [
    ("limit", "0"),
    ("limit", "1001"),
    ("limit", "-1"),
    ("limit", "ten"),
    ("limit", ""),
    ("limit", "99999999999999999999"),
    ("sort", "identifier"),
    ("sort", "created_at\0"),
    ("order", "up"),
    ("order", "\0"),
    ("q", "a\0b"),
    ("cursor", "\0"),
    ("cursor", ""),
    ("cursor", "not a cursor"),
    ("cursor", "bm90IGEgY3Vyc29y"),
    ("cursor", "W10"),
    ("cursor", "WyJjcmVhdGVkX2F0IiwiZGVzYyIsIngiLDFd"),
    ("cursor", "é"),
]


async def test_invalid_value_is_named(client: httpx.AsyncClient) -> None:
    for name, value in BAD:
        found = problem(await client.get("/api/videos", params={name: value}), 422, "invalid-request")
        assert not found["retryable"]
        assert [error["location"] for error in found["errors"]] == [["query", name]], (name, value)


async def test_cursor_of_another_order_is_rejected(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 3)
    response = await client.get("/api/videos", params={"limit": 1, "sort": "title"})
    cursor = httpx.URL(response.links["next"]["url"]).params["cursor"]
    for other in ({}, {"sort": "id"}, {"sort": "title", "order": "desc"}):
        problem(await client.get("/api/videos", params={"cursor": cursor} | other), 422, "invalid-request")
    damaged = cursor[:-3] + "AAA"
    asked = {"cursor": damaged, "sort": "title"}
    problem(await client.get("/api/videos", params=asked), 422, "invalid-request")


async def test_query_that_is_not_utf8_finds_nothing(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    response = await client.get("/api/videos?q=%ff%fe")
    assert (response.status_code, response.json()) == (200, [])


async def test_list_of_thousands_is_complete(client: httpx.AsyncClient, library: Library) -> None:
    expected = add_rows(library, 2_500)
    assert await ids(client) == expected
    assert await ids(client, sort="duration_seconds", order="desc") == expected
    found = await pages(client, limit=1000)
    assert [len(page) for page in found] == [1000, 1000, 500]
    assert [name for page in found for name in page] == expected


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 1000])
async def test_list_uses_one_statement(
    client: httpx.AsyncClient, library: Library, stack: SharedStack, count: int
) -> None:
    add_rows(library, count)
    with library.connection() as connection:
        (name,) = connection.execute("SELECT current_database()").fetchone() or ("",)
    with psycopg.connect(stack.admin_url()) as admin:
        admin.execute(f"ALTER DATABASE \"{name}\" SET log_statement = 'all'")
    before = stack.postgres_log.stat().st_size
    assert len(await ids(client)) == count
    with stack.postgres_log.open("rb") as log:
        log.seek(before)
        statements = re.findall(rf"^{name} .*(?:\n\t.*)*", log.read().decode(), re.MULTILINE)
    assert "".join(statements).count("FROM videos") == 1


async def test_each_folder_is_read_once(
    client: httpx.AsyncClient, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_rows(library, 1_500)
    for folder in (library.settings.audios_dir, library.settings.transcripts_dir):
        folder.mkdir()
    looked: list[str] = []
    for name in ("scandir", "stat"):
        real = getattr(os, name)

        def spy(path: str, *, _real: Callable[..., Any] = real, **more: Any) -> Any:
            looked.append(str(path))
            return _real(path, **more)

        monkeypatch.setattr(os, name, spy)
    await ids(client)
    folders = [str(library.settings.audios_dir), str(library.settings.transcripts_dir)]
    below = [path for path in looked if path.startswith(str(library.settings.static_path))]
    assert sorted(below) == sorted(folders * 2)  # one `stat` and one listing of each
