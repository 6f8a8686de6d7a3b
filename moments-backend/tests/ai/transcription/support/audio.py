"""Audio for transcribers: synthesized speech with known times, noise and silence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.base import AudioSource
from app.ai.transcription.wav import SAMPLE_RATE, as_wav
from demo.speech import speak
from tests.fixtures.media import ffmpeg

SENTENCES = (
    "The moon does most of that work.",
    "When the sun goes down, the air becomes cold.",
    "She opened the door and looked into the garden.",
    "We will meet again on Monday morning.",
)
"""Sentences spoken by espeak-ng that tiny.en transcribes correctly."""


@dataclass(frozen=True)
class Speech:
    """Synthesized sentences.

    Attributes:
        times: start and end of each sentence in seconds.
    """

    samples: NDArray[np.int16]
    times: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    def __add__(self, other: "Speech") -> "Speech":
        later = tuple((self.seconds + start, self.seconds + end) for start, end in other.times)
        return Speech(np.concatenate([self.samples, other.samples]), self.times + later)

    def write(self, path: Path) -> Path:
        path.write_bytes(as_wav(self.samples))
        return path


def synthesize(sentences: Sequence[str] = SENTENCES, *, pause: float = 1.0, voice: str = "en-us") -> Speech:
    """Return the sentences with `pause` seconds of silence before, between and after them."""
    parts: list[NDArray[np.int16]] = [silence(pause)]
    times = []
    for sentence in sentences:
        start = sum(map(len, parts)) / SAMPLE_RATE
        parts.append(_spoken(sentence, voice))
        times.append((start, sum(map(len, parts)) / SAMPLE_RATE))
        parts.append(silence(pause))
    return Speech(np.concatenate(parts), tuple(times))


def silence(seconds: float) -> NDArray[np.int16]:
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.int16)


def noise(seconds: float) -> NDArray[np.int16]:
    """Return white noise as loud as speech."""
    return (np.random.default_rng(7).standard_normal(int(seconds * SAMPLE_RATE)) * 3000).astype(np.int16)


def melody(seconds: float) -> NDArray[np.int16]:
    """Return plucked notes over chords, as in a jingle."""
    chooser = np.random.default_rng(5)
    times = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    scale = (261.6, 293.7, 329.6, 392.0, 440.0, 523.3, 587.3)

    def note(frequency: float, decay: float) -> NDArray[np.float64]:
        overtones = (np.sin(2 * np.pi * frequency * n * times) / n for n in range(1, 6))
        return np.asarray(sum(overtones)) * np.exp(-times * decay)

    count = int(seconds * 2)
    notes = [note(chooser.choice(scale), 3) + note(130.8, 1) + note(196.0, 1) for _ in range(count)]
    samples = np.concatenate(notes) if notes else np.zeros(0)
    scaled: NDArray[np.int16] = (samples / np.abs(samples).max(initial=1) * 8000).astype(np.int16)
    return scaled


def audio_at(path: Path, *, url: str = "http://127.0.0.1:9/unused") -> AudioSource:
    async def file() -> Path:
        return path

    async def link() -> str:
        return url

    return AudioSource(file, link)


def normalized_words(text: str) -> list[str]:
    """Return the words in lower case without punctuation."""
    return re.findall(r"[a-z']+", text.lower())


@cache
def _spoken(sentence: str, voice: str) -> NDArray[np.int16]:
    speech = speak(sentence, voice=voice, words_per_minute=150)
    input_format = ("-f", "s16le", "-ar", str(speech.sample_rate), "-ac", "1")
    resampled = ffmpeg(
        *input_format, "-i", "-", "-f", "s16le", "-ar", str(SAMPLE_RATE), "-", stdin=speech.samples
    )
    return np.frombuffer(resampled, dtype="<i2")
