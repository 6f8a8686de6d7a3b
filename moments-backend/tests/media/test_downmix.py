"""Mono mixes keep speech in every arrangement of channels."""

from pathlib import Path

import numpy as np
import pytest

from app.core.config import Settings
from app.media.downmix import downmix_filters, mono_weights
from app.media.ffprobe import probe
from tests.fixtures.media import ffmpeg
from tests.media.support.numbered_frames import CLICK_RATE, clicks, make_counted

pytestmark = pytest.mark.usefixtures("clean_environment")

MIXES = {
    "plain.mkv": "pan=stereo|c0=c0|c1=c0",
    "inverted.mkv": "pan=stereo|c0=c0|c1=-1*c0",
    "right-only.mkv": "pan=stereo|c0=0*c0|c1=c0",
    "centre.mkv": "pan=5.1|FL=0*c0|FR=0*c0|FC=c0|LFE=0*c0|BL=0*c0|BR=0*c0",
    "sixteen.mov": "pan=16c|" + "|".join(f"c{number}={number % 2}*c0" for number in range(16)),
}


@pytest.mark.parametrize("name", MIXES)
async def test_mono_keeps_the_clicks(tmp_path: Path, name: str) -> None:
    options = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s16le")
    video = make_counted(tmp_path / name, sound=f",{MIXES[name]}", options=options)
    info, settings = (await probe(video, settings=Settings())).info, Settings()
    filters = await downmix_filters(video, info, info.audio[0], channels=1, settings=settings)
    mono = tmp_path / "mono.wav"
    ffmpeg("-i", video, "-map", "0:a", "-af", ",".join(filters), "-ar", str(CLICK_RATE), mono)
    assert clicks(mono) == pytest.approx([0, 1, 2, 3], abs=0.012)


def test_plain_stereo_needs_no_weights() -> None:
    noise = np.random.default_rng(1).normal(0, 1000, (8000, 2)).astype(np.float32)
    assert mono_weights(noise, "stereo", 2) is None


def test_silence_and_missing_samples_need_no_weights() -> None:
    assert mono_weights(np.zeros((8000, 6), np.float32), "5.1", 6) is None
    assert mono_weights(np.zeros((0, 6), np.float32), "5.1", 6) is None


def test_centre_prevails_over_music() -> None:
    noise = np.random.default_rng(1).normal(0, 1000, (8000, 6)).astype(np.float32)
    weights = mono_weights(noise, "5.1(side)", 6)
    assert weights is not None
    assert weights[2] > 4 * weights[0]
    assert weights[3] == 0
    assert sum(weights) == pytest.approx(1)
