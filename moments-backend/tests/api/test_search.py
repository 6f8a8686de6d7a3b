"""`GET /api/search`."""

import re
from typing import Any

import httpx
import pytest

from tests.api.support.rows import add_row, problem
from tests.api.support.search_index import add_transcript
from tests.fixtures.library import Library

TIDES = [
    "Twice a day the sea climbs the harbour wall.",
    "The moon does most of that work.",
    "It pulls the water on the near side of the earth.",
    "When sun and moon are in one line, we get a spring tide.",
    "Sailors read the tables before they leave the port.",
]
BREAD = [
    "Sourdough needs flour, water and patience.",
    "Feed the starter every morning and keep it warm.",
    "The moon has nothing to do with the rising of dough.",
    "Bake it in a hot oven until the crust is brown.",
]


@pytest.fixture
async def videos(client: httpx.AsyncClient, library: Library) -> Library:
    """Insert two talks with transcripts, and a video without one."""
    add_row(library, "tides", title="Why the tides turn", duration_seconds=20, channel="Harbour films")
    add_row(library, "bread", title="A loaf", duration_seconds=90, description="From the bakery by the moon.")
    add_row(library, "silent")
    await add_transcript("tides", TIDES)
    await add_transcript("bread", BREAD)
    return library


async def search(client: httpx.AsyncClient, query: str, **parameters: Any) -> dict[str, Any]:
    response = await client.get("/api/search", params={"q": query} | parameters)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def texts(found: dict[str, Any]) -> list[str]:
    return [hit["text"] for hit in found["hits"]]


async def test_hit_has_sentence_match_times_and_context(client: httpx.AsyncClient, videos: Library) -> None:
    found = await search(client, "MOONS work")
    hit = found["hits"][0]
    assert hit.pop("score") > 0
    assert hit == {
        "video": {
            "id": "tides",
            "title": "Why the tides turn",
            "thumbnail_url": "/api/videos/tides/thumbnail",
            "duration_seconds": 20,
        },
        "kind": "segment",
        "start_time": 4.0,
        "end_time": 7.5,
        "text": TIDES[1],
        "highlights": [[4, 8], [27, 31]],
        "before": TIDES[0],
        "after": TIDES[2],
        "match": "words",
        "segment_index": 1,
        "moment_id": None,
        "more_in_video": 0,
    }
    assert (found["query"], found["mode"]) == ("MOONS work", "auto")


async def test_hits_of_a_video_are_folded(client: httpx.AsyncClient, videos: Library) -> None:
    found = await search(client, "moon", mode="words")
    kinds = {(hit["video"]["id"], hit["kind"]): hit["more_in_video"] for hit in found["hits"]}
    assert kinds == {("tides", "segment"): 1, ("bread", "segment"): 0, ("bread", "description"): 0}
    assert found["total"] == 4
    inside = await search(client, "moon", mode="words", video_id="tides")
    assert sorted(texts(inside)) == sorted([TIDES[1], TIDES[3]])
    assert [hit["more_in_video"] for hit in inside["hits"]] == [0, 0]


async def test_names_are_hits_of_their_own_kind(client: httpx.AsyncClient, videos: Library) -> None:
    videos.execute(
        "INSERT INTO moment_titles (video_id, moment_id, start_time, end_time, title)"
        " SELECT id, '0123456789abcdef', 4, 9.5, 'Celestial mechanics' FROM videos WHERE identifier = 'tides'"
    )
    videos.execute(
        "INSERT INTO chapters (video_id, number, start_time, end_time, title, source)"
        " SELECT id, 0, 0, 12, 'Gravitation', 'user' FROM videos WHERE identifier = 'tides'"
    )
    for query, kind, text in (
        ("why turn", "title", "Why the tides turn"),
        ("harbour films", "channel", "Harbour films"),
        ("bakery", "description", "From the bakery by the moon."),
        ("celestial", "moment", "Celestial mechanics"),
        ("gravitation", "chapter", "Gravitation"),
    ):
        (hit,) = (await search(client, query, mode="words"))["hits"]
        assert (hit["kind"], hit["text"]) == (kind, text)
        assert hit["highlights"]
    moment = (await search(client, "celestial"))["hits"][0]
    assert (moment["start_time"], moment["end_time"]) == (4, 9.5)
    assert moment["moment_id"] == "0123456789abcdef"


async def test_meaning_alone_is_marked(client: httpx.AsyncClient, videos: Library) -> None:
    found = await search(client, "gravity of the moon lifts the ocean")
    hit = found["hits"][0]
    assert (hit["video"]["id"], hit["match"], hit["highlights"]) == ("tides", "meaning", [])
    by_words = await search(client, "gravity of the moon lifts the ocean", mode="words")
    assert by_words["total"] == 0
    assert by_words["notices"][-1]["code"] == "nothing-found"


@pytest.mark.parametrize("mode", ["auto", "meaning"])
async def test_nonsense_finds_nothing(client: httpx.AsyncClient, videos: Library, mode: str) -> None:
    found = await search(client, "xyzzy quux", mode=mode)
    assert (found["total"], found["hits"]) == (0, [])
    assert found["notices"][-1]["code"] == "nothing-found"


async def test_phrases_and_exclusions_are_not_softened(client: httpx.AsyncClient, videos: Library) -> None:
    assert texts(await search(client, '"spring tide"')) == [TIDES[3]]
    assert (await search(client, '"tide spring"'))["total"] == 0
    assert {hit["video"]["id"] for hit in (await search(client, "moon -dough -bakery"))["hits"]} == {"tides"}
    by_meaning = await search(client, "how the moon lifts the sea -tide", mode="meaning")
    assert not any("tide" in text for text in texts(by_meaning))


async def test_misspelt_words_are_corrected(client: httpx.AsyncClient, videos: Library) -> None:
    found = await search(client, "sourdouhg", mode="words")
    assert texts(found) == [BREAD[0]]
    assert found["corrected_query"] == "sourdough"
    assert [notice["code"] for notice in found["notices"]] == ["spelling-corrected"]


async def test_pages_have_no_gaps_and_repetitions(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    await add_transcript("talk", [f"Number {number} of the moon" for number in range(25)])
    whole = texts(await search(client, "moon", video_id="talk", limit=100))
    assert len(whole) == 25
    response = await client.get("/api/search", params={"q": "moon", "video_id": "talk", "limit": 10})
    paged = texts(response.json())
    while "link" in response.headers:
        match = re.fullmatch(r'<(.+)>; rel="next"', response.headers["link"])
        assert match
        response = await client.get(match[1])
        paged += texts(response.json())
        assert response.json()["total"] == 25
    assert paged == whole


async def test_page_follows_its_hit_after_a_change(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    lines = [f"Number {number} of the moon" for number in range(10, 20)]
    await add_transcript("talk", lines)
    first = await client.get("/api/search", params={"q": "moon", "video_id": "talk", "limit": 5})
    assert texts(first.json()) == lines[:5]
    await add_transcript("talk", [*lines, "The moon"])
    match = re.fullmatch(r'<(.+)>; rel="next"', first.headers["link"])
    assert match
    assert texts((await client.get(match[1])).json()) == lines[5:]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"channel": "Harbour films"}, ["tides"]),
        ({"min_duration": "60"}, ["bread"]),
        ({"channel": "none"}, []),
        ({"has_transcript": "true"}, []),
        ({"has_transcript": "false"}, ["bread", "tides"]),
        ({"video_id": "bread", "max_duration": "60"}, []),
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["words", "meaning"])
async def test_filters_of_the_list_apply(
    client: httpx.AsyncClient, videos: Library, mode: str, parameters: dict[str, str], expected: list[str]
) -> None:
    query = "moon" if mode == "words" else "the moon moves the water of the sea, the dough and the bread"
    found = await search(client, query, mode=mode, **parameters)
    assert sorted({hit["video"]["id"] for hit in found["hits"]}) == expected


async def test_deleted_video_leaves_the_index(client: httpx.AsyncClient, videos: Library) -> None:
    videos.execute("DELETE FROM videos WHERE identifier = 'tides'")
    for mode in ("words", "meaning"):
        found = await search(client, "moon pulls the sea", mode=mode)
        assert all(hit["video"]["id"] != "tides" for hit in found["hits"])
    with videos.connection() as connection:
        assert connection.execute("SELECT count(*) FROM transcript_passages").fetchone() == (1,)


async def test_missing_extension_disables_meaning_only(client: httpx.AsyncClient, videos: Library) -> None:
    videos.execute("DROP TABLE transcript_passages, passage_backlog")
    found = await search(client, "moon")
    assert found["total"] == 4
    assert [notice["code"] for notice in found["notices"]] == ["meaning-unavailable"]
    response = await client.get("/api/search", params={"q": "moon", "mode": "meaning"})
    assert "pgvector" in problem(response, 503, "meaning-unavailable")["detail"]


@pytest.mark.parametrize(
    "query",
    [
        *(
            "",
            " ",
            '""',
            '"',
            "-",
            "--",
            "-moon",
            "'",
            "\\",
            "%",
            "_",
            "&",
            "!",
            "<->",
            "moon & !sun | (tide",
        ),
        *(
            "moon <-> sun",
            "moon:*",
            "'; DROP TABLE videos; --",
            "$1 %s %(query)s",
            "😀",
            "אבג 😀",
            "\u202emoon",
        ),
        *(
            "e\u0301",
            "a" * 1000,
            "moon " * 200,
            '"' * 1000,
            "-a " * 300,
            "\ud7ff\uffff",
            "ß",
            "İ",
            "\x01\x7f",
        ),
    ],
    ids=ascii,
)
async def test_any_text_is_answered(client: httpx.AsyncClient, videos: Library, query: str) -> None:
    for mode in ("auto", "meaning"):
        await search(client, query, mode=mode)


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({}, "q"),
        ({"q": "a\0b"}, "q"),
        ({"q": "a" * 10_000}, "q"),
        ({"q": "moon", "mode": "magic"}, "mode"),
        ({"q": "moon", "limit": "0"}, "limit"),
        ({"q": "moon", "limit": "101"}, "limit"),
        ({"q": "moon", "cursor": "abc"}, "cursor"),
        ({"q": "moon", "quality": "8k"}, "quality"),
        ({"q": "moon", "video_id": "a\0b"}, "video_id"),
    ],
    ids=str,
)
async def test_invalid_parameters_are_422(
    client: httpx.AsyncClient, parameters: dict[str, str], place: str
) -> None:
    found = problem(await client.get("/api/search", params=parameters), 422, "invalid-request")
    assert place in found["errors"][0]["location"]


@pytest.mark.parametrize("mode", ["auto", "words", "meaning"])
async def test_unknown_video_is_404(client: httpx.AsyncClient, videos: Library, mode: str) -> None:
    for query in ("moon", ""):
        answer = await client.get("/api/search", params={"q": query, "mode": mode, "video_id": "missing"})
        assert "missing" in problem(answer, 404, "video-not-found")["detail"]
