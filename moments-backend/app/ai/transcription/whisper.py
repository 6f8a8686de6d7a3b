"""Local transcription by faster-whisper; the bundled model needs no network.

Options and measurements: docs/decisions/0010-transcription-engine.md.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.base import DEFAULT_OPTIONS, AudioSource, ProgressCallback, TranscriptionOptions
from app.ai.transcription.languages import language_code
from app.ai.transcription.normalization import assemble
from app.ai.transcription.vad import SpeechSpans
from app.ai.transcription.wav import SAMPLE_RATE, Wav
from app.ai.transcription.whisper_model import ModelSource, load
from app.ai.transcription.words import join_pieces
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import CancelledByUserError, EngineError, ModelMissingError, VideoMomentsError
from app.models.transcript import Segment, Transcript, Word

PIECE_SECONDS = 180.0
"""Audio in memory at a time, with its spectrogram."""

SEARCH_SECONDS = 30.0
"""Last part of a piece in which a quiet position for the cut is searched."""

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MAX_COMPRESSION_RATIO = 2.4
MIN_LOG_PROBABILITY = -1.0
MAX_NO_SPEECH = 0.6
"""Decoding thresholds of the Whisper paper (https://arxiv.org/abs/2212.04356, section 4.5).

A window is decoded again at the next temperature if its text compresses by more than the ratio (a loop) or
has a lower mean log probability. An improbable window without speech stays empty.
"""


class Whisper:
    """Local transcriber with the `whisper_*` settings; loads the model on first use."""

    def __init__(
        self,
        settings: Settings,
        *,
        piece_seconds: float = PIECE_SECONDS,
        search_seconds: float = SEARCH_SECONDS,
    ) -> None:
        self._source = ModelSource.from_settings(settings)
        self._language = settings.transcription_language
        self._beam_size = settings.whisper_beam_size
        self._piece_seconds = piece_seconds
        self._search_seconds = search_seconds
        self._model: Any = None

    @property
    def name(self) -> str:
        return f"whisper {self._source.name}"

    async def close(self) -> None:
        """Release the model, unless another transcriber of this process still uses it."""
        self._model = None

    async def transcribe(
        self,
        audio: AudioSource,
        *,
        options: TranscriptionOptions = DEFAULT_OPTIONS,
        on_progress: ProgressCallback | None = None,
    ) -> Transcript:
        """Return the words of the audio, none without speech.

        A cancelled call first completes the current window of 30 s, which takes two cores about 2 s.

        Raises:
            ModelMissingError: the model is not installed or does not support the language.
            ConfigurationError: device or compute type are not supported.
            EngineError: the model failed.
            LocalFileError: the audio file cannot be read.
        """
        path = await audio.file()
        self._model = await run_in_thread(lambda: self._model or load(self._source))
        stop = threading.Event()
        steps = self._steps(self._model, path, stop, language=options.language)
        words: list[Word] = []
        segments: list[Segment] = []
        language, seconds = None, 0.0
        while step := await run_in_thread(_next, steps, stop=stop.set):
            words += step.words
            segments += step.segments
            language, seconds = step.language, step.total
            if on_progress is not None:
                on_progress(step.done, step.total)
        return assemble(words, segments, language=language, seconds=seconds, source="whisper")

    def _steps(
        self, model: Any, path: Path, stop: threading.Event, *, language: str | None = None
    ) -> Iterator["_TranscriptionStep"]:
        """Yield a step per segment and one per piece; blocks."""
        wav = Wav.open(path)
        language = self._language_of(model, language or self._language)
        yield _TranscriptionStep(0.0, wav.seconds, language)
        first = 0
        while first < wav.length:
            last = wav.end_of_piece(first, longest=self._piece_seconds, search=self._search_seconds)
            samples = wav.read(first, last).astype(np.float32) / np.float32(32768)
            speech = SpeechSpans.detect(samples)
            if speech.spans:  # a multilingual model would guess a language for silence
                decoded, info = self._decode(model, samples, language, stop)
                for segment in decoded:
                    language = info.language
                    offset = first / SAMPLE_RATE
                    yield _TranscriptionStep.from_segment(segment, speech, offset, language, wav.seconds)
            yield _TranscriptionStep(last / SAMPLE_RATE, wav.seconds, language)
            first = last

    def _decode(
        self, model: Any, samples: NDArray[np.float32], language: str | None, stop: threading.Event
    ) -> tuple[Iterator[Any], Any]:
        """Return faster-whisper's lazily decoded segments and its `TranscriptionInfo`."""
        decoded: tuple[Iterator[Any], Any] = model.transcribe(
            samples,
            language=language,
            beam_size=self._beam_size,
            word_timestamps=True,
            vad_filter=True,
            condition_on_previous_text=False,
            temperature=_Temperatures(stop),
            compression_ratio_threshold=MAX_COMPRESSION_RATIO,
            log_prob_threshold=MIN_LOG_PROBABILITY,
            no_speech_threshold=MAX_NO_SPEECH,
        )
        return decoded

    def _language_of(self, model: Any, language: str | None) -> str | None:
        supported: list[str] = model.supported_languages
        if language is None:
            return supported[0] if len(supported) == 1 else None
        code = language_code(language)
        if code not in supported:
            raise ModelMissingError(
                f"{self.name} does not support the language {language!r}",
                remedy="set WHISPER_MODEL to a multilingual model (a name without .en), or leave "
                "TRANSCRIPTION_LANGUAGE empty",
            )
        return code


@dataclass(frozen=True, slots=True)
class _TranscriptionStep:
    """Progress in seconds of audio, and the words and segments recognized in this step."""

    done: float
    total: float
    language: str | None
    words: tuple[Word, ...] = ()
    segments: tuple[Segment, ...] = ()

    @classmethod
    def from_segment(
        cls, segment: Any, speech: SpeechSpans, offset: float, language: str, total: float
    ) -> "_TranscriptionStep":
        """Convert a segment of faster-whisper, whose times are relative to its piece."""
        pieces = [
            Word(word=word.word, start=max(0.0, word.start), end=max(0.0, word.end))
            for word in segment.words or ()
        ]
        words = []
        for word in join_pieces(pieces):
            start, end = speech.trimmed(word.start, word.end)
            words.append(Word(word=word.word, start=max(0.0, offset + start), end=max(0.0, offset + end)))
        start, end = (
            (words[0].start, words[-1].end) if words else (offset + segment.start, offset + segment.end)
        )
        converted = Segment(text=segment.text, start=start, end=end)
        return cls(min(end, total), total, language, tuple(words), (converted,))


class _Temperatures(list[float]):
    """`TEMPERATURES` that raise once stopped: faster-whisper iterates over them before each decoding."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(TEMPERATURES)
        self._stop = stop

    def __iter__(self) -> Iterator[float]:
        for temperature in super().__iter__():
            if self._stop.is_set():
                raise CancelledByUserError("the transcription was cancelled")
            yield temperature


def _next(steps: Iterator[_TranscriptionStep]) -> _TranscriptionStep | None:
    try:
        return next(steps, None)
    except VideoMomentsError:
        raise
    except Exception as error:
        raise EngineError(
            f"Whisper failed: {str(error) or type(error).__name__}",
            remedy="retry; if memory is short, use a smaller model or fewer concurrent transcriptions",
        ) from error
