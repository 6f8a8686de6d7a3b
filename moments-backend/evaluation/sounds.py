"""Synthetic audio at 16 kHz: speech of espeak-ng, noise and music, all reproducible from a seed."""

import wave
from collections.abc import Callable
from fractions import Fraction
from math import pi
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.wav import SAMPLE_RATE, as_wav
from demo.speech import speak

Samples = NDArray[np.float64]
"""Mono samples from -1 to 1."""

SPEECH_LEVEL = 0.08
"""Root mean square of the speech: -22 dB of full scale, as in recordings."""
_TAPS = 255


def spoken(text: str, *, voice: str, words_per_minute: int = 150) -> Samples:
    """Return the spoken text, resampled to 16 kHz, with half a second of silence at both ends."""
    speech = speak(text, voice=voice, words_per_minute=words_per_minute)
    samples = np.frombuffer(speech.samples, dtype="<i2").astype(float) / 32768
    resampled = _resample(samples, speech.sample_rate)
    resampled *= SPEECH_LEVEL / _level(resampled)
    silence = np.zeros(SAMPLE_RATE // 2)
    return np.concatenate([silence, resampled, silence])


def white_noise(seconds: float) -> Samples:
    return np.random.default_rng(1).standard_normal(int(seconds * SAMPLE_RATE)) * SPEECH_LEVEL


def pink_noise(seconds: float) -> Samples:
    """Return noise whose power falls with the frequency, like wind and traffic."""
    spectrum = np.fft.rfft(white_noise(seconds))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1.0))
    noise = np.fft.irfft(spectrum, int(seconds * SAMPLE_RATE))
    return noise * (SPEECH_LEVEL / _level(noise))


def hum(seconds: float) -> Samples:
    """Return mains hum: 50 Hz with harmonics."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tones = np.sum([np.sin(2 * pi * 50 * harmonic * time) / harmonic for harmonic in range(1, 6)], axis=0)
    scaled: Samples = tones * (SPEECH_LEVEL / _level(tones))
    return scaled


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE))


CHORDS = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
"""Frequencies in Hz: C, A minor, F, G."""
CHORD_SECONDS = 1.5


def music(seconds: float) -> Samples:
    """Return decaying chords with a drum on every beat."""
    length = int(CHORD_SECONDS * SAMPLE_RATE)
    time = np.arange(length) / SAMPLE_RATE
    beat = np.random.default_rng(2).standard_normal(length) * np.exp(-time * 40)
    bars = []
    for number in range(int(seconds / CHORD_SECONDS) + 1):
        tones = sum(
            np.sin(2 * pi * frequency * harmonic * time) / harmonic**2
            for frequency in CHORDS[number % len(CHORDS)]
            for harmonic in (1, 2, 3)
        )
        bars.append(tones * np.exp(-time) + 1.5 * beat)
    whole = np.concatenate(bars)[: int(seconds * SAMPLE_RATE)]
    return whole * (SPEECH_LEVEL / _level(whole))


def with_background(speech: Samples, background: Callable[[float], Samples], *, decibels: float) -> Samples:
    """Add a background whose power is `decibels` below the speech's."""
    other = background(len(speech) / SAMPLE_RATE)[: len(speech)]
    return speech + other * (_level(speech) / _level(other) / 10 ** (decibels / 20))


def write_wav(path: Path, samples: Samples) -> None:
    path.write_bytes(as_wav(np.clip(samples * 32767, -32768, 32767).astype("<i2")))


def seconds_of(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


def _level(samples: Samples) -> float:
    """Return the root mean square, ignoring digital silence."""
    audible = samples[samples != 0]
    return float(np.sqrt(np.square(audible).mean())) if len(audible) else 1.0


def _resample(samples: Samples, rate: int) -> Samples:
    """Resample to 16 kHz with a windowed-sinc low-pass filter against aliases."""
    ratio = Fraction(SAMPLE_RATE, rate)
    cutoff = min(1.0, float(ratio)) * 0.95
    position = np.arange(_TAPS) - _TAPS // 2
    kernel = cutoff * np.sinc(cutoff * position) * np.hamming(_TAPS)
    filtered = np.convolve(samples, kernel / kernel.sum(), mode="same")
    times = np.arange(int(len(samples) * ratio)) / float(ratio)
    return np.interp(times, np.arange(len(filtered)), filtered)
