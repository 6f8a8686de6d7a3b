"""Results of the pipeline: transcript, captions, moments and clips."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.models.transcript_edit import TranscriptRead
from app.services.moments.documents import VideoDocumentStores
from app.services.storage.gcs_uploader import GCSUploader
from tests.api.support.rows import problem, video_path
from tests.api.support.runs import MOMENT_IDS, TRANSCRIPT, moments
from tests.fixtures.library import Library

LATE, EARLY, REFINED = MOMENT_IDS
RESTS = ("transcript", "transcript.vtt", "transcript.srt", "moments", "clips", f"clips/{LATE}")
NAMES = ["50% of #1?", "été – 講演", "a+b&c=d", "a..b", "[x]*?", "x" * 200]


def clip_name(video_id: str, moment_id: str) -> str:
    return f"{video_id}_{moment_id}_clip.mp4"


@pytest.fixture
async def documents(settings: Settings) -> AsyncIterator[VideoDocumentStores]:
    """Stores that write to the local folder and the bucket, like a worker."""
    uploader = GCSUploader(settings)
    yield VideoDocumentStores.of(settings, uploader)
    await uploader.close()


def delete_local_files(settings: Settings) -> None:
    """Leave only the bucket, as on another machine."""
    for folder in (settings.transcripts_dir, settings.moments_dir, settings.moment_clips_dir):
        for path in folder.glob("*"):
            path.unlink()


def put_clip(settings: Settings, video_id: str, moment_id: str, content: bytes) -> Path:
    settings.moment_clips_dir.mkdir(exist_ok=True)
    path = settings.moment_clips_dir / clip_name(video_id, moment_id)
    path.write_bytes(content)
    return path


async def get(client: httpx.AsyncClient, rest: str, video_id: str = "talk") -> httpx.Response:
    return await client.get("/".join([video_path(video_id), rest]))


async def found(client: httpx.AsyncClient, rest: str, video_id: str = "talk") -> Any:
    response = await get(client, rest, video_id)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.slow
async def test_missing_results_are_404(client: httpx.AsyncClient, library: Library) -> None:
    (library.folder / "talk.mp4").write_bytes(b"bytes")
    for name in ("talk", "nobody", "x" * 300, "é" * 600, "two\nlines", *NAMES):
        for rest in RESTS:
            assert problem(await get(client, rest, name), 404, "not-made-yet")["remedy"]


async def test_transcript_and_captions(
    client: httpx.AsyncClient, settings: Settings, documents: VideoDocumentStores
) -> None:
    await documents.transcripts.write("talk", TRANSCRIPT)
    for place in ("here", "in the bucket alone"):
        assert await found(client, "transcript") == TranscriptRead.of(TRANSCRIPT).model_dump(), place
        vtt = await get(client, "transcript.vtt")
        assert vtt.headers["content-type"] == "text/vtt; charset=utf-8"
        assert vtt.text.startswith("WEBVTT\n\n")
        assert "00:01:01.000 --> 00:01:02" in vtt.text
        srt = await get(client, "transcript.srt")
        assert srt.headers["content-type"].startswith("application/x-subrip")
        assert srt.text.startswith("1\n00:00:00,000 --> ")
        assert "The moon pulls." in vtt.text
        assert "The moon pulls." in srt.text
        delete_local_files(settings)
    # Downloads are not stored: the flags of the list still describe the local folder.
    assert not [path for path in settings.transcripts_dir.iterdir() if path.name != ".lock"]


async def test_silent_video_has_an_empty_transcript(
    client: httpx.AsyncClient, documents: VideoDocumentStores
) -> None:
    empty = TRANSCRIPT.model_copy(update={"text": "", "word_timestamps": [], "segment_timestamps": []})
    await documents.transcripts.write("talk", empty)
    assert (await found(client, "transcript"))["word_timestamps"] == []
    assert (await get(client, "transcript.vtt")).text.strip() == "WEBVTT"
    assert (await get(client, "transcript.srt")).text.strip() == ""


async def test_moments_equal_the_document(
    client: httpx.AsyncClient, settings: Settings, documents: VideoDocumentStores
) -> None:
    await documents.moments.write("talk", moments())
    unmarked: dict[str, Any] = {"rating": None, "is_kept": False, "is_edited": False, "replaces": []}
    for place in ("here", "in the bucket alone"):
        answer = await found(client, "moments")
        assert answer == [unmarked | moment.model_dump() for moment in moments()], place
        delete_local_files(settings)
    await documents.moments.write("talk", [])
    assert await found(client, "moments") == []
    problem(await get(client, "clips"), 404, "not-made-yet")


async def test_clips_are_ordered_and_use_refined_moments(
    client: httpx.AsyncClient, settings: Settings, library: Library, documents: VideoDocumentStores
) -> None:
    await documents.moments.write("talk", moments())
    problem(await get(client, "clips"), 404, "not-made-yet")
    put_clip(settings, "talk", LATE, b"late")
    late = {
        "moment_id": LATE,
        "title": "Why the moon pulls",
        "filename": clip_name("talk", LATE),
        "url": f"/api/videos/talk/clips/{LATE}",
        "start_time": 61.5,
        "end_time": 79.0,
        "score": 7.5,
    }
    assert await found(client, "clips") == [late]
    library.put(f"clips/talk/{clip_name('talk', EARLY)}", b"early")
    library.put(f"clips/talk/{clip_name('talk', 'f' * 16)}", b"of moments that are no more")
    library.put(f"clips/talk-2/{clip_name('talk-2', EARLY)}", b"of another video")
    both = await found(client, "clips")
    assert [clip["moment_id"] for clip in both] == [EARLY, LATE]
    assert both[1] == late
    delete_local_files(settings)  # from here on everything comes from the bucket
    library.put(f"clips/talk/{clip_name('talk', LATE)}", b"late")
    assert await found(client, "clips") == both
    for clip in both:
        assert (await client.get(clip["url"])).status_code == 307


async def test_local_clip_is_streamed(
    client: httpx.AsyncClient, settings: Settings, documents: VideoDocumentStores
) -> None:
    await documents.moments.write("talk", moments())
    content = bytes(range(256)) * 8000
    put_clip(settings, "talk", LATE, content)
    whole = await get(client, f"clips/{LATE}")
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["content-disposition"] == f'inline; filename="{clip_name("talk", LATE)}"'
    saved = await get(client, f"clips/{LATE}?download=true")
    assert saved.headers["content-disposition"] == f'attachment; filename="{clip_name("talk", LATE)}"'
    assert (await get(client, f"clips/{REFINED}")).content == content  # the parent's clip
    path = "/".join([video_path("talk"), f"clips/{LATE}"])
    part = await client.get(path, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, content[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(content)}"
    head = await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    del head.headers["x-request-id"], whole.headers["x-request-id"]
    assert head.headers == whole.headers
    for asked, status in ((f"bytes={len(content)}-", 416), ("bytes=5-1", 400)):
        refused = await client.get(path, headers={"Range": asked})
        assert (refused.status_code, refused.headers["content-type"].partition(";")[0]) == (
            status,
            "text/plain",
        )
    changed = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert (await client.get(path, headers=changed)).status_code == 200


async def test_clip_redirects_to_a_signed_url_for_the_method(
    client: httpx.AsyncClient, library: Library, documents: VideoDocumentStores
) -> None:
    await documents.moments.write("talk", moments())
    path = "/".join([video_path("talk"), f"clips/{LATE}"])
    for method in ("GET", "HEAD"):
        response = await client.request(method, path)
        assert response.status_code == 404
    library.put(f"clips/talk/{clip_name('talk', LATE)}", b"late")
    async with httpx.AsyncClient() as outside:
        for method in ("GET", "HEAD"):
            response = await client.request(method, path)
            assert (response.status_code, response.headers["cache-control"]) == (307, "no-store")
            assert (await outside.request(method, response.headers["location"])).status_code == 200
        answer = await outside.get((await client.get(path)).headers["location"])
        assert answer.content == b"late"
    saved = httpx.URL((await client.get(path, params={"download": True})).headers["location"])
    assert saved.params["response-content-disposition"] == (
        f"attachment; filename*=utf-8''{clip_name('talk', LATE)}"
    )


async def test_clips_need_a_moment_of_the_video(
    client: httpx.AsyncClient, settings: Settings, documents: VideoDocumentStores
) -> None:
    await documents.moments.write("talk", moments()[:2])
    for moment_id in (LATE, "f" * 16):
        put_clip(settings, "talk", moment_id, b"bytes")
    (settings.moment_clips_dir / "secret_0000000000000000_clip.mp4").write_bytes(b"secret")
    problem(await get(client, f"clips/{'f' * 16}"), 404, "not-made-yet")
    problem(await get(client, f"clips/{EARLY}"), 404, "not-made-yet")
    problem(await get(client, f"clips/{LATE}", "secret"), 404, "not-made-yet")
    for moment_id in ("A" * 16, "0" * 15, "0" * 17, "%2e%2e", f"{LATE}%0a", f"{LATE}%00", "x", "é" * 16):
        problem(await get(client, f"clips/{moment_id}"), 422, "invalid-request")
    problem(await get(client, f"clips/..%2F{LATE}"), 404, "not-found")


async def test_path_traversal_is_rejected(
    client: httpx.AsyncClient, settings: Settings, documents: VideoDocumentStores
) -> None:
    await documents.transcripts.write("talk", TRANSCRIPT)
    (settings.static_path / "secret.json").write_text(TRANSCRIPT.model_dump_json())
    for rest in RESTS:
        for name in ("a\0b", "\0"):
            problem(await get(client, rest, name), 422, "invalid-request")
        for name in ("../secret", "../transcripts/talk", "/", "a/b"):
            problem(await get(client, rest, name), 404, "not-found")
        dots = await client.get(httpx.URL(f"http://localhost/api/videos/%2e%2e/{rest}"))
        assert dots.status_code in {404, 422}


@pytest.mark.parametrize("name", NAMES)
async def test_names_with_special_characters(
    client: httpx.AsyncClient, settings: Settings, library: Library, documents: VideoDocumentStores, name: str
) -> None:
    await documents.transcripts.write(name, TRANSCRIPT)
    await documents.moments.write(name, moments())
    put_clip(settings, name, LATE, b"late")
    for _ in range(2):
        assert (await found(client, "transcript", name))["text"] == TRANSCRIPT.text
        assert (await get(client, "transcript.vtt", name)).text.startswith("WEBVTT")
        assert len(await found(client, "moments", name)) == 3
        (clip,) = await found(client, "clips", name)
        assert clip["filename"] == clip_name(name, LATE)
        assert (await client.get(clip["url"])).status_code in {200, 307}
        delete_local_files(settings)
        library.put(f"clips/{name}/{clip_name(name, LATE)}", b"late")


@pytest.mark.slow
async def test_corrupt_file_is_named(
    client: httpx.AsyncClient, settings: Settings, library: Library, documents: VideoDocumentStores
) -> None:
    await documents.transcripts.write("talk", TRANSCRIPT)
    await documents.moments.write("talk", moments())
    whole = (settings.transcripts_dir / "talk.json").read_bytes()
    damages = (b"", b"{", whole[: len(whole) // 2], b"\xff\xfe", b"null", b"[1]", b'{"text": 1}', b"[" * 9999)
    for damage in damages:
        for folder in (settings.transcripts_dir, settings.moments_dir):
            (folder / "talk.json").write_bytes(damage)
        for rest in RESTS:
            answer = problem(await get(client, rest), 503, "damaged-file")
            assert not answer["retryable"]
            assert "talk.json" in answer["remedy"]
    delete_local_files(settings)
    for damage in damages:
        library.put("transcripts/talk.json", damage)
        library.put("moments/talk.json", damage)
        for rest in RESTS:
            answer = problem(await get(client, rest), 503, "damaged-file")
            assert f"gs://{library.bucket}/" in answer["detail"]


async def test_invalid_moments_are_corrupt(
    client: httpx.AsyncClient, settings: Settings, documents: VideoDocumentStores
) -> None:
    await documents.moments.write("talk", moments())
    path = settings.moments_dir / "talk.json"
    good = json.loads(path.read_text())
    for change in (
        {"id": "../../x"},
        {"score": 11},
        {"start_time": -1},
        {"end_time": "NaN"},
        {"title": None},
    ):
        path.write_text(json.dumps([good[0] | change]))
        assert next(iter(change)) in problem(await get(client, "moments"), 503, "damaged-file")["detail"]


async def test_unreadable_file_is_named(
    client: httpx.AsyncClient, settings: Settings, documents: VideoDocumentStores
) -> None:
    await documents.transcripts.write("talk", TRANSCRIPT)
    path = settings.transcripts_dir / "talk.json"
    path.unlink()
    path.mkdir()
    problem(await get(client, "transcript"), 503, "file-unreadable")


async def test_documents_are_replaced_atomically(
    client: httpx.AsyncClient, documents: VideoDocumentStores
) -> None:
    first, second = moments()[:1], moments()
    await documents.moments.write("talk", first)
    reading = asyncio.gather(*(found(client, "moments") for _ in range(30)))
    for version in (second, first) * 3:
        await documents.moments.write("talk", version)
    assert {len(answer) for answer in await reading} <= {1, 3}
