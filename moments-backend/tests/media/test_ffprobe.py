"""ffprobe on real files."""

import asyncio
import os
import random
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.core.exceptions import (
    EmptyFileError,
    FFmpegError,
    FFmpegTimeoutError,
    FileUnreadableError,
    LocalFileNotFoundError,
    NotAVideoError,
    ToolMissingError,
    TruncatedFileError,
)
from app.core.files.content_types import VIDEO_EXTENSIONS
from app.media import ffprobe, file_checks
from tests.fixtures.media import ffmpeg, make_audio, make_picture, make_video, truncate

NOBODY = 65534
pytestmark = pytest.mark.usefixtures("clean_environment")


async def probe(path: Path, **settings: Any) -> ffprobe.VideoMetadata:
    return await ffprobe.probe(path, settings=Settings(**settings))


def without_root_access(function: Callable[[], object]) -> BaseException | None:
    """Call `function` without root's file access and return its exception.

    Linux keeps the file access user per thread, so the test may run as root.
    """
    raised: list[BaseException] = []

    def call() -> None:
        import ctypes  # noqa: PLC0415 - only here

        ctypes.CDLL(None).setfsuid(NOBODY)
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            raised.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    return raised[0] if raised else None


@pytest.mark.parametrize(
    ("name", "options", "video_codec", "audio_codec"),
    [
        ("a.mp4", {}, "h264", "aac"),
        ("a.m4v", {}, "h264", "aac"),
        ("a.webm", {}, "vp9", "opus"),
        ("a.avi", {}, "mpeg4", "mp3"),
        ("a.mkv", {}, "hevc", "aac"),
        ("a.mov", {}, "mjpeg", "pcm_s16le"),
        ("b.mov", {"video_codec": "prores"}, "prores", "pcm_s16le"),
        ("a.MP4", {"audio": False}, "h264", None),
    ],
)
async def test_containers_and_codecs(
    tmp_path: Path, name: str, options: dict[str, Any], video_codec: str, audio_codec: str | None
) -> None:
    path = make_video(tmp_path / name, **options)
    metadata = await probe(path)
    assert metadata.duration_seconds == pytest.approx(1.0, abs=0.1)
    assert metadata.file_size_kb == path.stat().st_size // 1024
    assert metadata.video_codec == video_codec
    assert metadata.audio_codec == audio_codec
    assert metadata.resolution == "320x180"
    assert metadata.frame_rate == pytest.approx(25.0)


@pytest.mark.parametrize("rotation", [90, -90, 270])
async def test_portrait_rotation(tmp_path: Path, rotation: int) -> None:
    assert (await probe(make_video(tmp_path / "a.mp4", rotation=rotation))).resolution == "180x320"


async def test_upside_down_rotation(tmp_path: Path) -> None:
    assert (await probe(make_video(tmp_path / "a.mp4", rotation=180))).resolution == "320x180"


async def test_resolution_counts_stored_pixels(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", size="360x288", sample_aspect_ratio="16:15")
    assert (await probe(path)).resolution == "360x288"


async def test_cover_art_is_ignored(tmp_path: Path) -> None:
    metadata = await probe(make_video(tmp_path / "a.mp4", cover_art=True))
    assert (metadata.video_codec, metadata.resolution) == ("h264", "320x180")


async def test_variable_frame_rate_is_averaged(tmp_path: Path) -> None:
    constant = make_video(tmp_path / "a.mp4", seconds=2, audio=False)
    path = tmp_path / "variable.mp4"
    later = "setpts='if(lt(N,25),N,25+(N-25)*5)/25/TB'"  # a second at 25 frames, then 5 a second
    ffmpeg("-i", constant, "-vf", later, "-fps_mode", "vfr", "-c:v", "mpeg4", path)
    rate = (await probe(path)).frame_rate
    assert rate is not None
    assert 5 < rate < 15


async def test_duration_of_a_live_recording_is_measured(tmp_path: Path) -> None:
    recorded = make_video(tmp_path / "a.webm")
    path = tmp_path / "live.webm"
    path.write_bytes(ffmpeg("-i", recorded, "-c", "copy", "-f", "webm", "-live", "1", "-"))
    metadata = await probe(path)
    assert metadata.duration_seconds == pytest.approx(1.0, abs=0.01)
    assert metadata.info.duration_seconds == metadata.duration_seconds


@pytest.mark.parametrize(
    "name",
    [
        "with space.mp4",
        "a#b?c%20d+e&f.mp4",
        """it's "quoted".mp4""",
        "two\nlines.mp4",
        "-leading-dash.mp4",
        "concat:x.mp4",
        "%03d.mp4",
        unicodedata.normalize("NFC", "crème brûlée 東京.mp4"),
        unicodedata.normalize("NFD", "crème brûlée 東京.mp4"),
        "x" * 196 + ".mp4",
        os.fsdecode(b"caf\xe9.mp4"),
    ],
)
async def test_awkward_file_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    make_video(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert (await probe(Path(name))).video_codec == "h264"


async def test_relative_link(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4")
    (tmp_path / "link.mp4").symlink_to("a.mp4")
    assert (await probe(tmp_path / "link.mp4")).video_codec == "h264"


async def test_audio_file_is_not_a_video(tmp_path: Path) -> None:
    with pytest.raises(NotAVideoError, match=r"^a\.mp4 has no video stream: audio only \(mp3\)$"):
        await probe(make_audio(tmp_path / "a.mp4"))


async def test_audio_with_cover_is_not_a_video(tmp_path: Path) -> None:
    with pytest.raises(NotAVideoError, match=r"audio and cover art only \(mp3, mjpeg\)"):
        await probe(make_audio(tmp_path / "a.mp4", cover_art=True))


@pytest.mark.parametrize("codec", ["mjpeg", "bmp"])
async def test_image_is_not_a_video(tmp_path: Path, codec: str) -> None:
    with pytest.raises(NotAVideoError, match="is a still image"):
        await probe(make_picture(tmp_path / "a.mp4", codec=codec))


async def test_subtitles_are_not_a_video(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    with pytest.raises(NotAVideoError, match=r"no video stream: subtitle only \(subrip\)"):
        await probe(path)


async def test_playlist_is_not_a_video(tmp_path: Path) -> None:
    """The pipe would block ffprobe if it opened the file that the playlist names."""
    os.mkfifo(tmp_path / "pipe.mp4")
    path = tmp_path / "a.mp4"
    path.write_text("ffconcat version 1.0\nfile pipe.mp4\n")
    with pytest.raises(NotAVideoError, match=r"^a\.mp4 is a playlist, not a video$"):
        await probe(path)


async def test_error_names_the_cause(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"moov", b"junk"))
    with pytest.raises(NotAVideoError, match=r"may be damaged or truncated \(moov atom not found\)"):
        await probe(path)


@pytest.mark.parametrize("ending", sorted(VIDEO_EXTENSIONS))
@pytest.mark.parametrize("size", [500, 30_000])
async def test_random_bytes_are_not_a_video(tmp_path: Path, ending: str, size: int) -> None:
    """FFmpeg accepts any bytes as a raw stream of the extension's codec."""
    path = tmp_path / f"a{ending}"
    path.write_bytes(random.Random(1).randbytes(size))
    with pytest.raises(NotAVideoError, match=rf"^a\{ending} is "):
        await probe(path)


async def test_truncated_mp4(tmp_path: Path) -> None:
    with pytest.raises(TruncatedFileError, match=r"^a\.mp4 is truncated: \d+ of \d+ bytes$"):
        await probe(truncate(make_video(tmp_path / "a.mp4")))


async def test_unfinished_recording(tmp_path: Path) -> None:
    """The index is missing and the length means "to the end"."""
    path = make_video(tmp_path / "a.mp4")
    content = path.read_bytes()
    start = content.index(b"mdat") - 4
    path.write_bytes(content[:start] + bytes(4) + content[start + 4 : content.index(b"moov") - 4])
    with pytest.raises(NotAVideoError, match="may be damaged or truncated"):
        await probe(path)


async def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    with pytest.raises(EmptyFileError, match=r"^a\.mp4 is empty \(0 bytes\)$"):
        await probe(tmp_path / "a.mp4")


async def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(LocalFileNotFoundError, match=r"^a\.mp4 does not exist$"):
        await probe(tmp_path / "a.mp4")
    with pytest.raises(LocalFileNotFoundError):
        await probe(make_video(tmp_path / "b.mp4") / "a.mp4")


def test_unreadable_file(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    path.chmod(0)
    raised = without_root_access(lambda: file_checks.ensure_nonempty(path))
    assert isinstance(raised, FileUnreadableError)
    assert raised.cause == "a.mp4 cannot be read: Permission denied"


async def test_circular_link(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").symlink_to("a.mp4")
    with pytest.raises(FileUnreadableError, match="symbolic links"):
        await probe(tmp_path / "a.mp4")


async def test_pipe_is_rejected_without_blocking(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    with pytest.raises(NotAVideoError, match=r"a\.mp4 is a pipe or a device"):
        await probe(tmp_path / "a.mp4")


async def test_folder_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(NotAVideoError, match=r"a\.mp4 is a folder"):
        await probe(tmp_path / "a.mp4")


def fake_ffprobe(folder: Path, script: str) -> Path:
    """Create a fake ffprobe for errors that the real one does not produce on demand."""
    path = folder / "ffprobe"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_hanging_ffprobe_is_stopped(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    hanging = fake_ffprobe(tmp_path, "sleep 600")
    with pytest.raises(FFmpegTimeoutError, match=r"ffprobe was stopped after 0\.5 s"):
        await probe(path, ffprobe_path=hanging, ffprobe_timeout_seconds=0.5)


async def test_crashing_ffprobe_is_retryable_error(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    with pytest.raises(FFmpegError, match=r"terminated by SIGKILL while reading a\.mp4"):
        await probe(path, ffprobe_path=fake_ffprobe(tmp_path, "kill -9 $$"))


async def test_invalid_ffprobe_output(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    for nonsense in ("not json", "[]", ""):
        with pytest.raises(NotAVideoError):
            await probe(path, ffprobe_path=fake_ffprobe(tmp_path, f"echo '{nonsense}'"))


async def test_file_removed_while_probing(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    removing = fake_ffprobe(tmp_path, f"rm '{path}'; echo '{{}}'; exit 1")
    with pytest.raises(LocalFileNotFoundError):
        await probe(path, ffprobe_path=removing)


async def test_missing_ffprobe(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError):
        await probe(make_video(tmp_path / "a.mp4"), ffprobe_path=tmp_path / "nowhere")


async def test_concurrent_probes(tmp_path: Path) -> None:
    paths = [make_video(tmp_path / f"{number}.mp4") for number in range(8)]
    found = await asyncio.gather(*(probe(path) for path in paths))
    assert len({metadata.file_size_kb for metadata in found}) == 1
