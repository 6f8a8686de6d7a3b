"""`/api/vocabulary`, and the language and stages of videos and runs."""

import asyncio

import httpx
import pytest

from app.models.vocabulary import MAX_TERM_LENGTH, MAX_TERMS
from tests.api.support.rows import add_row, problem
from tests.fixtures.library import Library


async def put(client: httpx.AsyncClient, terms: object) -> httpx.Response:
    return await client.put("/api/vocabulary", json={"terms": terms})


async def test_vocabulary_is_replaced(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/vocabulary")).json() == {"terms": [], "settings_terms": []}
    terms = ["Zuiderzee", " neap  tide", "NEAP TIDE", "", "Ærø", "cafe\u0301"]
    replaced = await put(client, terms)
    assert replaced.status_code == 200
    assert replaced.json()["terms"] == ["café", "neap tide", "Zuiderzee", "Ærø"]
    assert (await put(client, ["neap tide", "café"])).json()["terms"] == ["café", "neap tide"]
    assert (await client.get("/api/vocabulary")).json()["terms"] == ["café", "neap tide"]


async def test_concurrent_replacements_do_not_mix(client: httpx.AsyncClient) -> None:
    lists = [[f"{letter}{number}" for number in range(20)] for letter in "abcdef"]
    answers = await asyncio.gather(*(put(client, [*terms, "common"]) for terms in lists))
    assert {answer.status_code for answer in answers} == {200}
    final = (await client.get("/api/vocabulary")).json()["terms"]
    assert final in [sorted([*terms, "common"]) for terms in lists]


@pytest.mark.parametrize(
    "terms",
    [
        [f"t{number}" for number in range(MAX_TERMS + 1)],
        ["x" * (MAX_TERM_LENGTH + 1)],
        ["a\0b"],
        ["a\u202eb"],
        "neap",
        [5],
        None,
    ],
    ids=["many", "long", "nul", "bidirectional", "text", "number", "null"],
)
async def test_invalid_terms_are_rejected(client: httpx.AsyncClient, terms: object) -> None:
    problem(await put(client, terms), 422, "invalid-request")


@pytest.mark.parametrize(
    ("language", "stored"),
    [("de", "de"), ("German", "de"), ("pt-BR", "pt"), ("auto", None), (None, None)],
)
async def test_language_of_a_video_is_set(
    client: httpx.AsyncClient, library: Library, language: str | None, stored: str | None
) -> None:
    add_row(library, "talk")
    library.execute("UPDATE videos SET language = 'fr', title = 'Tides'")
    changed = await client.patch("/api/videos/talk", json={"language": language})
    assert changed.status_code == 200
    assert (changed.json()["language"], changed.json()["title"]) == (stored, "Tides")
    assert (await client.get("/api/videos/talk")).json()["language"] == stored


@pytest.mark.parametrize("body", [{}, {"language": "klingon"}, {"language": 5}, {"language": "x" * 99}])
async def test_invalid_changes_of_a_video(
    client: httpx.AsyncClient, library: Library, body: dict[str, object]
) -> None:
    add_row(library, "talk")
    problem(await client.patch("/api/videos/talk", json=body), 422, "invalid-request")


@pytest.mark.parametrize(
    "options",
    [
        {"stages": []},
        {"stages": ["transcript"]},
        {"stages": ["playback_copy"]},
        {"stages": "transcription"},
        {"language": "xx"},
        {"language": ""},
        {"vocabulary": ["x" * (MAX_TERM_LENGTH + 1)]},
        {"vocabulary": ["x"] * (MAX_TERMS + 1)},
        {"vocabulary": None},
    ],
    ids=str,
)
async def test_invalid_options_of_a_run(
    client: httpx.AsyncClient, library: Library, options: dict[str, object]
) -> None:
    add_row(library, "talk")
    response = await client.post("/api/generate_moments", json={"video_id": "talk"} | options)
    problem(response, 422, "invalid-request")


async def test_options_of_a_run_are_shown(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    options = {
        "stages": ["transcription", "audio_extraction", "transcription"],
        "language": "English",
        "vocabulary": [" Neap ", "neap"],
    }
    created = await client.post("/api/generate_moments", json={"video_id": "talk"} | options)
    assert created.status_code == 202
    shown = (await client.get("/api/pipeline/talk/status")).json()["options"]
    assert shown["stages"] == ["audio_extraction", "transcription"]
    assert (shown["language"], shown["vocabulary"]) == ("en", ["Neap"])
