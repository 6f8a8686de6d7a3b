"""`GET /api/videos/{video_id}/thumbnail`."""

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.media import binaries, process
from app.services.library import thumbnails
from tests.api.conftest import running
from tests.api.support.rows import add_row, problem
from tests.fixtures.library import Library
from tests.fixtures.media import ffmpeg, make_audio, make_video
from tests.media.support.hostile_videos import huge_picture

JPEG = b"\xff\xd8\xff"
PROCESSES = 2
"""Runs of FFmpeg per thumbnail: one reads frames, the other one encodes the best."""


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of started programs, and the highest concurrency as `at once: n`."""
    started: list[str] = []
    real = process.run
    active = 0

    async def watched(argv: list[str], **options: Any) -> process.CompletedProcess:
        nonlocal active
        active += 1
        started.append(Path(argv[0]).name)
        if Path(argv[0]).name.startswith("ffmpeg"):
            started.append(f"at once: {active}")
        try:
            return await real(argv, **options)
        finally:
            active -= 1

    monkeypatch.setattr(process, "run", watched)
    return started


def pictures(programs: list[str]) -> int:
    return sum(name.startswith("ffmpeg") for name in programs)


@pytest.mark.slow
async def test_thumbnail_is_made_once_from_the_local_file(
    client: httpx.AsyncClient, library: Library, programs: list[str]
) -> None:
    make_video(library.folder / "talk.mp4", size="1280x720")
    response = await client.get("/api/videos/talk/thumbnail")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg")
    assert response.content.startswith(JPEG)
    kept = library.settings.thumbnails_dir / "talk.jpg"
    assert kept.read_bytes() == response.content
    again = await client.get("/api/videos/talk/thumbnail")
    assert again.content == response.content
    assert again.headers["etag"] == response.headers["etag"]
    assert "last-modified" in again.headers
    assert "cache-control" in again.headers
    head = await client.head("/api/videos/talk/thumbnail")
    headers = [dict(answer.headers) for answer in (head, again)]
    for each in headers:
        each.pop("x-request-id", None)
    assert headers[0] == headers[1]
    assert pictures(programs) == PROCESSES
    assert ffmpeg("-i", kept, "-f", "null", "-", "-vf", "scale,showinfo") == b""  # it decodes


async def test_concurrent_requests_share_one_process(
    client: httpx.AsyncClient, library: Library, programs: list[str]
) -> None:
    names = ("a", "b", "c", "d", "e")
    for name in names:
        make_video(library.folder / f"{name}.mp4")
    asked = [client.get(f"/api/videos/{name}/thumbnail") for name in names for _ in range(4)]
    assert {response.status_code for response in await asyncio.gather(*asked)} == {200}
    assert pictures(programs) == PROCESSES * len(names)
    assert max(name for name in programs if name.startswith("at once")) <= "at once: 2"


async def test_newer_video_replaces_the_thumbnail(client: httpx.AsyncClient, library: Library) -> None:
    talk = make_video(library.folder / "talk.mp4", pattern="color=black")
    first = (await client.get("/api/videos/talk/thumbnail")).content
    make_video(talk, pattern="smptebars")
    now = (library.settings.thumbnails_dir / "talk.jpg").stat().st_mtime
    os.utime(talk, (now + 5, now + 5))
    assert (await client.get("/api/videos/talk/thumbnail")).content != first


async def test_own_picture_is_kept(client: httpx.AsyncClient, library: Library) -> None:
    make_video(library.folder / "talk.mp4")
    library.settings.thumbnails_dir.mkdir()
    own = library.settings.thumbnails_dir / "talk.jpg"
    own.write_bytes(JPEG + b"my own")
    assert (await client.get("/api/videos/talk/thumbnail")).content == JPEG + b"my own"
    (library.folder / "talk.mp4").unlink()
    assert (await client.get("/api/videos/talk/thumbnail")).content == JPEG + b"my own"


async def test_symbolic_link_is_not_followed(
    client: httpx.AsyncClient, library: Library, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    library.settings.thumbnails_dir.mkdir()
    (library.settings.thumbnails_dir / "talk.jpg").symlink_to(secret)
    problem(await client.get("/api/videos/talk/thumbnail"), 404, "video-not-found")
    make_video(library.folder / "talk.mp4")
    assert (await client.get("/api/videos/talk/thumbnail")).content.startswith(JPEG)
    assert secret.read_text() == "secret"


async def test_thumbnail_is_made_from_the_object(
    client: httpx.AsyncClient, library: Library, tmp_path: Path
) -> None:
    add_row(library, "talk", duration_seconds=1.0)
    library.put("videos/talk/talk.mp4", make_video(tmp_path / "talk.mp4").read_bytes())
    response = await client.get("/api/videos/talk/thumbnail")
    assert (response.status_code, response.content[:3]) == (200, JPEG)


@pytest.mark.parametrize("where", ["local", "object"])
async def test_audio_only_file_has_no_thumbnail(
    client: httpx.AsyncClient, library: Library, tmp_path: Path, where: str
) -> None:
    path = make_audio(library.folder / "talk.mp4", codec="aac", container="mp4")
    if where == "object":
        add_row(library, "talk")
        library.put("videos/talk/talk.mp4", path.read_bytes())
        path.unlink()
    problem(await client.get("/api/videos/talk/thumbnail"), 404, "no-picture")
    if where == "local":
        path.write_bytes(b"")
        problem(await client.get("/api/videos/talk/thumbnail"), 404, "no-picture")
    assert not list(library.settings.static_path.rglob("*.jpg"))


async def test_missing_ffmpeg_is_reported(settings: Settings, library: Library) -> None:
    make_video(library.folder / "talk.mp4")
    missing = settings.model_copy(update={"ffmpeg_path": library.folder / "nothing-here"})
    async with running(missing) as client:
        found = problem(await client.get("/api/videos/talk/thumbnail"), 503, "tool-missing")
    assert found["remedy"]


async def test_overlong_id_has_no_thumbnail(client: httpx.AsyncClient, library: Library) -> None:
    identifier = "x" * 255
    add_row(library, identifier)
    problem(await client.get(f"/api/videos/{identifier}/thumbnail"), 404, "no-picture")


async def test_waiting_thumbnails_are_limited(
    settings: Settings, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "MAX_WAITING", 2)
    names = ("a", "b", "c")
    for name in names:
        make_video(library.folder / f"{name}.mp4")
    waiting = tmp_path / "ffprobe"
    real = binaries.find_ffprobe(settings)
    waiting.write_text(
        f"#!/bin/sh\n: > {tmp_path}/started.$$\n"
        f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done\nexec '{real}' \"$@\"\n"
    )
    waiting.chmod(0o755)
    async with running(settings.model_copy(update={"ffprobe_path": waiting})) as client:
        first = [asyncio.create_task(client.get(f"/api/videos/{name}/thumbnail")) for name in names[:2]]
        while len(list(tmp_path.glob("started.*"))) < len(first):
            await asyncio.sleep(0.02)
        refused = await client.get("/api/videos/c/thumbnail")
        assert problem(refused, 429, "too-many-thumbnails")["retryable"]
        assert refused.headers["retry-after"]
        (tmp_path / "go").touch()
        assert [response.status_code for response in await asyncio.gather(*first)] == [200, 200]
        assert (await client.get("/api/videos/c/thumbnail")).status_code == 200


@pytest.mark.parametrize("where", ["local", "object"])
async def test_huge_picture_has_no_thumbnail(client: httpx.AsyncClient, library: Library, where: str) -> None:
    path = huge_picture(library.folder / "talk.mp4")
    if where == "object":
        add_row(library, "talk")
        library.put("videos/talk/talk.mp4", path.read_bytes())
        path.unlink()
    found = problem(await client.get("/api/videos/talk/thumbnail"), 404, "no-picture")
    assert "16000x16000" in found["detail"]
