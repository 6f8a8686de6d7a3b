"""Choice of picture and audio track."""

from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.core.exceptions import InvalidRequestError, MediaError, NotAVideoError
from app.media import audio
from app.media.ffprobe import probe
from app.media.stream_selection import audio_candidates, select_audio, select_video
from app.models.media_info import AudioStream, MediaInfo, VideoStream
from tests.fixtures.media import ffmpeg, make_picture, make_video
from tests.media.support.numbered_frames import clicks, make_counted

pytestmark = pytest.mark.usefixtures("clean_environment")

SILENCE = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo")
NOISE = ("-f", "lavfi", "-i", "anoisesrc=a=0.1:r=48000")
HUM = ("-f", "lavfi", "-i", "anoisesrc=a=0.00002:r=48000")
"""-94 dBFS, as the noise of an unused input."""


def pictures(*streams: dict[str, Any]) -> MediaInfo:
    defaults = {"codec": "h264", "width": 320, "height": 180}
    return MediaInfo(video=tuple(VideoStream(index=i, **(defaults | s)) for i, s in enumerate(streams)))


def sounds(*streams: dict[str, Any]) -> MediaInfo:
    return MediaInfo(
        audio=tuple(AudioStream(index=i, **({"codec": "aac"} | s)) for i, s in enumerate(streams))
    )


@pytest.mark.parametrize(
    ("streams", "selected"),
    [
        ([{}, {}], 0),
        ([{}, {"width": 640, "height": 360}], 1),
        ([{"is_default": True}, {"width": 640, "height": 360}], 0),
        ([{"is_default": True, "codec": "unknown"}, {}], 1),
        ([{"codec": "unknown"}], 0),
    ],
)
def test_picture(streams: list[dict[str, Any]], selected: int) -> None:
    assert select_video(pictures(*streams)).index == selected


def test_file_without_pictures() -> None:
    with pytest.raises(NotAVideoError):
        select_video(MediaInfo())


@pytest.mark.parametrize(
    ("streams", "order"),
    [
        ([{}, {}], [0, 1]),
        ([{}, {"is_default": True}], [1, 0]),
        ([{"is_secondary": True}, {}], [1, 0]),
        ([{"codec": "unknown", "is_default": True}, {}], [1]),
        ([{"codec": "ac4"}], []),
    ],
)
def test_audio_order(streams: list[dict[str, Any]], order: list[int]) -> None:
    assert [stream.index for stream in audio_candidates(sounds(*streams))] == order


async def selected(path: Path, preferred: int | None = None) -> int | None:
    info = (await probe(path, settings=Settings())).info
    stream = await select_audio(path, info, settings=Settings(), preferred=preferred)
    return None if stream is None else stream.index


@pytest.mark.parametrize("first", [SILENCE, HUM])
async def test_silent_track_is_passed_over(tmp_path: Path, first: tuple[str, ...]) -> None:
    whole, path = make_counted(tmp_path / "whole.mkv"), tmp_path / "a.mkv"
    tracks = ("-map", "0:v", "-map", "1:a", "-map", "0:a", "-c:v", "copy", "-c:a", "pcm_s16le")
    ffmpeg("-i", whole, *first, *tracks, "-t", "4", path)
    assert await selected(path) == 2
    assert await selected(path, preferred=1) == 1
    await audio.extract_audio(path, tmp_path / "a.wav", settings=Settings(), timeout=60)
    assert clicks(tmp_path / "a.wav") == pytest.approx([0, 1, 2, 3], abs=0.03)


async def test_audio_that_begins_late_counts(tmp_path: Path) -> None:
    picture, path = make_video(tmp_path / "whole.mkv", seconds=60, size="64x36", fps=1), tmp_path / "a.mkv"
    late = ("-f", "lavfi", "-i", "anoisesrc=a=0.1:r=8000:d=60,volume=enable='lt(t,25)':volume=0")
    tone = ("-f", "lavfi", "-i", "sine=d=60:r=8000")
    maps = ("-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "flac")
    ffmpeg("-i", picture, *late, *tone, *maps, path)
    assert await selected(path) == 1


async def test_default_track_is_used(tmp_path: Path) -> None:
    whole, path = make_counted(tmp_path / "whole.mkv"), tmp_path / "a.mkv"
    maps = ("-map", "0:v", "-map", "1:a", "-map", "0:a", "-c:v", "copy", "-c:a", "aac")
    ffmpeg(
        "-i", whole, *NOISE, *maps, "-disposition:a:0", "0", "-disposition:a:1", "default", "-t", "4", path
    )
    assert await selected(path) == 2


async def test_silent_tracks_only(tmp_path: Path) -> None:
    whole, path = make_counted(tmp_path / "whole.mkv"), tmp_path / "a.mkv"
    ffmpeg("-i", whole, *SILENCE, *SILENCE, "-map", "0:v", "-map", "1:a", "-map", "2:a", "-t", "2", path)
    assert await selected(path) == 1


def unknown_codec(path: Path, *, track: int) -> Path:
    """Rename the codec of an audio track to one without a decoder, as iPhones' `apac`."""
    content, at = path.read_bytes(), -1
    for _ in range(track):
        at = content.index(b"mp4a", at + 1)
    box = content.index(b"esds", at)
    path.write_bytes(content[:at] + b"apac" + content[at + 4 : box] + b"dapa" + content[box + 4 :])
    return path


async def test_track_of_unknown_codec_is_passed_over(tmp_path: Path) -> None:
    whole, path = make_counted(tmp_path / "whole.mp4"), tmp_path / "a.mov"
    ffmpeg("-i", whole, "-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy", "-f", "mp4", path)
    unknown_codec(path, track=1)
    metadata = await probe(path, settings=Settings())
    assert (metadata.audio_codec, metadata.info.audio[0].codec) == ("aac", "unknown")
    assert await selected(path) == 2
    with pytest.raises(
        InvalidRequestError, match=r"stream 1 of a\.mov cannot be decoded \(unknown\)"
    ) as caught:
        await selected(path, preferred=1)
    assert caught.value.remedy
    with pytest.raises(InvalidRequestError, match=r"stream 0 of a\.mov is not an audio track; .* 2 \(aac\)"):
        await selected(path, preferred=0)


async def test_only_undecodable_audio_is_an_error(tmp_path: Path) -> None:
    path = unknown_codec(make_video(tmp_path / "a.mp4"), track=1)
    assert (await probe(path, settings=Settings())).audio_codec == "unknown"
    with pytest.raises(MediaError, match=r"FFmpeg has no decoder for its audio \(unknown\)"):
        await audio.extract_audio(path, tmp_path / "a.wav", settings=Settings(), timeout=60)


@pytest.mark.parametrize("codec", ["mjpeg", "png"])
async def test_covers_and_previews_are_ignored(tmp_path: Path, codec: str) -> None:
    """Some cameras store a preview as an ordinary stream of one frame, larger than the video."""
    video, preview = make_video(tmp_path / "v.mp4"), make_picture(tmp_path / "p", codec="bmp", size="640x360")
    both = ("-i", preview, "-i", video, "-map", "0", "-map", "1", "-c", "copy", "-c:v:0", codec)
    ffmpeg(*both, tmp_path / "preview.mp4")
    ffmpeg(*both, "-disposition:v:0", "attached_pic", tmp_path / "cover.mp4")
    for name in ("preview.mp4", "cover.mp4"):
        metadata = await probe(tmp_path / name, settings=Settings())
        assert (metadata.resolution, len(metadata.info.video)) == ("320x180", 1), name
