"""Clips of real videos whose frames show their number."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.media import clip_encoder
from tests.fixtures.media import ffmpeg, make_video
from tests.media.support.failing_tools import AWKWARD_NAMES
from tests.media.support.numbered_frames import clicks, ffprobe, frame_at, make_counted, shown

pytestmark = pytest.mark.usefixtures("clean_environment")


async def cut(video: Path, destination: Path, *, start: float, end: float, **options: Any) -> Path:
    settings = Settings(**options.pop("settings", {}))
    options = {"timeout": 60, **options}
    await clip_encoder.cut_clip(video, destination, start=start, end=end, settings=settings, **options)
    return destination


def stream_of(clip: Path, kind: str) -> dict[str, Any]:
    (stream,) = (stream for stream in ffprobe(clip)["streams"] if stream["codec_type"] == kind)
    return dict(stream)


def boxes_of(clip: Path) -> list[str]:
    """Return the names of the top-level boxes of an MP4 file."""
    content, offset, names = clip.read_bytes(), 0, []
    while offset < len(content):
        names.append(content[offset + 4 : offset + 8].decode())
        offset += int.from_bytes(content[offset : offset + 4])
    return names


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fps", "start", "end"),
    [
        ("25", 0, 1),
        ("25", 1, 2),
        ("25", 1.04, 2.2),
        ("25", 1.0399, 2.201),
        ("25", 2.5005, 9),
        ("30000/1001", 1.2345, 3.2101),
        ("30", 0.9999, 2.0001),
        ("60", 3.0111, 3.2),
        ("25", 1.5, 1.51),
    ],
)
async def test_clip_has_the_frames_of_the_range(tmp_path: Path, fps: str, start: float, end: float) -> None:
    video = make_counted(tmp_path / "a.mp4", fps=fps)
    frames = shown(await cut(video, tmp_path / "clip.mp4", start=start, end=end))
    numbers = [number for _, number in frames]
    first = frame_at(start, fps)
    assert numbers == list(range(first, first + len(numbers)))
    assert frames[0][0] == 0
    for seconds, number in frames[1:]:
        assert number == frame_at(start + seconds + 0.0005, fps)
    assert numbers[-1] == frame_at(min(end, 4) - 0.0005, fps)


CONTAINERS = {
    "b.mp4": ("-c:v", "libx264", "-bf", "3", "-c:a", "aac"),
    "open-gop.mkv": ("-c:v", "libx264", "-bf", "3", "-x264opts", "open_gop", "-c:a", "libopus"),
    "hevc.mov": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-c:a", "aac"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
    "old.avi": ("-c:v", "mpeg4", "-q:v", "2", "-c:a", "libmp3lame"),
    "all-key.mov": ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p", "-c:a", "pcm_s16le"),
    # Its clock does not start at 0.
    "transport.mp4": ("-c:v", "libx264", "-bf", "3", "-c:a", "aac", "-f", "mpegts"),
    "lossless-rgb.mkv": ("-c:v", "ffv1", "-pix_fmt", "bgr0", "-c:a", "flac"),
    "ten-bit.mkv": ("-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-c:a", "ac3"),
}


@pytest.mark.slow
@pytest.mark.parametrize("key_frames_every", [12, 250])
@pytest.mark.parametrize("name", CONTAINERS)
async def test_video_and_audio_are_exact_in_any_container(
    tmp_path: Path, name: str, key_frames_every: int
) -> None:
    video = make_counted(tmp_path / name, options=CONTAINERS[name], key_frames_every=key_frames_every)
    clip = await cut(video, tmp_path / "clip.mp4", start=1.51, end=3.31)
    frames = shown(clip)
    start_time = float(ffprobe(video)["format"]["start_time"])
    source = [(seconds - start_time, number) for seconds, number in shown(video)]
    first = max(number for seconds, number in source if seconds <= 1.51)
    last = max(number for seconds, number in source if seconds < 3.31)
    assert [number for _, number in frames] == list(range(first, last + 1))
    expected = [max(0.0, seconds - 1.51) for seconds, number in source if first <= number <= last]
    assert [seconds for seconds, _ in frames] == pytest.approx(expected, abs=0.002)
    audible = [seconds - 1.51 for seconds in clicks(video) if 1.51 <= seconds < 3.31]
    assert len(audible) == 2
    assert clicks(clip) == pytest.approx(audible, abs=0.012)
    assert float(ffprobe(clip)["format"]["duration"]) == pytest.approx(1.8, abs=0.05)


@pytest.mark.slow
async def test_clip_is_playable_in_every_browser(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mkv", seconds=3, size="640x360")
    clip = await cut(video, tmp_path / "clip.mp4", start=1, end=2)
    picture, sound = stream_of(clip, "video"), stream_of(clip, "audio")
    assert (picture["codec_name"], picture["profile"], picture["pix_fmt"]) == ("h264", "High", "yuv420p")
    assert (picture["codec_tag_string"], picture["sample_aspect_ratio"]) == ("avc1", "1:1")
    assert (sound["codec_name"], sound["profile"], sound["sample_rate"]) == ("aac", "LC", "48000")
    boxes = boxes_of(clip)
    assert boxes.index("moov") < boxes.index("mdat")
    assert list(tmp_path.iterdir()) != []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mkv", "clip.mp4"]


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"size": "320x180", "rotation": 90}, (180, 320)),
        ({"size": "320x180", "rotation": 180}, (320, 180)),
        ({"size": "360x288", "sample_aspect_ratio": "16:15"}, (384, 288)),
        ({"size": "720x480", "sample_aspect_ratio": "8:9", "rotation": -90}, (540, 720)),
        ({"size": "161x121", "video_codec": "mpeg4"}, (160, 120)),
        ({"size": "2880x16"}, (1920, 10)),
        ({"size": "90x3000"}, (56, 1920)),
        ({"size": "2306x20"}, (1920, 16)),
    ],
)
async def test_sizes_are_even_upright_and_square(
    tmp_path: Path, options: dict[str, Any], size: tuple[int, int]
) -> None:
    video = make_video(tmp_path / "a.mp4", seconds=0.4, **options)
    clip = await cut(video, tmp_path / "clip.mp4", start=0, end=0.2)
    picture = stream_of(clip, "video")
    assert (picture["width"], picture["height"]) == size
    assert picture["sample_aspect_ratio"] == "1:1"
    assert picture.get("side_data_list", []) == []


async def test_full_range_becomes_limited(tmp_path: Path) -> None:
    white = make_video(tmp_path / "a.mov", pattern="color=white", audio=False)
    clip = await cut(white, tmp_path / "clip.mp4", start=0, end=0.5)
    assert stream_of(clip, "video")["color_range"] == "tv"
    samples = ffmpeg("-i", clip, "-f", "rawvideo", "-vf", "extractplanes=y", "-frames:v", "1", "-")
    assert max(samples) == pytest.approx(235, abs=2)


async def test_interlaced_video_is_deinterlaced(tmp_path: Path) -> None:
    """Interlaced fields show a moving edge as a comb."""
    video = tmp_path / "a.avi"
    moving = "color=black:s=320x180:r=50,drawbox=x=0:y=0:w=20:h=180:color=white:t=fill"
    scrolled = f"{moving},scroll=horizontal=0.02,interlace=lowpass=0"
    ffmpeg("-f", "lavfi", "-i", scrolled, "-c:v", "mpeg4", "-flags", "+ildct", "-q:v", "2", "-t", "2", video)
    clip = await cut(video, tmp_path / "clip.mp4", start=0.5, end=1)
    pixels = ffmpeg("-i", clip, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    rows = [pixels[320 * row : 320 * (row + 1)] for row in range(40, 140)]
    combing = sum(abs(upper[x] - lower[x]) for upper, lower in pairwise(rows) for x in range(320))
    assert combing / (len(rows) * 320) < 2


async def test_video_without_audio(tmp_path: Path) -> None:
    video = make_counted(tmp_path / "a.mp4", sound=None)
    clip = await cut(video, tmp_path / "clip.mp4", start=1, end=2)
    assert [number for _, number in shown(clip)] == list(range(25, 50))
    assert [stream["codec_type"] for stream in ffprobe(clip)["streams"]] == ["video"]
    assert float(ffprobe(clip)["format"]["duration"]) == pytest.approx(1, abs=0.001)


async def test_cover_art_subtitles_chapters_are_dropped(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", seconds=2, cover_art=True)
    texts = tmp_path / "a.srt"
    texts.write_text("1\n00:00:00,000 --> 00:00:02,000\nHello\n")
    chapters = tmp_path / "a.txt"
    chapters.write_text(";FFMETADATA1\ntitle=T\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=2\ntitle=One\n")
    everything = tmp_path / "b.mp4"
    maps = ("-map", "0", "-map", "1", "-map_chapters", "2", "-map_metadata", "2")
    ffmpeg("-i", video, "-i", texts, "-i", chapters, *maps, "-c", "copy", "-c:s", "mov_text", everything)
    clip = await cut(everything, tmp_path / "clip.mp4", start=0.5, end=1)
    assert [stream["codec_name"] for stream in ffprobe(clip)["streams"]] == ["h264", "aac"]
    assert "title" not in ffprobe(clip)["format"]["tags"]


@pytest.mark.slow
async def test_long_lasting_frame_is_visible_from_the_start(tmp_path: Path) -> None:
    """Screen recordings have no frames while nothing changes."""
    slides = ",select='eq(n,0)+eq(n,30)+gte(n,90)*lt(n,93)'"
    video = make_counted(tmp_path / "a.mp4", picture=slides, options=("-fps_mode", "vfr", "-c:v", "libx264"))
    assert [number for _, number in shown(video)] == [0, 30, 90, 91, 92]
    clip = await cut(video, tmp_path / "clip.mp4", start=3.1, end=3.65)
    frames = shown(clip)
    assert [number for _, number in frames] == [30, 90, 91]
    assert [seconds for seconds, _ in frames] == pytest.approx([0, 0.5, 0.54], abs=0.001)
    between = await cut(video, tmp_path / "between.mp4", start=1.9, end=3.1)
    assert [number for _, number in shown(between)] == [30]
    assert clicks(between) == pytest.approx([0.1, 1.1], abs=0.012)
    after = await cut(video, tmp_path / "after.mp4", start=3.8, end=4)
    assert [number for _, number in shown(after)] == [92]


async def test_variable_frame_rate_keeps_times(tmp_path: Path) -> None:
    uneven = ",setpts='if(lt(N,50),N/50,1+(N-50)/20)/TB'"
    video = make_counted(
        tmp_path / "a.mkv",
        picture=uneven,
        options=("-fps_mode", "vfr", "-c:v", "libx264", "-enc_time_base", "1:1000"),
    )
    source = {number: seconds for seconds, number in shown(video)}
    frames = shown(await cut(video, tmp_path / "clip.mp4", start=0.5, end=2))
    assert len(frames) > 40
    for seconds, number in frames:
        assert seconds == pytest.approx(max(0, source[number] - 0.5), abs=0.002)


async def test_late_audio_stays_in_sync(tmp_path: Path) -> None:
    whole = make_counted(tmp_path / "whole.mkv")
    video = tmp_path / "a.mkv"
    ffmpeg("-i", whole, "-itsoffset", "3", "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy", video)
    assert clicks(video)[0] == pytest.approx(3, abs=0.012)
    clip = await cut(video, tmp_path / "clip.mp4", start=1.7, end=3.7)
    assert clicks(clip) == pytest.approx([1.3], abs=0.012)
    assert float(stream_of(clip, "audio").get("start_time", 0)) == pytest.approx(0, abs=0.03)


async def test_audio_with_a_gap_stays_in_sync(tmp_path: Path) -> None:
    video = make_counted(tmp_path / "a.mkv", sound=",aselect='lt(t,1.2)+gt(t,2.7)'")
    clip = await cut(video, tmp_path / "clip.mp4", start=0.5, end=3.5)
    assert clicks(clip) == pytest.approx([0.5, 2.5], abs=0.03)


@pytest.mark.slow
async def test_surround_audio_becomes_stereo(tmp_path: Path) -> None:
    video = make_counted(
        tmp_path / "a.mkv", sound=",aformat=channel_layouts=5.1", options=CONTAINERS["ten-bit.mkv"]
    )
    assert stream_of(video, "audio")["channels"] == 6
    clip = await cut(video, tmp_path / "clip.mp4", start=1, end=2)
    assert stream_of(clip, "audio")["channels"] == 2


@pytest.mark.parametrize("name", AWKWARD_NAMES)
async def test_awkward_file_names(tmp_path: Path, name: str) -> None:
    video = make_video(tmp_path / name, seconds=0.6)
    clip = await cut(video, tmp_path / "new" / f"{name}.mp4", start=0.1, end=0.4)
    assert float(ffprobe(clip)["format"]["duration"]) == pytest.approx(0.3, abs=0.05)
    assert [path.name for path in clip.parent.iterdir()] == [f"{name}.mp4"]


@pytest.mark.slow
async def test_progress_reaches_the_clip_duration(tmp_path: Path) -> None:
    progress: list[float] = []
    video = make_video(tmp_path / "a.mp4", seconds=4)
    await cut(video, tmp_path / "clip.mp4", start=1, end=3, on_progress=progress.append)
    assert progress == sorted(set(progress))
    assert progress[-1] == pytest.approx(2, abs=0.1)


async def test_older_clip_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"old")
    await cut(make_video(tmp_path / "a.mp4"), tmp_path / "clip.mp4", start=0, end=0.5)
    assert boxes_of(tmp_path / "clip.mp4")[0] == "ftyp"


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (2, 1), (1, 1), (float("nan"), 2)])
async def test_invalid_range_raises(tmp_path: Path, start: float, end: float) -> None:
    with pytest.raises(ValueError, match="invalid range"):
        await cut(make_video(tmp_path / "a.mp4"), tmp_path / "clip.mp4", start=start, end=end)


@pytest.mark.parametrize(
    ("start", "end", "padding", "duration", "result"),
    [
        (50, 80, 30, 200, (20, 110)),
        (10, 80, 30, 100, (0, 100)),
        (10, 80, 0, 100, (10, 80)),
        (10, 80, 30, None, (0, 110)),
    ],
)
def test_padding_ends_with_the_video(
    start: float, end: float, padding: float, duration: float | None, result: tuple[float, float]
) -> None:
    assert clip_encoder.pad_range(start, end, padding=padding, duration=duration) == result
