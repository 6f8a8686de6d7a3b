"""One time axis for files whose clocks start anywhere or jump."""

import tempfile
from pathlib import Path

import pytest

from app.core.config import Settings
from app.media import audio
from app.media.ffprobe import probe
from app.media.stream_selection import select_video
from app.media.time_axis import seek_args, trim_args
from app.models.media_info import AudioStream, MediaInfo, SyncPoint, VideoStream
from tests.fixtures.file_cache import cached_bytes
from tests.fixtures.media import ffmpeg
from tests.media.support.numbered_frames import HEIGHT, WIDTH, clicks, make_counted, picture_number

pytestmark = pytest.mark.usefixtures("clean_environment")

TS = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-c:a", "aac")
PS = ("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2")
FIRST_PART = 12


async def info_of(path: Path) -> MediaInfo:
    return (await probe(path, settings=Settings())).info


def frame_number(path: Path, info: MediaInfo, second: float) -> int:
    """Return the number of the first frame at or after a second of the axis."""
    picture = select_video(info)
    pixels = ffmpeg(
        *seek_args(info, second, streams=[picture]),
        *("-i", path, "-map", f"0:{picture.index}"),
        *("-vf", f"scale={WIDTH}:{HEIGHT},format=gray", *trim_args(info)),
        *("-frames:v", "1", "-f", "rawvideo", "-"),
    )
    return picture_number(pixels)


@cached_bytes
def joined(suffix: str) -> bytes:
    """Return two recordings of 12 and 8 s in one file; frames and clocks of both start again."""
    with tempfile.TemporaryDirectory() as folder:
        parts = [
            make_counted(
                Path(folder, f"{seconds}{suffix}"),
                seconds=seconds,
                options=TS if suffix == ".ts" else PS,
                key_frames_every=25,
            )
            for seconds in (FIRST_PART, 8)
        ]
        return b"".join(part.read_bytes() for part in parts)


@pytest.mark.parametrize("suffix", [".ts", ".mpg"])
async def test_joined_recordings_are_one_axis(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(joined(suffix))
    info = await info_of(path)
    assert info.has_clock_jumps
    assert info.duration_seconds == pytest.approx(20, abs=0.15)
    shown = {second: frame_number(path, info, second) for second in (1.0, 7.2, 13.0, 18.4)}
    expected = {1.0: 25, 7.2: 180, 13.0: 25, 18.4: 160}
    assert shown == {second: pytest.approx(number, abs=2) for second, number in expected.items()}
    await audio.extract_audio(path, tmp_path / "a.wav", settings=Settings(), timeout=60)
    assert clicks(tmp_path / "a.wav") == pytest.approx(range(20), abs=0.12)


async def test_stored_sync_points_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    path.write_bytes(joined(".ts"))
    info = await info_of(path)
    assert MediaInfo.model_validate(info.model_dump(mode="json")) == info


@pytest.mark.parametrize(
    ("name", "offset", "start"), [("a.mkv", 1000, 1000), ("a.mp4", 5, 5), ("a.ts", 100, 101.4)]
)
async def test_late_clocks_start_at_zero(tmp_path: Path, name: str, offset: int, start: float) -> None:
    whole, path = make_counted(tmp_path / "whole.mkv", key_frames_every=25), tmp_path / name
    ffmpeg("-i", whole, "-c", "copy", "-output_ts_offset", str(offset), path)
    info = await info_of(path)
    assert info.start_seconds == pytest.approx(start, abs=0.05)
    assert info.duration_seconds == pytest.approx(4, abs=0.06)
    assert frame_number(path, info, 2.0) == pytest.approx(50, abs=2)
    await audio.extract_audio(path, tmp_path / "a.wav", settings=Settings(), timeout=60)
    assert clicks(tmp_path / "a.wav") == pytest.approx([0, 1, 2, 3], abs=0.045)


@pytest.mark.parametrize("name", ["a.ts", "a.mp4", "a.mkv"])
async def test_late_audio_stays_late(tmp_path: Path, name: str) -> None:
    """FFmpeg counts from the first mapped stream in transport streams."""
    whole, path = make_counted(tmp_path / "whole.mkv"), tmp_path / name
    ffmpeg("-i", whole, "-itsoffset", "2.5", "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy", path)
    await audio.extract_audio(path, tmp_path / "a.wav", settings=Settings(), timeout=60)
    assert clicks(tmp_path / "a.wav") == pytest.approx([2.5, 3.5, 4.5, 5.5], abs=0.045)


@pytest.mark.parametrize("name", ["a.ts", "a.mp4"])
async def test_late_picture_stays_late(tmp_path: Path, name: str) -> None:
    whole, path = make_counted(tmp_path / "whole.mkv", key_frames_every=25), tmp_path / name
    ffmpeg("-itsoffset", "2", "-i", whole, "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy", path)
    info = await info_of(path)
    assert info.duration_seconds == pytest.approx(6, abs=0.06)
    assert frame_number(path, info, 4.0) == pytest.approx(50, abs=2)
    pixels = ffmpeg(
        *seek_args(info, 0.0, streams=info.video),
        *("-i", path, "-map", "0:v", "-vf", "trim=end=1", "-f", "rawvideo", "-"),
    )
    assert pixels == b""


async def test_subtitle_before_the_first_picture(tmp_path: Path) -> None:
    (tmp_path / "s.srt").write_text("1\n00:00:00,100 --> 00:00:01,000\nHello.\n")
    whole, path = make_counted(tmp_path / "whole.mkv", key_frames_every=25), tmp_path / "a.mkv"
    late = ("-itsoffset", "0.8", "-i", whole, "-i", tmp_path / "s.srt")
    ffmpeg(*late, "-map", "0", "-map", "1", "-c", "copy", path)
    info = await info_of(path)
    assert (info.container_start_seconds, info.start_seconds) == (0.1, 0.8)
    assert info.duration_seconds == pytest.approx(4, abs=0.06)
    assert frame_number(path, info, 2.0) == 50


async def test_unfinished_recording_is_measured(tmp_path: Path) -> None:
    whole, path = make_counted(tmp_path / "whole.mkv"), tmp_path / "a.mkv"
    path.write_bytes(ffmpeg("-i", whole, "-c", "copy", "-f", "matroska", "-live", "1", "-"))
    info = await info_of(path)
    assert info.duration_seconds == pytest.approx(4, abs=0.06)
    assert not info.has_clock_jumps


async def test_plausible_headers_are_not_scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.media.measured_duration.scan_axis", None)  # calling it fails
    for name in ("a.mp4", "a.mkv", "a.ts"):
        info = await info_of(make_counted(tmp_path / name, options=TS))
        assert info.duration_seconds == pytest.approx(4, abs=0.06)


PICTURE = VideoStream(index=0, codec="h264", start_seconds=1.5)
SOUND = AudioStream(index=1, codec="aac", start_seconds=1.4)


def media(**values: object) -> MediaInfo:
    defaults = {"container": "mpegts", "start_seconds": 1.4, "container_start_seconds": 1.4}
    return MediaInfo.model_validate(defaults | {"video": (PICTURE,), "audio": (SOUND,)} | values)


def test_seek_counts_from_the_container_start() -> None:
    info = media(container="matroska,webm", container_start_seconds=1.0)
    assert seek_args(info, 2, 3) == ("-ss", "2.400000", "-t", "1.000000")
    assert seek_args(media(), 0) == ()
    assert seek_args(media(), 0, streams=[PICTURE]) == ("-itsoffset", "0.100000")
    assert seek_args(media(), 1, streams=[PICTURE]) == ("-ss", "1.000000")


def test_seek_by_sync_points() -> None:
    points = (
        SyncPoint(position=100, starts={0: 4.0, 1: 3.9}),
        SyncPoint(position=900, starts={0: 30, 1: 30.2}),
    )
    info = media(has_clock_jumps=True, sync_points=points)
    skip = ("-skip_initial_bytes", "100")
    assert seek_args(info, 5, 6) == (*skip, "-itsoffset", "-1.100000", "-t", "2.100000")
    assert seek_args(info, 30.1, streams=[PICTURE])[:2] == skip
    assert "-dts_delta_threshold" in seek_args(info, 29, 30)
    assert trim_args(info) == ("-ss", "0")
    assert trim_args(media()) == ()


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2)])
def test_invalid_ranges(start: float, end: float) -> None:
    with pytest.raises(ValueError, match="invalid range"):
        seek_args(media(), start, end)
