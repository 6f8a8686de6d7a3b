"""Evaluates transcription: word error rates, languages, and words invented without speech."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.ai.transcription.base import AudioSource, Transcriber
from app.ai.transcription.factory import create_transcriber
from app.ai.transcription.wav import SAMPLE_RATE
from app.core.config import Settings
from app.core.exceptions import ConfigurationError
from app.models.transcript import Transcript
from evaluation import sounds
from evaluation.sounds import Samples
from evaluation.speech_texts import SPOKEN_TEXTS, SpokenText
from evaluation.table import Figure
from evaluation.word_errors import split_words, word_errors

SAMPLE_SECONDS = 10.0
"""Length of speech from which the language must be found."""
EMPTY_SECONDS = 600.0
"""Length of each recording without speech."""

BACKGROUNDS: tuple[tuple[str, Callable[[float], Samples], float], ...] = (
    ("white noise, 20 dB below", sounds.white_noise, 20),
    ("white noise, 10 dB below", sounds.white_noise, 10),
    ("pink noise, 10 dB below", sounds.pink_noise, 10),
    ("music, 10 dB below", sounds.music, 10),
)
EMPTY: tuple[tuple[str, Callable[[float], Samples]], ...] = (
    ("silence", sounds.silence),
    ("white noise", sounds.white_noise),
    ("pink noise", sounds.pink_noise),
    ("hum", sounds.hum),
    ("music", sounds.music),
)


@dataclass(frozen=True, slots=True)
class _Recording:
    """A recording with the words spoken in it."""

    name: str
    samples: Samples
    text: str = ""
    language: str | None = None


def evaluate(settings: Settings, *, on_progress: Callable[[str], None] = lambda _: None) -> list[Figure]:
    """Transcribe synthetic recordings with the configured engine and compare the words.

    Raises:
        VideoMomentsError: a model or the synthetic voice is missing, or the engine failed.
    """
    with tempfile.TemporaryDirectory(prefix="evaluation-") as folder:
        return asyncio.run(_evaluate(settings, Path(folder), on_progress))


async def _evaluate(settings: Settings, folder: Path, on_progress: Callable[[str], None]) -> list[Figure]:
    transcriber = create_transcriber(settings)
    try:
        figures = []
        for group in (_languages(), _noise()):
            for recording in group:
                on_progress(recording.name)
                found = await _transcribe(transcriber, recording, folder)
                figures.append(_error_rate(recording, found))
        on_progress("languages")
        figures.append(await _language_figure(transcriber, folder))
        for recording in _empty():
            on_progress(recording.name)
            found = await _transcribe(transcriber, recording, folder)
            figures.append(Figure(recording.name, f"{len(split_words(found.text))} words", "0"))
        return figures
    finally:
        await transcriber.close()


def _languages() -> Iterator[_Recording]:
    for item in SPOKEN_TEXTS:
        for voice in item.voices:
            name = f"word error rate, {item.language}, voice {voice}"
            yield _Recording(name, sounds.spoken(item.text, voice=voice), item.text, item.language)


def _noise() -> Iterator[_Recording]:
    english = SPOKEN_TEXTS[0]
    speech = sounds.spoken(english.text, voice=english.voices[0])
    for name, background, decibels in BACKGROUNDS:
        noisy = sounds.with_background(speech, background, decibels=decibels)
        yield _Recording(f"word error rate, en, {name}", noisy, english.text, "en")


def _empty() -> Iterator[_Recording]:
    for name, make in EMPTY:
        yield _Recording(f"words in {EMPTY_SECONDS / 60:g} minutes of {name}", make(EMPTY_SECONDS))


async def _transcribe(transcriber: Transcriber, recording: _Recording, folder: Path) -> Transcript:
    path = folder / "audio.wav"
    await asyncio.to_thread(sounds.write_wav, path, recording.samples)

    async def file() -> Path:
        return path

    async def url() -> str:
        raise ConfigurationError(
            "the evaluation has no bucket, from which the engine http fetches audio",
            remedy="set TRANSCRIPTION_ENGINE to whisper or openai",
        )

    return await transcriber.transcribe(AudioSource(file=file, url=url))


def _error_rate(recording: _Recording, found: Transcript) -> Figure:
    errors, words = word_errors(recording.text, found.text), len(split_words(recording.text))
    detected = "" if found.language == recording.language else f", taken for {found.language}"
    return Figure(recording.name, f"{100 * errors / words:.1f} % ({errors} of {words}){detected}")


async def _language_figure(transcriber: Transcriber, folder: Path) -> Figure:
    right, wrong = 0, []
    samples: list[tuple[SpokenText, str]] = [(item, voice) for item in SPOKEN_TEXTS for voice in item.voices]
    for item, voice in samples:
        speech = sounds.spoken(item.text, voice=voice)[: int(SAMPLE_SECONDS * SAMPLE_RATE)]
        found = await _transcribe(transcriber, _Recording(voice, speech), folder)
        right += found.language == item.language
        if found.language != item.language:
            wrong.append(f"{voice} as {found.language}")
    value = f"{right} of {len(samples)}" + (f" ({', '.join(wrong)})" if wrong else "")
    return Figure(f"language found in {SAMPLE_SECONDS:g} s of speech", value, "all")
