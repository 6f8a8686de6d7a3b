"""Whisper on this machine, by faster-whisper: no server, and with the bundled model no network either.

What it is set to, and what was measured for it: docs/decisions/0010-transcription-engine.md.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.base import AudioSource, ProgressCallback
from app.ai.transcription.languages import code_of
from app.ai.transcription.normalization import assemble
from app.ai.transcription.vad import SpeechSpans
from app.ai.transcription.wav import SAMPLE_RATE, Wav
from app.ai.transcription.whisper_model import ModelSource, load
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import CancelledByUserError, EngineError, ModelMissingError, VideoMomentsError
from app.models.transcript import Segment, Transcript, Word

PIECE_SECONDS = 180.0
"""Of sound in memory at once, with its spectrogram."""

SEARCH_SECONDS = 30.0
"""Before the end of a piece; people pause more often than that."""

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MAX_COMPRESSION_RATIO = 2.4
MIN_LOG_PROBABILITY = -1.0
MAX_NO_SPEECH = 0.6
"""What Whisper's authors found (https://arxiv.org/abs/2212.04356, section 4.5): a window whose text zlib
shortens by more than this ratio is a loop, and is decoded again at the next temperature, as is one that the
model holds for improbable; improbable and without speech, it stays empty."""


class Whisper:
    """Settings: `whisper_*` and `transcription_language`. The first call loads the model."""

    def __init__(
        self,
        settings: Settings,
        *,
        piece_seconds: float = PIECE_SECONDS,
        search_seconds: float = SEARCH_SECONDS,
    ) -> None:
        self._source = ModelSource.of(settings)
        self._language = settings.transcription_language
        self._beam_size = settings.whisper_beam_size
        self._piece_seconds = piece_seconds
        self._search_seconds = search_seconds
        self._model: Any = None

    @property
    def name(self) -> str:
        return f"whisper {self._source.name}"

    async def close(self) -> None:
        """Give the model's memory back, unless another transcriber of this process still uses it."""
        self._model = None

    async def transcribe(
        self, audio: AudioSource, *, on_progress: ProgressCallback | None = None
    ) -> Transcript:
        """The words of the sound; none where nothing is said.

        A cancelled call waits for the window of 30 s that the model is decoding, some two seconds of work for
        two cores; nothing is decoded after that.

        Raises:
            ModelMissingError: the model, or one for this language, is not on this machine.
            ConfigurationError: device or compute type do not work here.
            EngineError: the model failed.
            LocalFileError: the sound cannot be read.
        """
        path = await audio.file()
        self._model = await run_in_thread(lambda: self._model or load(self._source))
        stop = threading.Event()
        steps = self._listen(self._model, path, stop)
        words: list[Word] = []
        segments: list[Segment] = []
        language, seconds = None, 0.0
        while heard := await run_in_thread(lambda: _next(steps), stop=stop.set):
            words += heard.words
            segments += heard.segments
            language, seconds = heard.language, heard.total
            if on_progress is not None:
                on_progress(heard.done, heard.total)
        return assemble(words, segments, language=language, seconds=seconds)

    def _listen(self, model: Any, path: Path, stop: threading.Event) -> Iterator["_TranscriptionStep"]:
        """Piece by piece, a step for each segment and one for each piece. Each step blocks."""
        wav = Wav.open(path)
        language = self._language_of(model)
        yield _TranscriptionStep(0.0, wav.seconds, language)
        first = 0
        while first < wav.length:
            last = wav.end_of_piece(first, longest=self._piece_seconds, search=self._search_seconds)
            samples = wav.read(first, last).astype(np.float32) / np.float32(32768)
            voice = SpeechSpans.in_samples(samples)
            if voice.spans:  # of silence, a model of many languages would still guess the language
                found, info = self._decode(model, samples, language, stop)
                for segment in found:
                    language = info.language
                    yield _TranscriptionStep.of(segment, voice, first / SAMPLE_RATE, language, wav.seconds)
            yield _TranscriptionStep(last / SAMPLE_RATE, wav.seconds, language)
            first = last

    def _decode(
        self, model: Any, samples: NDArray[np.float32], language: str | None, stop: threading.Event
    ) -> tuple[Iterator[Any], Any]:
        """faster-whisper's segments, made as they are asked for, and its findings on the whole."""
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

    def _language_of(self, model: Any) -> str | None:
        """The language that the model is told; None leaves it to find out.

        Raises:
            ModelMissingError: the model has not learnt the language of the settings.
        """
        known: list[str] = model.supported_languages
        if self._language is None:
            return known[0] if len(known) == 1 else None
        code = code_of(self._language)
        if code not in known:
            raise ModelMissingError(
                f"{self.name} does not understand the language {self._language!r}",
                remedy="set WHISPER_MODEL to a model of many languages (a name without .en), or leave "
                "TRANSCRIPTION_LANGUAGE empty",
            )
        return code


@dataclass(frozen=True, slots=True)
class _TranscriptionStep:
    """One step: seconds of the sound that are done, of how many, and what was said in them."""

    done: float
    total: float
    language: str | None
    words: tuple[Word, ...] = ()
    segments: tuple[Segment, ...] = ()

    @classmethod
    def of(
        cls, segment: Any, voice: SpeechSpans, offset: float, language: str, total: float
    ) -> "_TranscriptionStep":
        """A segment of faster-whisper's, whose times count from the beginning of its piece."""
        words = []
        for word in segment.words or ():
            start, end = voice.trimmed(word.start, word.end)
            words.append(Word(word=word.word, start=max(0.0, offset + start), end=max(0.0, offset + end)))
        start, end = (
            (words[0].start, words[-1].end) if words else (offset + segment.start, offset + segment.end)
        )
        spoken = Segment(text=segment.text, start=start, end=end)
        return cls(min(end, total), total, language, tuple(words), (spoken,))


class _Temperatures(list[float]):
    """`TEMPERATURES`. faster-whisper takes one before each decoding: there alone can it be stopped."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(TEMPERATURES)
        self._stop = stop

    def __iter__(self) -> Iterator[float]:
        for temperature in super().__iter__():
            if self._stop.is_set():
                raise CancelledByUserError("the transcription was stopped")
            yield temperature


def _next(steps: Iterator[_TranscriptionStep]) -> _TranscriptionStep | None:
    try:
        return next(steps, None)
    except VideoMomentsError:
        raise
    except Exception as error:
        raise EngineError(
            f"Whisper failed: {str(error) or type(error).__name__}",
            remedy="retry; where memory is short, take a smaller model or fewer transcriptions at once",
        ) from error
