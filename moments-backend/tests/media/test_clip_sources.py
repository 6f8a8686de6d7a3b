"""Clips of files with unusual containers, codecs, clocks and streams have the right pictures and audio."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.config import Settings
from app.media import clip_encoder
from tests.fixtures.media import ffmpeg
from tests.media.support.numbered_frames import clicks, ffprobe, make_counted, shown

pytestmark = pytest.mark.usefixtures("clean_environment")

H264 = ("-c:v", "libx264", "-preset", "ultrafast")
LARGER = ",scale=384:128:flags=neighbor"
"""Some encoders refuse narrow pictures."""

CONTAINERS = {
    "tv.ts": (*H264, "-c:a", "aac"),
    "camcorder.MTS": (*H264, "-c:a", "ac3", "-f", "mpegts"),
    "old.wmv": ("-c:v", "wmv2", "-q:v", "2", "-c:a", "wmav2"),
    "flash.flv": ("-c:v", "flv", "-q:v", "2", "-c:a", "libmp3lame", "-ar", "44100"),
    "dvd.mpg": ("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2"),
    "dvd.VOB": ("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "ac3", "-f", "vob"),
    "phone.3gp": ("-c:v", "h263", "-s", "352x288", "-q:v", "2", "-c:a", "aac", "-ac", "1"),
    "wiki.ogv": ("-c:v", "libtheora", "-q:v", "8", "-c:a", "libvorbis"),
    "av1.mp4": ("-c:v", "libsvtav1", "-preset", "13", "-crf", "20", "-c:a", "aac"),
    "av1.webm": ("-c:v", "libsvtav1", "-preset", "13", "-crf", "20", "-c:a", "libopus"),
    "screen.avi": ("-c:v", "zmbv", "-c:a", "pcm_s16le"),
    "png.mov": ("-c:v", "png", "-c:a", "pcm_s16le"),
    "live.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-live", "1"),
    "fragmented.mp4": (*H264, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    "starts-at-1000.mkv": (*H264, "-c:a", "aac", "-output_ts_offset", "1000"),
    "starts-at-5.mp4": (*H264, "-c:a", "aac", "-output_ts_offset", "5"),
    "refresh.mp4": ("-c:v", "libx264", "-x264-params", "intra-refresh=1:keyint=30:bframes=0", "-c:a", "aac"),
}


async def cut(video: Path, start: float, end: float, *, settings: Settings | None = None) -> Path:
    clip = video.with_name("clip.mp4")
    settings = settings or Settings()
    await clip_encoder.cut_clip(video, clip, start=start, end=end, settings=settings, timeout=60)
    return clip


def assert_exact(clip: Path, start: float, *, seconds: float, delay: float = 0) -> None:
    """Check that frames and clicks are those of the source, whose second 0 is second `delay` of the file."""
    frames = shown(clip)
    assert len(frames) == pytest.approx(seconds * 25, abs=2)
    for time, number in frames:
        assert number == pytest.approx((start + time - delay) * 25, abs=2)
    expected = [second - start for second in range(int(start) + 1, int(start + seconds) + 1)]
    found = clicks(clip)
    assert len(found) == len(expected)
    assert found == pytest.approx(expected, abs=0.045)


@pytest.mark.slow
@pytest.mark.parametrize("name", CONTAINERS)
async def test_clip_is_exact(tmp_path: Path, name: str) -> None:
    video = make_counted(tmp_path / name, picture=LARGER, options=CONTAINERS[name], key_frames_every=30)
    assert_exact(await cut(video, 2.52, 3.72), 2.52, seconds=1.2)


def joined(folder: Path) -> Path:
    """Write two transport streams of 4 s and 3 s into one file, whose clock restarts."""
    options = (*H264, "-c:a", "aac", "-f", "mpegts")
    first = make_counted(folder / "1.ts", options=options, key_frames_every=25)
    second = make_counted(folder / "2.ts", options=options, key_frames_every=25, seconds=3)
    video = folder / "joined.mp4"
    video.write_bytes(first.read_bytes() + second.read_bytes())
    return video


@pytest.mark.slow
@pytest.mark.parametrize(("start", "delay"), [(1.5, 0), (4.5, 4), (5.7, 4)])
async def test_clip_of_joined_recordings(tmp_path: Path, start: float, delay: float) -> None:
    frames = shown(await cut(joined(tmp_path), start, start + 1))
    for time, number in frames:
        assert number == pytest.approx((start + time - delay) * 25, abs=2)
    assert len(frames) == pytest.approx(25, abs=2)


async def test_picture_is_late(tmp_path: Path) -> None:
    whole, video = make_counted(tmp_path / "whole.mkv"), tmp_path / "a.mkv"
    maps = ("-map", "0:v", "-map", "1:a", "-c", "copy")
    ffmpeg("-itsoffset", "2", "-i", whole, "-i", whole, *maps, video)
    frames = shown(await cut(video, 1.5, 3))
    time, number = frames[0]
    assert (time, number) == pytest.approx((0.5, 0), abs=0.002)
    black = await cut(video, 0.5, 1.5)
    assert clicks(black) == pytest.approx([0.5], abs=0.012)
    assert max(ffmpeg("-i", black, "-f", "rawvideo", "-pix_fmt", "gray", "-")) < 20
    assert float(ffprobe(black)["format"]["duration"]) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("picture", [",trim=end=1", ",trim=end=0.04"])
async def test_last_picture_stays_while_audio_continues(tmp_path: Path, picture: str) -> None:
    video = make_counted(tmp_path / "a.mp4", picture=picture)
    (_, last) = shown(video)[-1]
    clip = await cut(video, 2.5, 3.5)
    assert [number for _, number in shown(clip)] == [last]
    assert clicks(clip) == pytest.approx([0.5], abs=0.012)


async def test_unreadable_first_pictures_are_not_dropped(tmp_path: Path) -> None:
    """Pictures without key frames are complete only after the refresh has passed over them once."""
    refresh = ("-x264-params", "intra-refresh=1:keyint=30:bframes=0")
    video = make_counted(tmp_path / "a.mp4", options=("-c:v", "libx264", *refresh, "-c:a", "aac"))
    frames = shown(await cut(video, 2.9, 3.4))
    assert frames[0] == (0, 72)


async def test_change_of_channels_keeps_the_length(tmp_path: Path) -> None:
    """Broadcasts change between stereo and surround."""
    parts = []
    for number, layout in enumerate(("stereo", "5.1")):
        shift = ("-output_ts_offset", str(2 * number))
        options = ("-c:v", "mpeg2video", "-c:a", "ac3", *shift, "-f", "mpegts")
        sound = f",aformat=channel_layouts={layout}"
        parts.append(make_counted(tmp_path / f"{number}.ts", seconds=2, sound=sound, options=options))
    video = tmp_path / "a.ts"
    video.write_bytes(b"".join(part.read_bytes() for part in parts))
    clip = await cut(video, 1, 3.5)
    lengths = {stream["codec_type"]: float(stream["duration"]) for stream in ffprobe(clip)["streams"]}
    assert lengths["audio"] == pytest.approx(2.5, abs=0.1)


def silent_first(video: Path) -> Path:
    """Write a video whose first, default track is silent, as recording programs do."""
    whole = make_counted(video.with_name("whole.mkv"))
    silence = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo")
    ffmpeg(
        "-i", whole, *silence, "-map", "0:v", "-map", "1:a", "-map", "0:a", "-c:v", "copy", "-t", "4", video
    )
    return video


def default_second(video: Path) -> Path:
    whole = make_counted(video.with_name("whole.mkv"))
    hum = ("-f", "lavfi", "-i", "sine=100:r=48000,volume=-20dB")
    flags = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    ffmpeg(
        "-i",
        whole,
        *hum,
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-map",
        "0:a",
        "-c:v",
        "copy",
        *flags,
        "-t",
        "4",
        video,
    )
    return video


@pytest.mark.parametrize("make", [silent_first, default_second])
async def test_clip_has_the_right_track(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    clip = await cut(make(tmp_path / "a.mkv"), 1.5, 3)
    assert clicks(clip) == pytest.approx([0.5], abs=0.03)


async def test_user_chooses_the_track(tmp_path: Path) -> None:
    video, clip = default_second(tmp_path / "a.mkv"), tmp_path / "clip.mp4"
    await clip_encoder.cut_clip(
        video, clip, start=1.5, end=3, settings=Settings(), audio_stream=1, timeout=60
    )
    assert clicks(clip) == []
