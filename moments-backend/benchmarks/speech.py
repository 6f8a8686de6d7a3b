"""Speech with known words: the demo talks in several voices, clean and with noise."""

import subprocess
import wave
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from app.core.config import Settings
from app.media import binaries
from demo.scripts import TALKS
from demo.speech import speak

SAMPLE_RATE = 16_000
VOICES = (("en-us", 165), ("en-gb-x-rp", 140), ("en-us+f3", 150))
"""Voices of espeak-ng and words per minute."""


@dataclass(frozen=True)
class Recording:
    """WAV file and the words spoken in it."""

    path: Path
    text: str

    @cached_property
    def seconds(self) -> float:
        with wave.open(str(self.path), "rb") as file:
            frames: int = file.getnframes()
        return frames / SAMPLE_RATE


def record(folder: Path, *, sections: int, voices: int) -> list[Recording]:
    """Record the first sections of the demo talks once per voice, as 16 kHz mono WAV."""
    texts = [section.text for talk in TALKS for section in talk.sections]
    text = " ".join(texts[:sections])
    recordings = []
    for voice, words_per_minute in VOICES[:voices]:
        spoken, path = folder / "spoken.wav", folder / f"{voice}.wav"
        speak(text, voice=voice, words_per_minute=words_per_minute).write(spoken)
        argv: list[str | Path] = [binaries.find_ffmpeg(Settings()), "-v", "error", "-i", spoken]
        argv += ["-ar", str(SAMPLE_RATE), path]
        subprocess.run(argv, check=True)
        recordings.append(Recording(path, text))
    return recordings


def add_noise(recording: Recording, folder: Path, *, decibels: float) -> Recording:
    """Add white noise, `decibels` below the mean power of the speech."""
    with wave.open(str(recording.path), "rb") as file:
        speech = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    noise = np.random.default_rng(1).standard_normal(len(speech))
    noise *= np.sqrt(np.square(speech).mean() / 10 ** (decibels / 10))
    path = folder / recording.path.name
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(np.clip(speech + noise, -32768, 32767).astype("<i2").tobytes())
    return Recording(path, recording.text)
