"""Audio extraction and silence detection on real videos."""

import struct
import wave
from array import array
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.core.exceptions import LocalFileNotFoundError, MediaError, NoAudioError, OutputLimitError
from app.media import audio
from app.models.media_info import AudioStream, MediaInfo
from tests.fixtures.media import ffmpeg, make_video
from tests.media.support.failing_tools import AWKWARD_NAMES
from tests.media.support.hostile_videos import gap_in_audio
from tests.media.support.numbered_frames import clicks, ffprobe, make_counted
from tests.media.test_limits import extract_audio, peak_memory

pytestmark = pytest.mark.usefixtures("clean_environment")

RATE = 16_000


async def extract(video: Path, destination: Path, **options: Any) -> Path:
    await audio.extract_audio(video, destination, settings=Settings(), **{"timeout": 60, **options})
    return destination


async def silences(sound: Path, start: float, end: float) -> list[tuple[float, float]]:
    return await audio.detect_silences(sound, settings=Settings(), start=start, end=end)


def flat(pairs: list[tuple[float, float]]) -> list[float]:
    return [time for pair in pairs for time in pair]


def make_sound(path: Path, *, silent: list[tuple[float, float]], seconds: float) -> Path:
    """Create a tone with silences."""
    quiet = "+".join(f"between(t,{start},{end})" for start, end in silent) or "0"
    source = f"aevalsrc='0.3*sin(2*PI*440*t)*not({quiet})':s={RATE}:d={seconds}"
    ffmpeg("-f", "lavfi", "-i", source, path)
    return path


def test_command_arguments() -> None:
    track = audio.SoundTrack(MediaInfo(), AudioStream(index=2, codec="aac"))
    argv = audio.command(Path("/bin/ffmpeg"), Path("/v/-i.mp4"), Path("/w/.x.part"), track, max_pixels=1000)
    assert argv[0] == "/bin/ffmpeg"
    assert argv[argv.index("-i") + 1] == "file:/v/-i.mp4"
    assert argv.index("-protocol_whitelist") < argv.index("-i")
    assert argv[argv.index("-protocol_whitelist") + 1] == "file"
    assert "hls" not in argv[argv.index("-format_whitelist") + 1].split(",")
    assert argv[argv.index("-map") + 1] == "0:2"
    assert [argv[argv.index(option) + 1] for option in ("-c:a", "-ac", "-ar")] == ["pcm_s16le", "1", "16000"]
    assert argv[-4:] == ["-f", "wav", "-y", "file:/w/.x.part"]


def test_silence_command_arguments() -> None:
    argv = audio.silences_command(Path("/bin/ffmpeg"), Path("/v/a.wav"), start=1.5, end=4, max_pixels=9)
    assert argv[argv.index("-ss") + 1] == "1.500000"
    assert argv[argv.index("-t") + 1] == "2.500000"
    assert argv.index("-t") < argv.index("-i")
    assert "wav" in argv[argv.index("-format_whitelist") + 1].split(",")


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi", *AWKWARD_NAMES])
async def test_output_is_16_khz_mono_wav(tmp_path: Path, name: str) -> None:
    progress: list[float] = []
    video = make_video(tmp_path / name, seconds=2)
    sound = await extract(video, tmp_path / "new" / f"{name}.wav", on_progress=progress.append)
    (stream,) = ffprobe(sound)["streams"]
    assert (stream["codec_name"], stream["sample_rate"], stream["channels"]) == ("pcm_s16le", "16000", 1)
    with wave.open(str(sound)) as file:
        seconds = file.getnframes() / RATE
    assert seconds == pytest.approx(2, abs=0.06)
    assert progress == sorted(set(progress))
    assert progress[-1] == pytest.approx(seconds, abs=0.01)
    assert [path.name for path in sound.parent.iterdir()] == [f"{name}.wav"]
    assert sound.stat().st_size == 44 + 2 * round(seconds * RATE)  # header and samples only


async def test_tone_is_preserved(tmp_path: Path) -> None:
    sound = await extract(make_video(tmp_path / "a.mp4", seconds=2), tmp_path / "a.wav")
    with wave.open(str(sound)) as file:
        samples = array("h", file.readframes(file.getnframes()))[RATE // 2 : RATE // 2 * 3]
    crossings = sum(first < 0 <= second for first, second in pairwise(samples))
    assert crossings == pytest.approx(440, abs=2)


async def test_first_audio_stream_is_used(tmp_path: Path) -> None:
    video = make_counted(tmp_path / "a.mkv")
    both = tmp_path / "both.mkv"
    tone = ("-f", "lavfi", "-i", "sine=440:duration=4")
    ffmpeg("-i", video, *tone, "-map", "0:v", "-map", "0:a", "-map", "1:a", "-c:v", "copy", both)
    sound = await extract(both, tmp_path / "a.wav")
    assert clicks(sound) == pytest.approx([0, 1, 2, 3], abs=0.03)


async def test_late_audio_start_is_filled_with_silence(tmp_path: Path) -> None:
    """Otherwise all word times would be too early."""
    whole, video = make_counted(tmp_path / "whole.mkv"), tmp_path / "a.mkv"
    ffmpeg("-i", whole, "-itsoffset", "2.5", "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy", video)
    assert clicks(await extract(video, tmp_path / "a.wav")) == pytest.approx([2.5, 3.5, 4.5, 5.5], abs=0.03)


async def test_gap_is_filled_with_silence(tmp_path: Path) -> None:
    video = make_counted(tmp_path / "a.mkv", sound=",aselect='lt(t,1.2)+gt(t,2.7)'")
    assert clicks(await extract(video, tmp_path / "a.wav")) == pytest.approx([0, 1, 3], abs=0.03)


@pytest.mark.slow
async def test_audio_with_changing_channel_count(tmp_path: Path) -> None:
    parts = [tmp_path / "mono.ts", tmp_path / "stereo.ts"]
    for number, part in enumerate(parts):
        whole = make_counted(tmp_path / "whole.mkv")
        shifted = ("-output_ts_offset", str(4 * number), "-f", "mpegts")
        ffmpeg("-i", whole, "-c:v", "copy", "-c:a", "aac", "-ac", str(number + 1), *shifted, part)
    video = tmp_path / "a.mp4"
    video.write_bytes(b"".join(part.read_bytes() for part in parts))
    times = clicks(await extract(video, tmp_path / "a.wav"))
    assert times == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7], abs=0.08)


async def test_audio_may_end_before_the_video(tmp_path: Path) -> None:
    video = make_counted(tmp_path / "a.mp4", seconds=8, sound=",atrim=end=3")
    with wave.open(str(await extract(video, tmp_path / "a.wav"))) as file:
        assert file.getnframes() / RATE == pytest.approx(3, abs=0.1)


async def test_video_without_audio(tmp_path: Path) -> None:
    with pytest.raises(NoAudioError, match=r"a.mp4 has no audio stream"):
        await extract(make_video(tmp_path / "a.mp4", audio=False), tmp_path / "a.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


async def test_empty_audio_stream(tmp_path: Path) -> None:
    video, hollow = make_video(tmp_path / "a.mkv"), tmp_path / "b.mkv"
    ffmpeg("-i", video, "-map", "0", "-c", "copy", "-bsf:a", "noise=drop=1", hollow)
    assert [stream["codec_type"] for stream in ffprobe(hollow)["streams"]] == ["video", "audio"]
    with pytest.raises(NoAudioError, match=r"audio stream of b.mkv is empty"):
        await extract(hollow, tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()


async def test_unknown_codec(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mkv")
    video.write_bytes(video.read_bytes().replace(b"A_AAC", b"A_ODD"))
    with pytest.raises(MediaError, match=r"a.mkv could not be decoded: .*decoder") as caught:
        await extract(video, tmp_path / "a.wav")
    assert str(tmp_path) not in caught.value.cause
    assert not (tmp_path / "a.wav").exists()


async def test_silences_are_clipped_to_the_range(tmp_path: Path) -> None:
    sound = make_sound(tmp_path / "a.wav", seconds=10, silent=[(1, 2), (4, 4.5), (6, 6.1), (8, 10)])
    assert flat(await silences(sound, 0, 10)) == pytest.approx([1, 2, 4, 4.5, 8, 10], abs=0.02)
    assert flat(await silences(sound, 1.5, 4.25)) == pytest.approx([1.5, 2, 4, 4.25], abs=0.02)
    assert await silences(sound, 2.5, 3.5) == []
    assert await silences(sound, 8.5, 9.5) == [(8.5, 9.5)]


async def test_silences_of_a_video_file(tmp_path: Path) -> None:
    video = make_counted(tmp_path / "a.mp4")
    assert [round(end) for _, end in await silences(video, 0, 3.5)] == [1, 2, 3, 4]


async def test_last_silence_ends_with_the_range(tmp_path: Path) -> None:
    sound = make_sound(tmp_path / "a.wav", seconds=3, silent=[(2, 3)])
    assert flat(await silences(sound, 1, 60)) == pytest.approx([2, 60], abs=0.02)


@pytest.mark.slow
async def test_hundreds_of_silences(tmp_path: Path) -> None:
    sound = make_sound(tmp_path / "a.wav", seconds=1000, silent=[(0, 0)])
    gated = tmp_path / "b.wav"
    ffmpeg("-i", sound, "-af", "volume=0:enable='lt(mod(t,1),0.4)':eval=frame,asetnsamples=160", gated)
    assert len(await silences(gated, 0, 1000)) == pytest.approx(1000, abs=2)


async def test_silences_without_audio_raise(tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        await silences(make_video(tmp_path / "a.mp4", audio=False), 0, 1)
    with pytest.raises(LocalFileNotFoundError):
        await silences(tmp_path / "b.wav", 0, 1)
    with pytest.raises(ValueError, match="invalid range"):
        await silences(tmp_path / "b.wav", 3, 1)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
async def test_claimed_gap_of_hours_is_refused(tmp_path: Path, suffix: str) -> None:
    """FFmpeg would write 640 MB of silence."""
    video = gap_in_audio(tmp_path / f"a{suffix}", gap=20_000)
    assert video.stat().st_size < 200_000
    with pytest.raises(
        OutputLimitError, match=rf"a\{suffix} claim more than \d+ s of audio, .* contains \d\d s"
    ):
        await extract(video, tmp_path / "a.wav")
    assert [path.name for path in tmp_path.iterdir()] == [video.name]


@pytest.mark.slow
async def test_long_gap_needs_little_memory(tmp_path: Path) -> None:
    """FFmpeg would hold the gap in memory, 3 GB."""
    peak, error = peak_memory(extract_audio, gap_in_audio(tmp_path / "a.mkv", gap=20_000), tmp_path)
    assert error == "media-output-limit"
    assert peak < 300 * 1024**2


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
async def test_moderate_gap_keeps_the_timeline(tmp_path: Path, suffix: str) -> None:
    sound = await extract(gap_in_audio(tmp_path / f"a{suffix}", gap=300), tmp_path / "a.wav")
    (silence,) = [pair for pair in await silences(sound, 0, 400) if pair[1] - pair[0] > 10]
    assert silence == pytest.approx((3, 303), abs=0.2)
    with wave.open(str(sound)) as file:
        assert file.getnframes() / RATE == pytest.approx(310, abs=0.2)


@pytest.mark.slow
async def test_late_audio_in_a_long_video(tmp_path: Path) -> None:
    """The gap is longer than the audio, but not than the video."""
    video = tmp_path / "a.mkv"
    picture = ("-f", "lavfi", "-i", "color=navy:s=32x32:r=1:d=2000")
    tone = ("-f", "lavfi", "-itsoffset", "1990", "-i", "sine=440:duration=10")
    ffmpeg(*picture, *tone, "-map", "0", "-map", "1", "-c:v", "mpeg4", "-c:a", "aac", video)
    sound = await extract(video, tmp_path / "a.wav")
    with wave.open(str(sound)) as file:
        assert file.getnframes() / RATE == pytest.approx(2000, abs=0.2)
    assert flat(await silences(sound, 1980, 2000)) == pytest.approx([1980, 1990], abs=0.1)


async def test_audio_of_a_live_recording(tmp_path: Path) -> None:
    """The container has no duration."""
    recorded, live = make_video(tmp_path / "a.webm", seconds=2), tmp_path / "live.webm"
    live.write_bytes(ffmpeg("-i", recorded, "-c", "copy", "-f", "webm", "-live", "1", "-"))
    with wave.open(str(await extract(live, tmp_path / "a.wav"))) as file:
        assert file.getnframes() / RATE == pytest.approx(2, abs=0.1)


@pytest.mark.slow
async def test_time_jump_in_a_transport_stream(tmp_path: Path) -> None:
    """FFmpeg joins the parts of a recording whose clock jumped."""
    parts = [tmp_path / "1.ts", tmp_path / "2.ts"]
    for part, offset in zip(parts, (0, 20_000), strict=True):
        whole = make_counted(tmp_path / "whole.mkv")
        shifted = ("-output_ts_offset", str(offset), "-f", "mpegts")
        ffmpeg("-i", whole, "-c:v", "copy", "-c:a", "aac", *shifted, part)
    video = tmp_path / "a.ts"
    video.write_bytes(b"".join(part.read_bytes() for part in parts))
    times = clicks(await extract(video, tmp_path / "a.wav"))
    assert times == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7], abs=0.1)


async def test_file_longer_than_it_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_GAP_SECONDS", 0)
    monkeypatch.setattr(audio, "MARGIN_SECONDS", 0)
    video = make_video(tmp_path / "a.mkv", seconds=30, size="64x36", fps=5)
    content = video.read_bytes()
    duration = content.index(b"\x44\x89\x88") + 3  # a double in milliseconds
    video.write_bytes(content[:duration] + struct.pack(">d", 1000) + content[duration + 8 :])
    with wave.open(str(await extract(video, tmp_path / "a.wav"))) as file:
        assert file.getnframes() / RATE == pytest.approx(30, abs=0.1)
