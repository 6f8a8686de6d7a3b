"""Thumbnails of real videos."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from app.core.config import Settings
from app.core.exceptions import (
    EmptyFileError,
    FFmpegError,
    FFmpegTimeoutError,
    InvalidRequestError,
    LocalFileError,
    LocalFileNotFoundError,
    NotAVideoError,
)
from app.media import binaries, thumbnail
from app.media.ffprobe import probe
from app.media.key_frames import PictureSource
from tests.fixtures.media import ffmpeg, make_audio, make_picture, make_video, truncate

pytestmark = pytest.mark.usefixtures("clean_environment")


async def extract(
    source: str | Path, destination: Path, at_seconds: float | None = None, **options: Any
) -> None:
    """Write the automatic thumbnail, or the frame at a time, to a file."""
    settings = Settings(**options)
    info = None
    if isinstance(source, Path) and "ffmpeg_path" not in options:
        info = (await probe(source, settings=settings)).info
    pictures = PictureSource(source, info, info.duration_seconds if info else None)
    if at_seconds is None:
        jpeg = await thumbnail.choose_thumbnail(pictures, settings=settings)
    else:
        jpeg = await thumbnail.extract_thumbnail(pictures, at_seconds, settings=settings)
    destination.write_bytes(jpeg)


def size_of(picture: Path) -> tuple[int, int]:
    ffprobe = binaries.find_ffprobe(Settings())
    options = ("-v", "error", "-of", "json", "-show_streams")
    answer = json.loads(subprocess.run([ffprobe, *options, picture], check=True, capture_output=True).stdout)
    (stream,) = answer["streams"]
    assert stream["codec_name"] == "mjpeg"
    return stream["width"], stream["height"]


def brightness_of(picture: Path) -> float:
    """Return the mean brightness from 0 (black) to 255 (white)."""
    samples = ffmpeg("-i", picture, "-f", "rawvideo", "-pix_fmt", "gray", "-")
    return sum(samples) / len(samples)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """Serve the folder `site` over HTTP."""
    (tmp_path / "site").mkdir()
    handler = partial(QuietHandler, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi", "-a b#c?%03d'\n.m4v"])
async def test_thumbnail_of_each_container(tmp_path: Path, name: str) -> None:
    await extract(make_video(tmp_path / name), tmp_path / "a.jpg")
    assert size_of(tmp_path / "a.jpg") == (320, 180)
    assert (tmp_path / "a.jpg").read_bytes().startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"size": "1280x720"}, (640, 360)),
        ({"size": "1280x720", "rotation": 90}, (640, 1138)),
        ({"size": "320x180", "rotation": -90}, (180, 320)),
        ({"size": "360x288", "sample_aspect_ratio": "16:15"}, (384, 288)),
        ({"size": "720x576", "sample_aspect_ratio": "64:45"}, (640, 360)),
        ({"size": "720x480", "sample_aspect_ratio": "8:9"}, (640, 480)),
        ({"size": "2000x2"}, (640, 2)),
        ({"cover_art": True}, (320, 180)),
        ({"audio": False}, (320, 180)),
    ],
)
async def test_size_is_upright_square_and_limited(
    tmp_path: Path, options: dict[str, Any], size: tuple[int, int]
) -> None:
    await extract(make_video(tmp_path / "a.mp4", seconds=0.2, **options), tmp_path / "a.jpg")
    assert size_of(tmp_path / "a.jpg") == size


async def test_frame_is_taken_at_the_requested_time(tmp_path: Path) -> None:
    dark = make_video(tmp_path / "dark.mp4", seconds=2, pattern="color=black", audio=False)
    light = make_video(tmp_path / "light.mp4", seconds=2, pattern="color=white", audio=False)
    both = tmp_path / "both.mp4"
    ffmpeg("-i", dark, "-i", light, "-filter_complex", "concat", "-c:v", "mpeg4", both)
    await extract(both, tmp_path / "early.jpg", at_seconds=0)
    await extract(both, tmp_path / "late.jpg", at_seconds=2.5)
    assert brightness_of(tmp_path / "early.jpg") < 30
    assert brightness_of(tmp_path / "late.jpg") > 225


async def test_black_first_frame_is_skipped(tmp_path: Path) -> None:
    lit = make_video(tmp_path / "lit.mp4", audio=False)
    ffmpeg(
        "-i", lit, "-vf", "drawbox=color=black:t=fill:enable='lt(n,3)'", "-c:v", "mpeg4", tmp_path / "a.mp4"
    )
    await extract(tmp_path / "a.mp4", tmp_path / "a.jpg", at_seconds=None)
    assert brightness_of(tmp_path / "a.jpg") > 60


async def test_time_after_the_end_uses_the_start(tmp_path: Path) -> None:
    await extract(make_video(tmp_path / "a.mp4"), tmp_path / "a.jpg", at_seconds=500)
    assert size_of(tmp_path / "a.jpg") == (320, 180)


async def test_old_thumbnail_is_replaced_folder_created(tmp_path: Path) -> None:
    destination = tmp_path / "new" / "folder" / "a.jpg"
    await extract(make_video(tmp_path / "a.mp4"), destination)
    first = destination.read_bytes()
    await extract(make_video(tmp_path / "a.mp4", pattern="color=red"), destination)
    assert destination.read_bytes() != first
    assert [path.name for path in destination.parent.iterdir()] == ["a.jpg"]


async def test_longest_file_name(tmp_path: Path) -> None:
    destination = tmp_path / ("x" * 251 + ".jpg")
    await extract(make_video(tmp_path / "a.mp4"), destination)
    assert size_of(destination) == (320, 180)


async def test_thumbnail_over_http(tmp_path: Path, site: str) -> None:
    make_video(tmp_path / "site" / "a b.webm")
    await extract(f"{site}/a%20b.webm?signature=secret", tmp_path / "a.jpg")
    assert size_of(tmp_path / "a.jpg") == (320, 180)


async def test_http_404_is_retryable_and_hides_the_url(tmp_path: Path, site: str) -> None:
    with pytest.raises(FFmpegError) as caught:
        await extract(f"{site}/a.mp4?signature=secret", tmp_path / "a.jpg")
    assert caught.value.cause.startswith("a.mp4 could not be read: ")
    assert "404" in caught.value.cause
    assert "secret" not in caught.value.cause


async def test_unavailable_server(tmp_path: Path) -> None:
    with pytest.raises(FFmpegError, match=r"a\.mp4 could not be read"):
        await extract("http://127.0.0.1:9/a.mp4", tmp_path / "a.jpg")


async def test_playlist_url_reads_no_local_file(tmp_path: Path, site: str) -> None:
    secret = make_video(tmp_path / "secret.mp4")
    (tmp_path / "site" / "a.mp4").write_text(f"ffconcat version 1.0\nfile 'file:{secret}'\n")
    with pytest.raises(NotAVideoError, match="it is not a video"):
        await extract(f"{site}/a.mp4", tmp_path / "a.jpg")


@pytest.mark.parametrize(
    "source", ["file:///etc/passwd", "concat:a|b", "/etc/passwd", "ftp://host/a.mp4", ""]
)
async def test_only_files_and_http_urls_are_accepted(tmp_path: Path, source: str) -> None:
    with pytest.raises(InvalidRequestError):
        await extract(source, tmp_path / "a.jpg")


async def test_non_videos_leave_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for source in (
        make_audio(tmp_path / "sound.mp4"),
        make_audio(tmp_path / "cover.mp4", cover_art=True),
        make_picture(tmp_path / "picture.mp4"),
        truncate(make_video(tmp_path / "short.mp4")),
    ):
        with pytest.raises(NotAVideoError, match=rf"no frame could be decoded from {source.name}: \w"):
            await extract(source, folder / "a.jpg")
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(EmptyFileError):
        await extract(tmp_path / "empty.mp4", folder / "a.jpg")
    with pytest.raises(LocalFileNotFoundError):
        await extract(tmp_path / "gone.mp4", folder / "a.jpg")
    assert list(folder.iterdir()) == []


async def test_folder_that_cannot_be_created(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4")
    with pytest.raises(LocalFileError, match="could not be written"):
        await extract(video, video / "a.jpg")


def fake_ffmpeg(folder: Path, script: str) -> Path:
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_hanging_ffmpeg_is_stopped(tmp_path: Path) -> None:
    hanging = fake_ffmpeg(tmp_path, "sleep 600")
    with pytest.raises(FFmpegTimeoutError):
        await extract(
            make_video(tmp_path / "a.mp4"),
            tmp_path / "a.jpg",
            ffmpeg_path=hanging,
            ffprobe_timeout_seconds=0.5,
        )


async def test_cancellation_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    started = tmp_path / "started"
    waiting = fake_ffmpeg(tmp_path, f"echo half; touch '{started}'; sleep 600")
    video = make_video(tmp_path / "a.mp4")
    task = asyncio.create_task(extract(video, folder / "a.jpg", ffmpeg_path=waiting))
    while not started.exists():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not folder.exists()


async def test_crashing_ffmpeg(tmp_path: Path) -> None:
    crashing = fake_ffmpeg(tmp_path, "kill -SEGV $$")
    with pytest.raises(FFmpegError, match="terminated by SIGSEGV"):
        await extract(make_video(tmp_path / "a.mp4"), tmp_path / "a.jpg", ffmpeg_path=crashing)


async def test_ffmpeg_without_a_frame(tmp_path: Path) -> None:
    silent = fake_ffmpeg(tmp_path, "exit 0")
    with pytest.raises(NotAVideoError, match=r"no frame could be decoded from a\.mp4"):
        await extract(make_video(tmp_path / "a.mp4"), tmp_path / "a.jpg", ffmpeg_path=silent)
