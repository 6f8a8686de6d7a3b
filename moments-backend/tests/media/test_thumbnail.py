"""Thumbnails of real videos."""

import asyncio
import json
import os
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
    LocalFileNotFoundError,
    NotAVideoError,
)
from app.media import binaries, thumbnail
from app.media.ffprobe import probe
from app.media.key_frames import PictureSource
from tests.fixtures.media import ffmpeg, make_audio, make_picture, make_video, truncate

pytestmark = pytest.mark.usefixtures("clean_environment")


async def source_of(video: Path, **options: Any) -> PictureSource:
    info = (await probe(video, settings=Settings(**options))).info
    return PictureSource(video, info, info.duration_seconds)


async def automatic(source: str | Path, **options: Any) -> bytes:
    """Return the automatic thumbnail; a URL or a file of which nothing is known."""
    return await thumbnail.choose_thumbnail(PictureSource(source), settings=Settings(**options))


async def chosen(video: Path) -> bytes:
    """Return the automatic thumbnail of a probed file."""
    return await thumbnail.choose_thumbnail(await source_of(video), settings=Settings())


async def at(video: Path, seconds: float) -> bytes:
    return await thumbnail.extract_thumbnail(await source_of(video), seconds, settings=Settings())


def size_of(picture: bytes) -> tuple[int, int]:
    ffprobe = binaries.find_ffprobe(Settings())
    options = ("-v", "error", "-of", "json", "-show_streams", "-f", "jpeg_pipe", "-")
    answer = json.loads(
        subprocess.run([ffprobe, *options], check=True, input=picture, capture_output=True).stdout
    )
    (stream,) = answer["streams"]
    assert stream["codec_name"] == "mjpeg"
    return stream["width"], stream["height"]


def rgb_of(picture: bytes) -> tuple[float, float, float]:
    """Return the mean red, green and blue from 0 to 255."""
    samples = ffmpeg("-f", "jpeg_pipe", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-", stdin=picture)
    red, green, blue = (sum(samples[channel::3]) / (len(samples) / 3) for channel in range(3))
    return red, green, blue


def brightness_of(picture: bytes) -> float:
    return sum(rgb_of(picture)) / 3


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
    assert size_of(await chosen(make_video(tmp_path / name))) == (320, 180)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"size": "1280x720"}, (640, 360)),
        ({"size": "1280x720", "rotation": 90}, (640, 1136)),
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
    video = make_video(tmp_path / "a.mp4", seconds=0.2, **options)
    assert size_of(await chosen(video)) == size


async def test_unprobed_file_has_a_thumbnail(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", size="720x576", sample_aspect_ratio="64:45", cover_art=True)
    assert size_of(await automatic(video)) == (640, 360)


def two_parts(path: Path, first: str, second: str, *options: str, seconds: str = "2") -> Path:
    """Write a video whose two halves are FFmpeg sources."""
    inputs = [part for source in (first, second) for part in ("-f", "lavfi", "-t", seconds, "-i", source)]
    encoding = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *options)
    ffmpeg(*inputs, "-filter_complex", "concat", *encoding, path)
    return path


BLACK, WHITE, SCENE = "color=black:s=160x90", "color=white:s=160x90", "testsrc2=s=160x90"


async def test_frame_is_taken_at_the_requested_time(tmp_path: Path) -> None:
    both = two_parts(tmp_path / "both.mp4", BLACK, WHITE)
    assert brightness_of(await at(both, 0)) < 30
    assert brightness_of(await at(both, 1.9)) < 30
    assert brightness_of(await at(both, 2.1)) > 225
    assert brightness_of(await at(both, 4)) > 225  # the last frame
    with pytest.raises(InvalidRequestError, match="no frame at 60 s"):
        await at(both, 60)


async def test_time_counts_from_the_first_picture(tmp_path: Path) -> None:
    both = two_parts(tmp_path / "both.ts", BLACK, WHITE, "-output_ts_offset", "1000")
    assert brightness_of(await at(both, 1.8)) < 30
    assert brightness_of(await at(both, 2.2)) > 225


@pytest.mark.parametrize("opening", [BLACK, WHITE, "color=gray:s=160x90"])
async def test_plain_start_is_passed_over(tmp_path: Path, opening: str) -> None:
    video = two_parts(tmp_path / "a.mp4", opening, SCENE, "-g", "10")
    found = await chosen(video)
    assert max(rgb_of(found)) - min(rgb_of(found)) > 5  # the scene has colours, the opening has none


async def test_scene_without_key_frames_is_found(tmp_path: Path) -> None:
    """The only key frame is black, as in a fade from black."""
    video = two_parts(tmp_path / "a.mp4", BLACK, SCENE, "-g", "9999", "-sc_threshold", "0")
    assert brightness_of(await chosen(video)) > 60


async def test_sharp_frame_is_preferred(tmp_path: Path) -> None:
    blurred = f"{SCENE},gblur=sigma=12"
    video = two_parts(tmp_path / "a.mp4", blurred, SCENE, "-g", "10")
    sharp, found = await at(video, 2.5), await chosen(video)
    assert len(found) > 0.8 * len(sharp) > len(await at(video, 0.5))


async def test_dark_video_has_its_best_frame(tmp_path: Path) -> None:
    video = two_parts(tmp_path / "a.mp4", BLACK, f"{SCENE},lutyuv=y=16+(val-16)/12:u=128:v=128", "-g", "10")
    found = await chosen(video)
    assert 1 < brightness_of(found) < 30


async def test_time_of_a_storyboard_is_used(tmp_path: Path) -> None:
    both = await source_of(two_parts(tmp_path / "both.mp4", SCENE, f"{SCENE},negate"))
    found = await thumbnail.choose_thumbnail(both, settings=Settings(), best_second=3.0)
    assert found == await thumbnail.extract_thumbnail(both, 3.0, settings=Settings())


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
async def test_hdr_looks_like_its_sdr_twin(tmp_path: Path, transfer: str) -> None:
    grey = "color=0x656565:s=160x90:r=5,format=yuv420p"
    sdr, hdr = tmp_path / "sdr.mp4", tmp_path / "hdr.mp4"
    x264 = ("-t", "1", "-c:v", "libx264", "-preset", "ultrafast")
    bt709 = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    ffmpeg("-f", "lavfi", "-i", f"{grey},{bt709}", *x264, sdr)
    to_hdr = (
        f"{bt709},zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020:t={transfer}:m=bt2020nc:npl=203"
    )
    tags = ("-color_trc", transfer, "-color_primaries", "bt2020", "-colorspace", "bt2020nc")
    x265 = ("-t", "1", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
    ffmpeg("-f", "lavfi", "-i", grey, "-vf", f"{to_hdr},format=yuv420p10le", *x265, *tags, hdr)
    expected, found = rgb_of(await chosen(sdr)), rgb_of(await chosen(hdr))
    assert max(abs(left - right) for left, right in zip(expected, found, strict=True)) < 12


async def test_thumbnail_over_http(tmp_path: Path, site: str) -> None:
    make_video(tmp_path / "site" / "a b.webm")
    assert size_of(await automatic(f"{site}/a%20b.webm?signature=secret")) == (320, 180)


async def test_http_404_is_retryable_and_hides_the_url(site: str) -> None:
    with pytest.raises(FFmpegError) as caught:
        await automatic(f"{site}/a.mp4?signature=secret")
    assert caught.value.cause.startswith("a.mp4 could not be read: ")
    assert "404" in caught.value.cause
    assert "secret" not in caught.value.cause


async def test_unavailable_server() -> None:
    with pytest.raises(FFmpegError, match=r"a\.mp4 could not be read"):
        await automatic("http://127.0.0.1:9/a.mp4")


async def test_playlist_url_reads_no_local_file(tmp_path: Path, site: str) -> None:
    secret = make_video(tmp_path / "secret.mp4")
    (tmp_path / "site" / "a.mp4").write_text(f"ffconcat version 1.0\nfile 'file:{secret}'\n")
    with pytest.raises(NotAVideoError, match="it is not a video"):
        await automatic(f"{site}/a.mp4")


@pytest.mark.parametrize(
    "source", ["file:///etc/passwd", "concat:a|b", "/etc/passwd", "ftp://host/a.mp4", ""]
)
async def test_only_files_and_http_urls_are_accepted(source: str) -> None:
    with pytest.raises(InvalidRequestError):
        await automatic(source)


async def test_non_videos_are_refused(tmp_path: Path) -> None:
    for video in (
        make_audio(tmp_path / "sound.mp4"),
        make_audio(tmp_path / "cover.mp4", cover_art=True),
        make_picture(tmp_path / "picture.mp4"),
        truncate(make_video(tmp_path / "short.mp4")),
    ):
        with pytest.raises(NotAVideoError, match=rf"no frame could be decoded from {video.name}: \w"):
            await automatic(video)
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(EmptyFileError):
        await automatic(tmp_path / "empty.mp4")
    with pytest.raises(LocalFileNotFoundError):
        await automatic(tmp_path / "gone.mp4")


def fake_ffmpeg(folder: Path, script: str) -> Path:
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_hanging_ffmpeg_is_stopped(tmp_path: Path) -> None:
    hanging = fake_ffmpeg(tmp_path, "sleep 600")
    with pytest.raises(FFmpegTimeoutError):
        await automatic(make_video(tmp_path / "a.mp4"), ffmpeg_path=hanging, ffprobe_timeout_seconds=0.5)


async def test_cancellation_ends_ffmpeg(tmp_path: Path) -> None:
    waiting = fake_ffmpeg(tmp_path, f"touch {tmp_path}/started.$$; exec sleep 600")
    task = asyncio.create_task(automatic(make_video(tmp_path / "a.mp4"), ffmpeg_path=waiting))
    while not (started := [*tmp_path.glob("started.*")]):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(started[0].suffix[1:]), 0)


async def test_crashing_ffmpeg(tmp_path: Path) -> None:
    crashing = fake_ffmpeg(tmp_path, "kill -SEGV $$")
    with pytest.raises(FFmpegError, match="terminated by SIGSEGV"):
        await automatic(make_video(tmp_path / "a.mp4"), ffmpeg_path=crashing)


async def test_ffmpeg_without_a_frame(tmp_path: Path) -> None:
    silent = fake_ffmpeg(tmp_path, "exit 0")
    with pytest.raises(NotAVideoError, match=r"no frame could be decoded from a\.mp4"):
        await automatic(make_video(tmp_path / "a.mp4"), ffmpeg_path=silent)
