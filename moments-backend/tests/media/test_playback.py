"""Copies for browsers of videos whose frames show their number and whose audio clicks at each full second."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.core.exceptions import MediaError, OutputLimitError
from app.media import playback
from app.media.ffprobe import probe
from app.media.playback import make_playback_copy, plan_file
from app.media.playback_plan import PlaybackMethod, PlaybackPlan
from tests.fixtures.media import ffmpeg, make_video
from tests.media.support.numbered_frames import clicks, ffprobe, make_counted, shown
from tests.media.test_picture_filters import difference, hdr, make_patches

pytestmark = pytest.mark.usefixtures("clean_environment")

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
H264_B = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-pix_fmt", "yuv420p")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p")

MAX_PICTURE_SHIFT, MAX_SOUND_SHIFT = 0.081, 0.045
"""Two frames of 25 per second, and the offset of audio at which viewers notice it."""


@dataclass
class Copy:
    path: Path
    plan: PlaybackPlan
    method: PlaybackMethod

    @property
    def streams(self) -> list[dict[str, Any]]:
        return list(ffprobe(self.path)["streams"])

    @property
    def codecs(self) -> list[str]:
        return [stream["codec_name"] for stream in self.streams]


async def copy_of(video: Path, *, method: PlaybackMethod | None = None, timeout: float = 60) -> Copy:  # noqa: ASYNC109
    settings = Settings()
    info = (await probe(video, settings=settings)).info
    plan = await plan_file(video, info, video.name, settings=settings)
    if method is not None:
        plan = PlaybackPlan(method)
    copy = video.parent / "copies" / "copy.mp4"
    how = await make_playback_copy(video, copy, plan=plan, info=info, settings=settings, timeout=timeout)
    assert [path.name for path in copy.parent.iterdir()] == ["copy.mp4"]
    return Copy(copy, plan, how)


def assert_on_axis(copy: Path, *, frames: int, first: int = 0, fps: float = 25) -> None:
    """Check that picture and audio of the copy are where the original's axis has them."""
    pictures = shown(copy)
    assert [number for _, number in pictures] == list(range(first, first + frames))
    assert pictures[0][0] <= MAX_PICTURE_SHIFT
    assert max(abs(time - (number - first) / fps) for time, number in pictures) <= MAX_PICTURE_SHIFT
    heard = clicks(copy)
    assert heard
    assert max(abs(time - round(time)) for time in heard) <= MAX_SOUND_SHIFT


def boxes_of(copy: Path) -> list[str]:
    """Return the names of the top-level boxes of an MP4 file."""
    content, offset, names = copy.read_bytes(), 0, []
    while offset < len(content):
        names.append(content[offset + 4 : offset + 8].decode())
        offset += int.from_bytes(content[offset : offset + 4])
    return names


@pytest.mark.parametrize(
    ("name", "options", "codecs"),
    [
        ("a.mkv", (*H264_B, "-c:a", "aac"), ["h264", "aac"]),
        ("a.ts", (*H264_B, "-c:a", "aac"), ["h264", "aac"]),
        ("a.flv", (*H264_B, "-c:a", "aac"), ["h264", "aac"]),
        ("a.avi", (*H264_B, "-c:a", "libmp3lame"), ["h264", "mp3"]),
        ("a.3gp", (*H264, "-c:a", "aac"), ["h264", "aac"]),
        ("a.mkv", (*VP9, "-c:a", "libopus"), ["vp9", "opus"]),
        ("a.mkv", (*H264, "-c:a", "flac"), ["h264", "flac"]),
    ],
)
async def test_playable_streams_are_copied(
    tmp_path: Path, name: str, options: tuple[str, ...], codecs: list[str]
) -> None:
    copy = await copy_of(make_counted(tmp_path / name, seconds=3, options=options, key_frames_every=25))
    assert (copy.method, copy.codecs) == ("remux", codecs)
    assert boxes_of(copy.path)[:2] == ["ftyp", "moov"]
    assert_on_axis(copy.path, frames=75)


@pytest.mark.parametrize("index_bytes", [36, 0])
async def test_index_of_large_copies_is_reserved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index_bytes: int
) -> None:
    monkeypatch.setattr(playback, "MAX_INDEX_SHARE", 1.0)
    monkeypatch.setattr(playback, "INDEX_BASE_BYTES", 1024)
    monkeypatch.setattr(playback, "INDEX_BYTES_PER_PACKET", index_bytes)
    copy = await copy_of(make_counted(tmp_path / "a.mkv", seconds=8, options=(*H264_B, "-c:a", "aac")))
    assert (copy.method, boxes_of(copy.path)) == ("remux", ["ftyp", "moov", "free", "mdat"])
    assert_on_axis(copy.path, frames=200)


@pytest.mark.parametrize(
    ("name", "sound"), [("a.mkv", "ac3"), ("a.mov", "pcm_s16le"), ("a.mkv", "libvorbis")]
)
async def test_only_the_audio_is_encoded(tmp_path: Path, name: str, sound: str) -> None:
    copy = await copy_of(make_counted(tmp_path / name, seconds=3, options=(*H264_B, "-c:a", sound)))
    assert (copy.method, copy.codecs) == ("remux", ["h264", "aac"])
    assert_on_axis(copy.path, frames=75)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.avi", ("-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame")),
        ("a.ts", ("-c:v", "mpeg2video", "-c:a", "mp2")),
        ("a.wmv", ("-c:v", "wmv2", "-c:a", "wmav2")),
        ("a.mp4", (*HEVC, "-c:a", "aac")),
        ("a.mkv", (*VP8, "-c:a", "libvorbis")),
        ("a.mov", ("-c:v", "prores_ks", "-c:a", "pcm_s24le")),
        ("a.mkv", (*H264[:-1], "yuv444p", "-c:a", "aac")),
    ],
)
async def test_other_pictures_are_encoded(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    copy = await copy_of(make_counted(tmp_path / name, seconds=3, options=options))
    assert copy.method == "encode"
    picture, sound = copy.streams
    facts = (picture["codec_name"], picture["profile"], picture["pix_fmt"], picture["field_order"])
    assert facts == ("h264", "High", "yuv420p", "progressive")
    assert (sound["codec_name"], sound["channels"], sound["sample_rate"]) == ("aac", 2, "48000")
    assert boxes_of(copy.path)[:2] == ["ftyp", "moov"]
    assert_on_axis(copy.path, frames=75)


@pytest.mark.parametrize("method", ["remux", "encode"])
@pytest.mark.parametrize(("name", "offset"), [("a.mp4", "5"), ("a.mkv", "1000"), ("a.ts", "90")])
async def test_copy_begins_at_second_0(
    tmp_path: Path, name: str, offset: str, method: PlaybackMethod
) -> None:
    options = (*H264, "-c:a", "aac", "-output_ts_offset", offset)
    copy = await copy_of(make_counted(tmp_path / name, seconds=3, options=options), method=method)
    assert copy.method == method
    assert_on_axis(copy.path, frames=75)
    assert float(ffprobe(copy.path)["format"]["duration"]) == pytest.approx(3, abs=0.1)


async def test_original_with_an_offset_needs_a_copy(tmp_path: Path) -> None:
    options = (*H264, "-c:a", "aac", "-output_ts_offset", "5")
    copy = await copy_of(make_counted(tmp_path / "a.mp4", seconds=2, options=options))
    assert (copy.plan.method, copy.method) == ("remux", "remux")


@pytest.mark.parametrize("method", ["remux", "encode"])
async def test_edit_lists_are_kept(tmp_path: Path, method: PlaybackMethod) -> None:
    whole = make_counted(tmp_path / "whole.mp4", seconds=5, options=(*H264_B, "-c:a", "ac3"))
    cut = tmp_path / "cut.mp4"
    ffmpeg("-ss", "2", "-i", whole, "-c", "copy", cut)
    copy = await copy_of(cut, method=method)
    assert_on_axis(copy.path, frames=75, first=50)


async def test_late_pictures_are_shown_from_the_start(tmp_path: Path) -> None:
    counted = make_counted(tmp_path / "counted.mkv", seconds=3, options=(*HEVC, "-c:a", "aac"))
    late = tmp_path / "late.mkv"
    ffmpeg(
        *("-i", counted, "-itsoffset", "1", "-i", counted),
        *("-map", "1:v", "-map", "0:a", "-c", "copy", late),
    )
    pictures = shown((await copy_of(late)).path)
    assert pictures[0] == (0.0, 0)
    assert pictures[1][0] == pytest.approx(1.04, abs=0.001)


async def test_audio_longer_than_the_pictures_is_kept(tmp_path: Path) -> None:
    options = ("-c:v", "mpeg4", "-c:a", "libmp3lame")
    video = make_counted(tmp_path / "a.avi", seconds=4, options=options, picture=",trim=end=1")
    copy = await copy_of(video)
    assert len(clicks(copy.path)) == 4
    assert len(shown(copy.path)) == 25


async def test_pictures_that_change_size_are_encoded(tmp_path: Path) -> None:
    options = (*H264, "-c:a", "aac", "-f", "mpegts")
    first = make_counted(tmp_path / "1", seconds=2, options=options)
    scaled = (*options, "-output_ts_offset", "2")
    second = make_counted(tmp_path / "2", seconds=2, options=scaled, picture=",scale=384:64")
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    copy = await copy_of(joined)
    assert (copy.plan.method, copy.method) == ("remux", "encode")
    assert len(shown(copy.path)) >= 98


async def test_joined_recordings_are_continuous(tmp_path: Path) -> None:
    options = (*H264, "-c:a", "aac", "-f", "mpegts")
    part = make_counted(tmp_path / "part", seconds=3, options=options).read_bytes()
    joined = tmp_path / "joined.ts"
    joined.write_bytes(part + part)
    copy = await copy_of(joined)
    times = [time for time, _ in shown(copy.path)]
    assert times == pytest.approx([number / 25 for number in range(150)], abs=MAX_PICTURE_SHIFT)


async def test_silent_first_track_is_replaced(tmp_path: Path) -> None:
    counted = make_counted(tmp_path / "counted.mp4", seconds=3)
    video = tmp_path / "a.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-i", counted),
        *("-map", "1:v", "-map", "0:a", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-t", "3", video),
    )
    copy = await copy_of(video)
    assert (copy.plan.method, copy.method) == ("remux", "remux")
    assert_on_axis(copy.path, frames=75)


@pytest.mark.parametrize(
    ("size", "rotation", "shown_size"),
    [
        ("2400x80", None, (1920, 64)),
        ("80x2400", None, (64, 1920)),
        ("160x90", 90, (90, 160)),
        ("321x181", None, (320, 180)),
    ],
)
async def test_size_of_encoded_pictures(
    tmp_path: Path, size: str, rotation: int | None, shown_size: tuple[int, int]
) -> None:
    video = make_video(
        tmp_path / "a.mp4", size=size, fps=10, video_codec="mpeg4", rotation=rotation, audio=False
    )
    (picture,) = (await copy_of(video)).streams
    assert (picture["width"], picture["height"]) == shown_size
    assert "side_data_list" not in picture


@pytest.mark.parametrize(("fps", "copied"), [("50", 50), ("120", 60), ("240", 60)])
async def test_frame_rate_is_limited(tmp_path: Path, fps: str, copied: int) -> None:
    options = ("-c:v", "mpeg4", "-an")
    video = make_counted(tmp_path / "a.mp4", fps=fps, seconds=1, sound=None, options=options)
    assert len(shown((await copy_of(video)).path)) == copied


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
async def test_copy_of_hdr_looks_like_its_sdr_twin(tmp_path: Path, transfer: str) -> None:
    marks = f"log-level=none:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    codec = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "8", "-x265-params", marks)
    copy = await copy_of(make_patches(tmp_path / "hdr.mp4", hdr(transfer), *codec))
    assert difference(copy.path) < 12
    (picture,) = copy.streams
    assert [picture[f"color_{name}"] for name in ("space", "primaries", "transfer")] == ["bt709"] * 3


async def test_key_frames_every_two_seconds(tmp_path: Path) -> None:
    video = make_counted(tmp_path / "a.avi", seconds=5, options=("-c:v", "mpeg4", "-c:a", "libmp3lame"))
    frames = ffprobe((await copy_of(video)).path, "-select_streams", "v")["frames"]
    times = [float(frame["pts_time"]) for frame in frames if frame["key_frame"]]
    assert times == pytest.approx([0, 2, 4], abs=0.05)


async def test_damaged_part_is_skipped(tmp_path: Path) -> None:
    options = ("-c:v", "mpeg4", "-c:a", "libmp3lame")
    content = bytearray(make_counted(tmp_path / "a.avi", seconds=6, options=options).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    damaged = tmp_path / "damaged.avi"
    damaged.write_bytes(content)
    pictures = shown((await copy_of(damaged)).path)
    assert len(pictures) > 100
    assert pictures[-1][1] == 149


async def test_limit_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "BASE_BYTES", 4096)
    monkeypatch.setattr(playback, "MAX_BYTES_PER_SECOND", 0)
    video = make_video(tmp_path / "a.avi", seconds=4)
    with pytest.raises(OutputLimitError):
        await copy_of(video)
    assert list((tmp_path / "copies").iterdir()) == []


async def test_cancelled_copy_leaves_no_file(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.avi", seconds=30, size="640x360")
    settings = Settings()
    info = (await probe(video, settings=settings)).info
    reported, copy = asyncio.Event(), tmp_path / "copies" / "copy.mp4"
    making = asyncio.create_task(
        make_playback_copy(
            video,
            copy,
            plan=PlaybackPlan("encode"),
            info=info,
            settings=settings,
            timeout=60,
            on_progress=lambda _: reported.set(),
        )
    )
    await reported.wait()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert list(copy.parent.iterdir()) == []


async def test_file_without_decodable_pictures_is_refused(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.avi", seconds=2)
    settings = Settings()
    info = (await probe(video, settings=settings)).info
    content = bytearray(video.read_bytes())
    start = content.index(b"movi") + 4
    content[start:] = bytes(len(content) - start)
    video.write_bytes(content)
    with pytest.raises(MediaError, match=r"a\.avi"):
        await make_playback_copy(
            video,
            tmp_path / "copy.mp4",
            plan=PlaybackPlan("remux"),
            info=info,
            settings=settings,
            timeout=60,
        )
    assert not (tmp_path / "copy.mp4").exists()
