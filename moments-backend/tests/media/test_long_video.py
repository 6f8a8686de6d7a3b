"""Memory stays bounded for a three-hour video."""

import asyncio
import wave
from array import array
from collections.abc import Awaitable
from pathlib import Path

import psutil
import pytest

from app.core.config import Settings
from app.media import audio, clip_encoder
from tests.fixtures.media import ffmpeg
from tests.media.support.numbered_frames import ffprobe

pytestmark = pytest.mark.usefixtures("clean_environment")

LENGTH = 3 * 3600
PERIOD = 20
"""Seconds of a period, with a tone from second 5 to 6."""

TONE_AT = LENGTH - PERIOD + 5

MIB = 1024**2


@pytest.fixture(scope="module")
def lecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lecture")
    sound = f"aevalsrc='0.5*between(t,5,6)*sin(2*PI*440*t)':s=8000:d={PERIOD}"
    picture = ("-f", "lavfi", "-i", f"color=navy:s=32x32:r=1:d={PERIOD}")
    ffmpeg(*picture, "-f", "lavfi", "-i", sound, "-c:v", "mpeg4", "-c:a", "flac", folder / "period.mkv")
    repeat = ("-stream_loop", str(LENGTH // PERIOD - 1))
    ffmpeg(*repeat, "-i", folder / "period.mkv", "-c", "copy", folder / "a.mkv")
    return folder / "a.mkv"


async def peak_while(work: Awaitable[None]) -> tuple[int, int]:
    """Return the peak memory of child processes and the growth of this one, in bytes."""
    own = psutil.Process()
    before, peak, growth = own.memory_info().rss, 0, 0
    running = asyncio.ensure_future(work)
    while not running.done():
        await asyncio.wait([running], timeout=0.02)
        for child in own.children():
            try:
                if "ffmpeg" in child.name():
                    peak = max(peak, child.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        growth = max(growth, own.memory_info().rss - before)
    await running
    return peak, growth


@pytest.mark.slow
async def test_audio_of_a_long_video(lecture: Path, tmp_path: Path) -> None:
    progress: list[float] = []
    sound = tmp_path / "a.wav"
    peak, growth = await peak_while(
        audio.extract_audio(lecture, sound, settings=Settings(), timeout=120, on_progress=progress.append)
    )
    assert progress[-1] == pytest.approx(LENGTH, abs=0.2)
    assert MIB < peak < 150 * MIB
    assert growth < 20 * MIB
    with wave.open(str(sound)) as file:
        assert file.getnframes() / 16_000 == pytest.approx(LENGTH, abs=0.2)
        file.setpos(round((TONE_AT - 1) * 16_000))
        samples = array("h", file.readframes(3 * 16_000))
    loud = [index / 16_000 for index, sample in enumerate(samples) if abs(sample) > 1000]
    assert [loud[0], loud[-1]] == pytest.approx([1, 2], abs=0.05)


@pytest.mark.slow
async def test_clip_near_the_end_of_a_long_video(lecture: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    peak, growth = await peak_while(
        clip_encoder.cut_clip(
            lecture, clip, start=TONE_AT - 2, end=TONE_AT + 3, settings=Settings(), timeout=60
        )
    )
    assert float(ffprobe(clip)["format"]["duration"]) == pytest.approx(5, abs=0.1)
    assert peak < 150 * MIB
    assert growth < 20 * MIB


async def test_silences_near_the_end_of_a_long_video(lecture: Path) -> None:
    found = await audio.detect_silences(lecture, settings=Settings(), start=TONE_AT - 5, end=TONE_AT + 5)
    assert [time for pair in found for time in pair] == pytest.approx(
        [TONE_AT - 5, TONE_AT, TONE_AT + 1, TONE_AT + 5], abs=0.1
    )
