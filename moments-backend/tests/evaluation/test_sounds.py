"""Synthetic audio."""

import numpy as np
import pytest

from app.ai.transcription.wav import SAMPLE_RATE
from evaluation import sounds

SECONDS = 4.0


@pytest.mark.parametrize("make", [sounds.white_noise, sounds.pink_noise, sounds.hum, sounds.music])
def test_backgrounds_have_the_level_of_speech(make: object) -> None:
    samples = make(SECONDS)  # type: ignore[operator]
    assert len(samples) == SECONDS * SAMPLE_RATE
    assert np.sqrt(np.square(samples).mean()) == pytest.approx(sounds.SPEECH_LEVEL, rel=0.1)


def test_background_is_as_quiet_as_asked() -> None:
    speech = sounds.spoken("The tide turns twice a day.", voice="en-us")
    noisy = sounds.with_background(speech, sounds.white_noise, decibels=20)
    noise = noisy - speech
    ratio = np.square(speech[speech != 0]).mean() / np.square(noise).mean()
    assert 10 * np.log10(ratio) == pytest.approx(20, abs=0.5)


def test_resampling_keeps_tones() -> None:
    time = np.arange(22050) / 22050
    tone = sounds._resample(np.sin(2 * np.pi * 440 * time), 22050)
    spectrum = np.abs(np.fft.rfft(tone))
    assert len(tone) == SAMPLE_RATE
    assert spectrum.argmax() == 440
