"""One transcription by Whisper: analysis of the audio, detection of its languages, and decoding."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.decoding import Decoder, Excerpt
from app.ai.transcription.inventions import DecodedSegment
from app.ai.transcription.language_detection import MIN_CLEAR_SECONDS, LanguageDetector, LanguageMap
from app.ai.transcription.parallel import in_parallel
from app.ai.transcription.vad import AudioContent, Span, SpeechSpans, as_float, merged, padded
from app.ai.transcription.wav import SAMPLE_RATE, Wav
from app.core.exceptions import CancelledByUserError

PIECE_SECONDS = 180.0
"""Longest piece of audio that is decoded as a whole; several are decoded at once."""

MIN_PIECE_SECONDS = 45.0
"""Shorter recordings are not divided to use all cores: each piece needs a window of 30 s more."""

SEARCH_SECONDS = 30.0
"""Last part of a piece in which a quiet position for the cut is searched."""

ANALYSIS_SHARE = 0.05
"""Part of the progress that belongs to the analysis."""

PAUSE_SECONDS = 2.0
"""Longer pauses are cut out before decoding."""
PADDING_SECONDS = 0.4
"""Silence kept around speech."""

MIN_SAMPLES = SAMPLE_RATE // 10

ENGLISH = "en"


class Models(Protocol):
    """Whisper models, loaded on first use."""

    @property
    def configured(self) -> Any:
        """The model of the settings."""
        ...

    @property
    def workers(self) -> int:
        """The number of pieces that each model decodes at once."""
        ...

    @property
    def multilingual(self) -> Any:
        """The model that detects languages; None if there is only an English one."""
        ...

    def supporting(self, language: str) -> tuple[Any, str]:
        """Return the model for a language and the model's code of it.

        Raises:
            ModelMissingError: no model supports the language.
        """
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """Progress in seconds of audio, and the segments recognised in this step."""

    done: float
    total: float
    segments: tuple[DecodedSegment, ...] = ()


class TranscriptionRun:
    """Transcription of one WAV file; `steps` blocks.

    Attributes:
        content: voice and music, complete after the last step.
        languages: languages by time; None without speech and without a given language.
    """

    def __init__(
        self,
        path: Path,
        models: Models,
        *,
        language: str | None,
        vocabulary: Sequence[str],
        beam_size: int,
        piece_seconds: float,
        search_seconds: float,
        stop: threading.Event,
    ) -> None:
        self.content = AudioContent()
        self.languages: LanguageMap | None = None
        self.seconds = 0.0
        self._path = path
        self._models = models
        self._language = language
        self._piece_seconds = piece_seconds
        self._search_seconds = search_seconds
        self._stop = stop
        self._decoder = Decoder(beam_size=beam_size, vocabulary=vocabulary, stop=stop)

    def steps(self) -> Iterator[Step]:
        """Yield a step at the start, per decoded window, and per decoded piece.

        Segments keep the order of the recording: those of a piece wait until all earlier ones are decoded.

        Raises:
            ModelMissingError, ConfigurationError, EngineError: see `Whisper.transcribe`.
            CancelledByUserError: `stop` was set.
        """
        wav = Wav.open(self._path)
        self.seconds = wav.seconds
        yield Step(0.0, wav.seconds)
        if self._language is not None:
            self._models.supporting(self._language)  # fails before the analysis
        pieces = list(self._analyse(wav))
        self.languages = self._detect(wav)
        yield from self._decode_all(wav, pieces)

    def _decode_all(self, wav: Wav, pieces: Sequence[tuple[int, int]]) -> Iterator[Step]:
        decoded: list[list[DecodedSegment]] = [[] for _ in pieces]
        seconds = [0.0] * len(pieces)
        is_complete = [False] * len(pieces)
        following = 0
        sources = [partial(self._decode, wav, first, last) for first, last in pieces]
        for piece, items in in_parallel(sources, workers=self._models.workers):
            first, last = (edge / SAMPLE_RATE for edge in pieces[piece])
            for end, segments in items:
                decoded[piece] += segments
                seconds[piece] = max(seconds[piece], min(end, last) - first)
            if not items:
                is_complete[piece], seconds[piece] = True, last - first
            ready: list[DecodedSegment] = []
            while following < len(pieces) and is_complete[following]:
                ready += decoded[following]
                following += 1
            yield Step(self._progress(sum(seconds)), wav.seconds, tuple(ready))

    def _progress(self, decoded: float) -> float:
        return min(self.seconds, self.seconds - (1 - ANALYSIS_SHARE) * (self.seconds - decoded))

    def _analyse(self, wav: Wav) -> Iterator[tuple[int, int]]:
        first = 0
        longest = self._piece_length(wav.seconds)
        while first < wav.length:
            self._check_stop()
            last = wav.end_of_piece(first, longest=longest, search=min(self._search_seconds, longest / 2))
            self.content.add(wav.read(first, last), first / SAMPLE_RATE)
            yield first, last
            first = last

    def _piece_length(self, seconds: float) -> float:
        """Return the length of pieces by which a short recording occupies all workers."""
        share = seconds / self._models.workers + self._search_seconds / 2
        return min(self._piece_seconds, max(MIN_PIECE_SECONDS, share))

    def _detect(self, wav: Wav) -> LanguageMap | None:
        if self._language is not None:
            return LanguageMap.single(self._models.supporting(self._language)[1])
        model = self._models.multilingual
        if model is None:
            return LanguageMap.single(ENGLISH)
        detector = LanguageDetector(model, lambda spans: _read(wav, spans), self._stop)
        return detector.detect(self.content.voice)

    def _decode(self, wav: Wav, first: int, last: int) -> Iterator[tuple[float, list[DecodedSegment]]]:
        """Yield the end of each decoded window in seconds and its segments."""
        start, end = first / SAMPLE_RATE, last / SAMPLE_RATE
        voice = [span for span in self.content.voice if start <= span[0] < end]
        if not voice or self.languages is None:
            return
        spans = padded(merged(voice, gap=PAUSE_SECONDS), PADDING_SECONDS, low=start, high=end)
        parts = self.languages.divided(spans)
        for language, group in groupby(parts, key=lambda part: part[1]):
            excerpt_spans = tuple(span for span, _ in group)
            samples = _read(wav, excerpt_spans)
            if len(samples) < MIN_SAMPLES:
                continue
            excerpt = Excerpt(excerpt_spans, samples, language)
            for segments in self._decode_excerpt(excerpt, SpeechSpans(tuple(voice))):
                yield segments[-1].end if segments else start, segments

    def _decode_excerpt(self, excerpt: Excerpt, voice: SpeechSpans) -> Iterable[list[DecodedSegment]]:
        """Decode in the excerpt's language; a brief recording in English, too, if that is more probable."""
        decoded = self._decode_in(excerpt.language, excerpt, voice)
        if excerpt.language == ENGLISH or not self._is_brief:
            return decoded
        return max(list(decoded), list(self._decode_in(ENGLISH, excerpt, voice)), key=_confidence)

    def _decode_in(
        self, language: str, excerpt: Excerpt, voice: SpeechSpans
    ) -> Iterator[list[DecodedSegment]]:
        self._check_stop()
        model, code = self._models.supporting(language)
        return self._decoder.decode(model, replace(excerpt, language=code), voice)

    @property
    def _is_brief(self) -> bool:
        """True if the speech is too short for a reliable detection of its language."""
        spoken = sum(end - start for start, end in self.content.voice)
        return self._language is None and spoken < MIN_CLEAR_SECONDS

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise CancelledByUserError("the transcription was cancelled")


def _confidence(windows: Sequence[Sequence[DecodedSegment]]) -> float:
    """Return the mean probability of the words; 0 without any."""
    segments = [segment for window in windows for segment in window]
    words = sum(len(segment.words) for segment in segments)
    return sum(segment.confidence * len(segment.words) for segment in segments) / words if words else 0.0


def _read(wav: Wav, spans: Sequence[Span]) -> NDArray[np.float32]:
    parts = [
        as_float(wav.read(int(start * SAMPLE_RATE), min(int(end * SAMPLE_RATE), wav.length)))
        for start, end in spans
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
