"""Corrections of transcripts, over PostgreSQL and the storage server."""

import asyncio
import hashlib
import json
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.models.moment import Moment
from app.models.transcript import Transcript
from app.services.container import ApiContainer
from app.services.moments.documents import VideoDocumentStores
from app.services.transcripts.store import TranscriptStore
from tests.api.support.rows import add_row, problem
from tests.api.support.transcripts import PATH, TALK, indexed, patch, spoken, texts
from tests.fixtures.library import Library

MOMENT = Moment(
    id="0" * 16,
    start_time=4.0,
    end_time=7.0,
    title="The mood pulls the water up",
    quote="The mood pulls the water up.",
    score=8,
)


@pytest.fixture
def documents(container: ApiContainer) -> VideoDocumentStores:
    return container.documents


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
