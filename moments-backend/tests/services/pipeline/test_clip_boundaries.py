"""Clip and moment boundaries on real media."""

from pathlib import Path

import pytest

from app.core.config import Settings
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.services.pipeline.clip_boundaries import (
    clip_boundaries,
    snap_all_to_silence,
    snap_to_silence,
)
from app.services.pipeline.resource_limits import ResourceLimits
from tests.fixtures.media import ffmpeg

DURATION = 30.0


def moment(start: float, end: float) -> Moment:
    return Moment(id="0" * 16, start_time=start, end_time=end, title="A moment", score=5)


@pytest.fixture
def three_shots(tmp_path: Path) -> Path:
    """A video of 30 s with shot changes at 9 and 21 s."""
    path = tmp_path / "shots.mp4"
    sources = ("color=red:d=9", "color=white:d=12", "color=blue:d=9")
    inputs = [part for source in sources for part in ("-f", "lavfi", "-i", f"{source}:s=320x180:r=25")]
    ffmpeg(*inputs, "-filter_complex", "concat=n=3", "-c:v", "libx264", "-preset", "ultrafast", path)
    return path


@pytest.fixture
def beeps(tmp_path: Path) -> Path:
    """Audio of 12 s with a tone from 2 to 5 and from 6 to 10 s."""
    path = tmp_path / "beeps.wav"
    tone = "aevalsrc='sin(2*PI*440*t)*(between(t,2,5)+between(t,6,10))':d=12:s=16000"
    ffmpeg("-f", "lavfi", "-i", tone, "-ac", "1", path)
    return path


@pytest.mark.parametrize(
    ("start", "end", "padding", "expected"),
    [
        (13, 17.5, 5.0, (9, 21)),  # cuts near both boundaries
        (13, 18, 1.0, (12, 19)),  # no cut nearby
        (9.5, 20, 1.0, (9, 21)),
        (8, 22, 3.0, (5, 25)),  # cuts inside the moment are ignored
        (1, 29, 30.0, (0, DURATION)),  # the whole video
    ],
)
async def test_clips_snap_to_nearby_shot_changes(
    three_shots: Path, start: float, end: float, padding: float, expected: tuple[float, float]
) -> None:
    settings = Settings(clip_padding=padding)
    edges = await clip_boundaries(moment(start, end), three_shots, settings=settings, duration=DURATION)
    assert edges == pytest.approx(expected, abs=0.25)
    assert edges[0] <= start < end <= edges[1]


async def test_moments_snap_to_nearby_silences(beeps: Path) -> None:
    options = GenerationOptions(min_moment_length=1, max_moment_length=20)
    edges = await snap_to_silence(moment(2.3, 4.8), beeps, options, settings=Settings())
    assert edges == pytest.approx((1.85, 5.3), abs=0.03)


async def test_boundaries_without_a_silence_stay(beeps: Path) -> None:
    options = GenerationOptions(min_moment_length=1, max_moment_length=20)
    assert await snap_to_silence(moment(7.5, 8.6), beeps, options, settings=Settings()) == (7.5, 8.6)


async def test_boundaries_stay_if_the_moment_gets_too_long(beeps: Path) -> None:
    options = GenerationOptions(min_moment_length=1, max_moment_length=3)
    assert await snap_to_silence(moment(2.3, 4.8), beeps, options, settings=Settings()) == (2.3, 4.8)


async def test_boundaries_after_the_audio_stay(beeps: Path) -> None:
    options = GenerationOptions(min_moment_length=1, max_moment_length=20)
    start, end = await snap_to_silence(moment(6.2, 14), beeps, options, settings=Settings())
    assert start == pytest.approx(5.85, abs=0.03)
    assert end == 14


async def test_adjacent_moments_do_not_overlap(beeps: Path) -> None:
    options = GenerationOptions(min_moment_length=1, max_moment_length=20)
    settings = Settings()
    moments = [moment(2.3, 5.5), moment(5.5, 9.8)]
    first, second = await snap_all_to_silence(
        moments, beeps, options, settings=settings, limits=ResourceLimits(settings)
    )
    assert first.start_time == pytest.approx(1.85, abs=0.03)
    assert second.end_time == pytest.approx(10.3, abs=0.03)
    assert 5 < first.end_time <= second.start_time < 6
