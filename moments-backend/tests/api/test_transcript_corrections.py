"""Corrections of transcripts, over PostgreSQL and the storage server."""

import asyncio
import hashlib
import json
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.models.moment import Moment
from app.models.transcript import Segment, Transcript, Word
from app.services.container import ApiContainer
from app.services.moments.documents import VideoDocumentStores
from app.services.transcripts.store import TranscriptStore
from tests.api.support.rows import add_row, problem
from tests.fixtures.library import Library

PATH = "/api/videos/talk/transcript"


def spoken(*sentences: str, seconds: float = 0.5, source: Any = "whisper") -> Transcript:
    """Return a transcript with one segment per sentence and words of equal length."""
    words: list[Word] = []
    segments = []
    for sentence in sentences:
        first = len(words)
        for text in sentence.split():
            start = seconds * len(words)
            words.append(Word(word=text, start=start, end=start + seconds))
        segments.append(Segment(text=sentence, start=words[first].start, end=words[-1].end, confidence=0.8))
    return Transcript(
        text=" ".join(sentences),
        language="en",
        languages=["en"],
        word_timestamps=words,
        segment_timestamps=segments,
        source=source,
    )


TALK = spoken(
    "The harbor wall is wet twice a day.",
    "The mood pulls the water up.",
    "Tides are the mood of the sea.",
)
MOMENT = Moment(
    id="0" * 16,
    start_time=4.0,
    end_time=7.0,
    title="The mood pulls the water up",
    quote="The mood pulls the water up.",
    score=8,
)


@pytest.fixture
def container(client: httpx.AsyncClient) -> ApiContainer:
    from app.main import app  # noqa: PLC0415

    made: ApiContainer = app.state.container
    return made


@pytest.fixture
async def store(container: ApiContainer, library: Library) -> TranscriptStore:
    """Return the store of the application, with the transcript of the video `talk`."""
    add_row(library, "talk", duration_seconds=60)
    await container.transcripts.record_run("talk", TALK)
    return container.transcripts


@pytest.fixture
def documents(container: ApiContainer) -> VideoDocumentStores:
    return container.documents


async def patch(client: httpx.AsyncClient, body: Any, **headers: str) -> httpx.Response:
    return await client.patch(PATH, json=body, headers=headers)


async def texts(client: httpx.AsyncClient) -> list[str]:
    answer = (await client.get(PATH)).json()
    return [segment["text"] for segment in answer["segment_timestamps"]]


def indexed(library: Library) -> list[str]:
    with library.connection() as connection:
        rows = connection.execute("SELECT text FROM transcript_segments ORDER BY number").fetchall()
    return [row[0] for row in rows]


async def test_correction_keeps_times_of_unchanged_words(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library, settings: Settings
) -> None:
    before = (await client.get(PATH)).json()
    answer = await patch(client, {"segments": [{"index": 1, "text": "The moon pulls all the water up."}]})
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    segment = changed["segment_timestamps"][1]
    assert (segment["text"], segment["edited"], segment["index"]) == (
        "The moon pulls all the water up.",
        True,
        1,
    )
    assert (segment["start"], segment["end"], changed["edited"]) == (4.0, 7.0, True)
    old, new = before["word_timestamps"], changed["word_timestamps"]
    assert new[:8] == old[:8]
    assert [word["word"] for word in new[8:15]] == ["The", "moon", "pulls", "all", "the", "water", "up."]
    assert [new[9]["start"], new[10]["start"], new[12]["start"]] == [4.5, 5.0, 5.5]
    assert new[15:] == old[14:]
    stored = library.download("transcripts/talk.json")
    assert answer.headers["etag"] == f'"{hashlib.md5(stored).hexdigest()}"'
    assert (settings.transcripts_dir / "talk.json").read_bytes() == stored
    assert (await client.get(PATH)).headers["etag"] == answer.headers["etag"]
    assert indexed(library)[1] == "The moon pulls all the water up."
    assert "The moon pulls all the water up." in (await client.get(f"{PATH}.vtt")).text.replace("\n", " ")
    machine = Transcript.model_validate_json(library.download("transcripts/recognised/talk.json"))
    assert machine == TALK


async def test_moments_follow_a_correction(
    client: httpx.AsyncClient, store: TranscriptStore, documents: VideoDocumentStores
) -> None:
    await documents.moments.write("talk", [MOMENT])
    await patch(client, {"segments": [{"index": 1, "text": "The moon pulls the water up."}]})
    (moment,) = (await client.get("/api/videos/talk/moments")).json()
    assert moment["quote"] == "The moon pulls the water up."
    assert moment["title"] == "The moon pulls the water up"
    assert (await client.post(f"{PATH}/undo")).status_code == 200
    (moment,) = (await client.get("/api/videos/talk/moments")).json()
    assert (moment["quote"], moment["title"]) == (MOMENT.quote, MOMENT.title)


async def test_replace_counts_and_is_repeatable(client: httpx.AsyncClient, store: TranscriptStore) -> None:
    body = {"replace": {"find": "mood", "with": "mood moon", "whole_word": True}}
    first = (await patch(client, body)).json()
    assert first["replacements"] == 2
    second = (await patch(client, body)).json()
    assert second == first
    assert await texts(client) == [
        TALK.segment_timestamps[0].text,
        "The mood moon pulls the water up.",
        "Tides are the mood moon of the sea.",
    ]


async def test_removed_segment_stays_removed(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library
) -> None:
    body = {"segments": [{"index": 1, "text": "", "before": TALK.segment_timestamps[1].text}]}
    for _ in range(2):
        answer = await patch(client, body)
        assert answer.status_code == 200, answer.text
        assert [s["text"] for s in answer.json()["segment_timestamps"]] == [
            TALK.segment_timestamps[0].text,
            TALK.segment_timestamps[2].text,
        ]
    await store.record_run("talk", TALK)
    assert (
        await texts(client)
        == indexed(library)
        == [
            TALK.segment_timestamps[0].text,
            TALK.segment_timestamps[2].text,
        ]
    )
    assert (await client.post(f"{PATH}/undo")).status_code == 200
    assert await texts(client) == [segment.text for segment in TALK.segment_timestamps]


async def test_undo_restores_exactly_and_repeats(
    client: httpx.AsyncClient, store: TranscriptStore, documents: VideoDocumentStores
) -> None:
    original = (await client.get(PATH)).json()
    changes: tuple[dict[str, Any], ...] = (
        {"segments": [{"index": 0, "text": "The harbour wall."}, {"index": 2, "text": ""}]},
        {"replace": {"find": "MOOD", "with": "moon"}},
        {"segments": [{"index": 1, "text": "The Moon pulls  the\nwater up, twice."}]},
    )
    versions = [original, *[(await patch(client, body)).json() for body in changes]]
    imported = await client.put(
        PATH, content="WEBVTT\n\n00:01.000 --> 00:02.000\nBonjour", headers={"content-type": "text/vtt"}
    )
    assert imported.json()["source"] == "user"
    for version in reversed(versions):
        undone = await client.post(f"{PATH}/undo")
        assert undone.status_code == 200, undone.text
        answer = undone.json()
        assert {name: answer[name] for name in original} == {name: version[name] for name in original}
        assert answer["can_undo"] == (version is not original)
    problem(await client.post(f"{PATH}/undo"), 409, "nothing-to-undo")
    assert await documents.recognised.load_authoritative("talk") is None


async def test_changed_segment_is_a_conflict(client: httpx.AsyncClient, store: TranscriptStore) -> None:
    etag = (await client.get(PATH)).headers["etag"]
    first = {"segments": [{"index": 1, "text": "One.", "before": TALK.segment_timestamps[1].text}]}
    assert (await patch(client, first, **{"If-Match": etag})).status_code == 200
    other = {"segments": [{"index": 1, "text": "Two.", "before": TALK.segment_timestamps[1].text}]}
    assert "One." in problem(await patch(client, other), 409, "transcript-changed")["detail"]
    assert (await patch(client, first)).status_code == 200
    for method, path, body in (
        ("PATCH", PATH, {"segments": [{"index": 0, "text": "Three."}]}),
        ("DELETE", PATH, None),
        ("POST", f"{PATH}/undo", None),
        ("PUT", PATH, {"segments": [{"text": "x", "start": 0, "end": 1}]}),
    ):
        refused = await client.request(method, path, json=body, headers={"If-Match": etag})
        problem(refused, 409, "transcript-changed")
    assert (await texts(client))[1] == "One."


async def test_simultaneous_corrections_are_both_kept(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library
) -> None:
    answers = await asyncio.gather(
        *(patch(client, {"segments": [{"index": index, "text": f"New {index}."}]}) for index in range(3)),
        store.record_run("talk", TALK),
    )
    assert [answer.status_code for answer in answers[:3] if answer] == [200, 200, 200]
    assert await texts(client) == indexed(library) == ["New 0.", "New 1.", "New 2."]


async def test_new_run_keeps_corrected_segments(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library
) -> None:
    await patch(client, {"segments": [{"index": 1, "text": "The moon pulls the water up."}]})
    again = spoken(
        "A harbour wall is wet twice a day and then the mood pulls the water up.",
        "Tides are of the sea.",
        seconds=0.5,
    )
    await store.record_run("talk", again)
    assert (
        await texts(client)
        == indexed(library)
        == [
            "A harbour wall is wet twice a day",
            "The moon pulls the water up.",
            "water up.",
            "Tides are of the sea.",
        ]
    )
    answer = (await client.get(PATH)).json()
    assert [segment["edited"] for segment in answer["segment_timestamps"]] == [False, True, False, False]
    assert (await client.delete(PATH)).status_code == 204
    assert await texts(client) == indexed(library) == [segment.text for segment in again.segment_timestamps]


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


async def test_deletion_removes_all_versions(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library, settings: Settings
) -> None:
    await patch(client, {"segments": [{"index": 1, "text": "Changed."}]})
    assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
    assert [name for name in library.objects() if name.startswith("transcripts/")] == []
    assert list(settings.transcripts_dir.rglob("*.json")) == []
    with library.connection() as connection:
        assert connection.execute("SELECT count(*) FROM transcript_changes").fetchone() == (0,)


async def test_changes_are_audited(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library
) -> None:
    await patch(client, {"replace": {"find": "mood", "with": "moon"}})
    await client.post(f"{PATH}/undo")
    with library.connection() as connection:
        rows = connection.execute("SELECT action, target_id, details FROM audit_log ORDER BY id").fetchall()
    assert [(row[0], row[1]) for row in rows] == [("transcript.correct", "talk"), ("transcript.undo", "talk")]
    assert rows[0][2]["replacements"] == 2


async def test_split_words_are_repaired(
    client: httpx.AsyncClient, container: ApiContainer, library: Library, settings: Settings
) -> None:
    add_row(library, "talk")
    words = [
        ("My", 0.0),
        ("mother", 0.5),
        ("-in", 0.8),
        ("-law", 1.0),
        ("paid", 1.2),
        ("$3", 1.5),
        (",000.", 1.8),
    ]
    old = {
        "text": "My mother-in-law paid $3,000.",
        "language": "en",
        "word_timestamps": [{"word": w, "start": s, "end": s + 0.2} for w, s in words],
        "segment_timestamps": [{"text": "My mother-in-law paid $3,000.", "start": 0, "end": 2}],
    }
    settings.transcripts_dir.mkdir(parents=True, exist_ok=True)
    path = settings.transcripts_dir / "talk.json"
    path.write_text(json.dumps(old))
    whole = ["My", "mother-in-law", "paid", "$3,000."]
    assert [word["word"] for word in (await client.get(PATH)).json()["word_timestamps"]] == whole
    assert "mother-in-law paid $3,000." in (await client.get(f"{PATH}.srt")).text
    assert await container.transcripts.reindex("talk")
    assert [word["word"] for word in json.loads(path.read_text())["word_timestamps"]] == whole
    assert indexed(library) == ["My mother-in-law paid $3,000."]


async def test_failed_write_changes_nothing(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library, settings: Settings
) -> None:
    before = library.download("transcripts/talk.json")
    path = settings.transcripts_dir / "talk.json"
    path.unlink()
    path.mkdir()  # the bucket is written, and the local file cannot be
    answer = await patch(client, {"segments": [{"index": 1, "text": "The moon."}]})
    problem(answer, 503, "local-file")
    assert library.download("transcripts/talk.json") == before
    assert "transcripts/recognised/talk.json" not in library.objects()
    assert indexed(library) == [segment.text for segment in TALK.segment_timestamps]
    path.rmdir()
    problem(await client.post(f"{PATH}/undo"), 409, "nothing-to-undo")
    assert (await patch(client, {"segments": [{"index": 1, "text": "The moon."}]})).status_code == 200
    assert indexed(library)[1] == "The moon."


async def test_large_imports_are_indexed(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    captions = [{"text": f"Sentence {number}.", "start": number, "duration": 1} for number in range(2000)]
    answer = await client.put(PATH, json=captions)
    assert answer.status_code == 200, answer.text
    assert len(indexed(library)) == 2000


async def test_history_is_bounded(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library
) -> None:
    library.execute(
        "INSERT INTO transcript_changes (video_identifier, action, change)"
        " SELECT 'talk', 'correct', '{}' FROM generate_series(1, 150)"
    )
    await patch(client, {"segments": [{"index": 1, "text": "The moon."}]})
    with library.connection() as connection:
        assert connection.execute("SELECT count(*) FROM transcript_changes").fetchone() == (100,)
    assert (await client.post(f"{PATH}/undo")).status_code == 200


async def test_conflict_shows_the_version_of_another_machine(
    client: httpx.AsyncClient, store: TranscriptStore, library: Library, settings: Settings
) -> None:
    newer = spoken("Written by another machine.")
    library.put("transcripts/talk.json", newer.model_dump_json().encode())
    assert await texts(client) == [segment.text for segment in TALK.segment_timestamps]
    body = {"segments": [{"index": 0, "text": "New.", "before": TALK.segment_timestamps[0].text}]}
    problem(await patch(client, body), 409, "transcript-changed")
    assert await texts(client) == ["Written by another machine."]
