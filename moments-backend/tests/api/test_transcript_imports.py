"""Imports and exports of transcripts, and hostile requests."""

from typing import Any

import httpx
import pytest

from app.services.transcripts.store import TranscriptStore
from tests.api.support.rows import add_row, problem
from tests.api.support.transcripts import PATH, TALK, indexed, patch, spoken, texts
from tests.fixtures.library import Library


async def test_import_stays_over_new_runs(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library
) -> None:
    answer = await client.put(
        PATH,
        content="1\n00:00:01,000 --> 00:00:03,000\nDer Mond und die Gezeiten sind für die Küste das Maß.\n",
        headers={"content-type": "application/x-subrip"},
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["language"], answer.json()["source"]) == ("de", "user")
    await store.record_run("talk", spoken("Something else."))
    assert (await texts(client))[0].startswith("Der Mond")
    assert (await client.delete(PATH)).status_code == 204
    assert await texts(client) == indexed(library) == ["Something else."]
    assert (await client.delete(PATH)).status_code == 204
    assert (await client.post(f"{PATH}/undo")).json()["source"] == "user"
    assert (await client.post(f"{PATH}/undo")).json()["text"] == "Something else."


async def test_import_without_a_run(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    body = {"segments": [{"text": "Hello there.", "start": 0, "end": 2}], "language": "english"}
    answer = await client.put(PATH, json=body)
    assert (answer.json()["text"], answer.json()["language"]) == ("Hello there.", "en")
    assert (await client.post(f"{PATH}/undo")).status_code == 204
    problem(await client.get(PATH), 404, "not-made-yet")
    assert (await client.put(PATH, json=body)).status_code == 200
    assert (await client.delete(PATH)).status_code == 204
    assert indexed(library) == []
    assert (await client.post(f"{PATH}/undo")).json()["text"] == "Hello there."
    assert indexed(library) == ["Hello there."]


async def test_exports_can_be_imported(client: httpx.AsyncClient, store: TranscriptStore) -> None:
    original = (await client.get(PATH)).json()
    for extension, media_type in (
        ("json", "application/json"),
        ("vtt", "text/vtt"),
        ("srt", "application/x-subrip"),
        ("txt", "text/plain"),
    ):
        exported = await client.get(f"{PATH}.{extension}")
        assert exported.headers["content-type"].startswith(media_type)
        answer = await client.put(PATH, content=exported.content, headers={"content-type": media_type})
        assert answer.status_code == 200, answer.text
        assert answer.json()["text"].split() == original["text"].split(), extension
        if extension in {"json", "txt"}:
            assert answer.json()["word_timestamps"] == original["word_timestamps"], extension
        await client.delete(PATH)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"segments": []}, 422),
        ({"segments": [{"index": 0, "text": "a"}], "replace": {"find": "a", "with": "b"}}, 422),
        ({"segments": [{"index": 0, "text": "a"}, {"index": 0, "text": "b"}]}, 422),
        ({"segments": [{"index": -1, "text": "a"}]}, 422),
        ({"segments": [{"index": 99, "text": "a"}]}, 422),
        ({"segments": [{"index": 99, "text": "a", "before": "b"}]}, 409),
        ({"segments": [{"index": 0, "text": "a\0b"}]}, 422),
        ({"segments": [{"index": 0, "text": "x" * 10_001}]}, 422),
        ({"segments": [{"index": 0, "text": "x" * 10_000}]}, 200),
        ({"segments": [{"index": 0, "text": "\u202etxt.exe \x07 \U0001f600"}]}, 200),
        ({"replace": {"find": "", "with": "b"}}, 422),
        ({"replace": {"find": " \n", "with": "b"}}, 422),
        ({"replace": {"find": "(.*", "with": "\\1"}}, 200),
        ({"replace": {"find": "mood", "with": ""}}, 200),
        ({"replace": {"find": "e", "with": "x" * 1000}}, 200),
        ([], 422),
    ],
)
async def test_hostile_corrections(
    client: httpx.AsyncClient, store: TranscriptStore, body: Any, status: int
) -> None:
    answer = await patch(client, body)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert await texts(client) == [segment.text for segment in TALK.segment_timestamps]


async def test_unpaired_surrogates_are_rejected(client: httpx.AsyncClient, store: TranscriptStore) -> None:
    raw = '{"segments": [{"index": 0, "text": "\\ud800"}]}'
    headers = {"content-type": "application/json"}
    problem(await client.patch(PATH, content=raw, headers=headers), 422, "invalid-request")
    answer = await client.put(
        PATH, content='[{"text": "a \\ud800 b", "start": 0, "end": 1}]', headers=headers
    )
    assert answer.json()["text"] == "a ? b"


@pytest.mark.parametrize(
    ("media_type", "content", "line"),
    [
        ("text/vtt", b"WEBVTT\n\n00:xx --> 00:02.000\nHello", 3),
        ("application/x-subrip", b"1\r\n00:00:01,000 -- 00:00:02,000\r\nHello", 1),
        ("application/x-subrip", b"1\n00:00:01,000 --> soon\nHello", 2),
        ("application/x-subrip", b"1\n09:00:01,000 --> 09:00:02,000\nHello", 2),
        ("application/x-subrip", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff", None),
        ("application/x-subrip", b"", 1),
        ("application/json", b'{\n"text": ', 2),
        ("application/json", b'{"segments": [{"text": "a", "start": -1, "end": 1}]}', None),
        ("application/json", b'{"segments": [{"text": "a", "start": NaN, "end": 1}]}', None),
        ("application/json", b"[" * 100_000, None),
        ("application/json", b"1" * 10_000, None),
        ("text/plain", b" \n ", None),
    ],
)
async def test_unreadable_imports_name_the_line(
    client: httpx.AsyncClient, store: TranscriptStore, media_type: str, content: bytes, line: int | None
) -> None:
    answer = await client.put(PATH, content=content, headers={"content-type": media_type})
    detail = problem(answer, 422, "invalid-captions")
    assert detail["remedy"]
    if line is not None:
        assert detail["detail"].startswith(f"line {line}: ")


async def test_rejected_types_and_unknown_videos(client: httpx.AsyncClient, store: TranscriptStore) -> None:
    problem(
        await client.put(PATH, content=b"x", headers={"content-type": "image/png"}),
        415,
        "unsupported-media-type",
    )
    missing = "/api/videos/missing/transcript"
    problem(await client.put(missing, json=[{"text": "a", "start": 0, "end": 1}]), 404, "video-not-found")
    problem(await client.patch(missing, json={"replace": {"find": "a", "with": "b"}}), 404, "video-not-found")
    problem(await client.delete(missing), 404, "video-not-found")
    problem(await client.post(f"{missing}/undo"), 404, "video-not-found")
    problem(await client.put(f"{PATH}?language=klingonese-xx", json=[]), 422, "invalid-request")


async def test_large_imports_are_indexed(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    captions = [{"text": f"Sentence {number}.", "start": number, "duration": 1} for number in range(2000)]
    answer = await client.put(PATH, json=captions)
    assert answer.status_code == 200, answer.text
    assert len(indexed(library)) == 2000
