"""`GET /api/videos/{video_id}/storyboard.vtt` and `.jpg`."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import httpx
import pytest

from app.media import overview, process
from app.services.library import storyboards
from tests.api.support.rows import add_row, problem
from tests.fixtures.library import Library
from tests.fixtures.media import make_audio, make_video

JPEG = b"\xff\xd8\xff"
CUES, SHEET = "/api/videos/talk/storyboard.vtt", "/api/videos/talk/storyboard.jpg"
STORED = {"storyboards/talk/storyboard.jpg", "storyboards/talk/storyboard.vtt"}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the FFmpeg programs that were started."""
    started: list[str] = []
    real = process.run

    async def watched(argv: list[str], **options: object) -> process.CompletedProcess:
        started.append(Path(argv[0]).name)
        return await real(argv, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "run", watched)
    return started


def number_of(runs: list[str]) -> int:
    return sum(name.startswith("ffmpeg") for name in runs)


async def stored(library: Library) -> set[str]:
    """Wait for the upload in the background and return the names of the objects."""
    for _ in range(200):
        found = {name for name in library.objects() if name.startswith("storyboards/")}
        if found == STORED:
            return found
        await asyncio.sleep(0.02)
    return found


async def test_storyboard_is_made_once(client: httpx.AsyncClient, library: Library, runs: list[str]) -> None:
    make_video(library.folder / "talk.mp4")
    asked = [client.get(path) for path in (CUES, SHEET) for _ in range(4)]
    responses = await asyncio.gather(*asked)
    assert {response.status_code for response in responses} == {200}
    cues, sheet = responses[0], responses[-1]
    assert cues.headers["content-type"].startswith("text/vtt")
    assert sheet.headers["content-type"] == "image/jpeg"
    assert sheet.content.startswith(JPEG)
    assert cues.text.startswith("WEBVTT\n")
    assert number_of(runs) == 2  # one reads frames, the other one encodes the sheet
    assert cues.headers["cache-control"] == sheet.headers["cache-control"] == "private, no-cache"


async def test_sheet_is_cached_by_its_version(client: httpx.AsyncClient, library: Library) -> None:
    make_video(library.folder / "talk.mp4")
    found = re.search(
        r"^(storyboard\.jpg\?v=\w+)#xywh=0,0,160,90$", (await client.get(CUES)).text, re.MULTILINE
    )
    assert found
    current = await client.get(f"/api/videos/talk/{found[1]}")
    assert current.headers["cache-control"] == "private, max-age=31536000, immutable"
    other = await client.get(f"{SHEET}?v=other")
    assert (other.content, other.headers["cache-control"]) == (current.content, "private, no-cache")


async def test_changed_video_gets_another_storyboard(client: httpx.AsyncClient, library: Library) -> None:
    video = make_video(library.folder / "talk.mp4")
    first = (await client.get(SHEET)).content
    make_video(video, pattern="smptebars", seconds=2)
    os.utime(video, (1, 1))  # older, but of another size
    second = (await client.get(SHEET)).content
    assert second != first
    assert (await client.get(SHEET)).content == second


async def test_storyboard_is_fetched_from_the_bucket(
    client: httpx.AsyncClient, library: Library, runs: list[str]
) -> None:
    video = make_video(library.folder / "talk.mp4")
    add_row(library, "talk", size_bytes=video.stat().st_size)
    library.put("videos/talk/talk.mp4", video.read_bytes())
    cues, sheet = (await client.get(CUES)).content, (await client.get(SHEET)).content
    assert await stored(library) == STORED
    shutil.rmtree(library.settings.storyboards_dir)
    video.unlink()
    runs.clear()
    assert (await client.get(CUES)).content == cues
    assert (await client.get(SHEET)).content == sheet
    assert number_of(runs) == 0


async def test_outdated_object_is_not_used(client: httpx.AsyncClient, library: Library) -> None:
    video = make_video(library.folder / "talk.mp4")
    add_row(library, "talk")
    first = (await client.get(SHEET)).content
    await stored(library)
    shutil.rmtree(library.settings.storyboards_dir)
    make_video(video, pattern="smptebars", seconds=2)
    assert (await client.get(SHEET)).content != first


@pytest.mark.parametrize("max_read_bytes", [storyboards.MAX_READ_BYTES, 1])
async def test_storyboard_is_made_from_the_object(
    client: httpx.AsyncClient,
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    max_read_bytes: int,
) -> None:
    monkeypatch.setattr(storyboards, "MAX_READ_BYTES", max_read_bytes)
    monkeypatch.setattr(overview, "SEEKS", 2)
    content = make_video(tmp_path / "talk.mp4").read_bytes()
    add_row(library, "talk", duration_seconds=1.0, size_bytes=len(content))
    library.put("videos/talk/talk.mp4", content)
    assert "#xywh=0,0,160,90" in (await client.get(CUES)).text
    assert f"source_bytes={len(content)} " in (await client.get(CUES)).text


@pytest.mark.parametrize("where", ["local", "object"])
async def test_audio_has_no_storyboard(client: httpx.AsyncClient, library: Library, where: str) -> None:
    path = make_audio(library.folder / "talk.mp4", codec="aac", container="mp4")
    if where == "object":
        add_row(library, "talk")
        library.put("videos/talk/talk.mp4", path.read_bytes())
        path.unlink()
    problem(await client.get(CUES), 404, "no-storyboard")
    problem(await client.get(SHEET), 404, "no-storyboard")


async def test_unknown_video_has_no_storyboard(client: httpx.AsyncClient) -> None:
    problem(await client.get(CUES), 404, "video-not-found")


async def test_deletion_removes_storyboard_and_thumbnails(
    client: httpx.AsyncClient, library: Library
) -> None:
    video = make_video(library.folder / "talk.mp4")
    add_row(library, "talk", size_bytes=video.stat().st_size)
    assert (await client.get(CUES)).status_code == 200
    chosen = await client.put("/api/videos/talk/thumbnail", json={"at_seconds": 0.5})
    assert chosen.status_code == 200
    await stored(library)
    assert (await client.delete("/api/videos/talk?permanent=true")).status_code == 204
    assert not library.objects()
    static = library.settings.static_path
    left = [path for name in ("storyboards", "thumbnails") for path in (static / name).rglob("*.*")]
    assert left == []
