"""Decoding of speech by a Whisper model, without what it invents."""

import importlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.inventions import (
    MAX_COMPRESSION_RATIO,
    MAX_NO_SPEECH,
    MIN_LOG_PROBABILITY,
    DecodedSegment,
    without_inventions,
)
from app.ai.transcription.vad import Span, SpeechSpans
from app.ai.transcription.words import join_pieces
from app.core.exceptions import CancelledByUserError
from app.models.transcript import Word

TEMPERATURES = (0.0, 0.2, 0.4, 0.8)
"""A window is decoded again at the next temperature if its text loops or is improbable."""

SEED = 1
MAX_TOKENS = 224
"""Tokens of a window: 7 per second, where fast speech has 5. Loops would otherwise fill the whole context."""
MAX_TOKENS_OF_OTHER_SCRIPTS = 330
"""The same for scripts whose characters take several tokens."""
_OTHER_SCRIPTS = "am as bn bo gu hi hy ka km kn lo ml mr my ne pa ps sa sd si ta te th ti ur"
OTHER_SCRIPTS = frozenset(_OTHER_SCRIPTS.split())

MAX_VOCABULARY_TOKENS = 100
"""The prompt shares 448 tokens with the text of a window, which takes up to 200."""
VOCABULARY_TITLE = "Glossary"
"""A list with a title, ending in a full stop, is less often continued as a list than the terms alone."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Consecutive spans of the audio in one language.

    Attributes:
        spans: seconds of the recording.
        samples: the audio of the spans.
        language: code of Whisper.
    """

    spans: tuple[Span, ...]
    samples: NDArray[np.float32]
    language: str

    def to_recording(self, start: float, end: float) -> Span:
        """Convert times of the excerpt; both are placed in the span that contains their middle."""
        middle, before = (start + end) / 2, 0.0
        for first, last in self.spans:
            length = last - first
            if middle < before + length or (first, last) == self.spans[-1]:
                return max(0.0, first + start - before), max(0.0, first + end - before)
            before += length
        return start, end


class Decoder:
    """A Whisper model with the options of one transcription."""

    def __init__(self, *, beam_size: int, vocabulary: Sequence[str], stop: threading.Event) -> None:
        self._beam_size = beam_size
        self._vocabulary = vocabulary
        self._temperatures = _Temperatures(stop)

    def decode(self, model: Any, excerpt: Excerpt, voice: SpeechSpans) -> Iterator[list[DecodedSegment]]:
        """Yield the segments of each window of 30 s, as soon as it is decoded."""
        # Attempts at higher temperatures are sampled; the same audio gives the same text.
        importlib.import_module("ctranslate2").set_random_seed(SEED)
        vocabulary = fitting_vocabulary(model, self._vocabulary)
        decoded, _ = model.transcribe(
            excerpt.samples,
            language=excerpt.language,
            beam_size=self._beam_size,
            word_timestamps=True,
            condition_on_previous_text=False,
            temperature=self._temperatures,
            compression_ratio_threshold=MAX_COMPRESSION_RATIO,
            log_prob_threshold=MIN_LOG_PROBABILITY,
            no_speech_threshold=MAX_NO_SPEECH,
            hotwords=f"{VOCABULARY_TITLE}: {', '.join(vocabulary)}." if vocabulary else None,
            max_new_tokens=MAX_TOKENS_OF_OTHER_SCRIPTS if excerpt.language in OTHER_SCRIPTS else MAX_TOKENS,
        )
        for _, window in groupby(decoded, key=lambda segment: segment.seek):
            segments = [converted for segment in window if (converted := _convert(segment, excerpt, voice))]
            yield without_inventions(segments, voice, [VOCABULARY_TITLE, *vocabulary])


def fitting_vocabulary(model: Any, vocabulary: Sequence[str]) -> list[str]:
    """Return the most important terms that fit in `MAX_VOCABULARY_TOKENS`."""
    fitting: list[str] = []
    used = 0
    for term in vocabulary:
        used += len(model.hf_tokenizer.encode(f" {term},", add_special_tokens=False).ids)
        if used > MAX_VOCABULARY_TOKENS:
            break
        fitting.append(term)
    return fitting


def _convert(segment: Any, excerpt: Excerpt, voice: SpeechSpans) -> DecodedSegment | None:
    """Convert a segment of faster-whisper; None without words."""
    pieces = segment.words or ()
    joined = join_pieces(
        [Word(word=piece.word, start=max(0.0, piece.start), end=max(0.0, piece.end)) for piece in pieces]
    )
    if not joined:
        return None
    words = []
    for word in joined:
        start, end = voice.trimmed(*excerpt.to_recording(word.start, word.end))
        words.append(Word(word=word.word, start=start, end=max(start, end)))
    return DecodedSegment(
        text=segment.text.strip(),
        words=tuple(words),
        confidence=float(np.mean([piece.probability for piece in pieces])),
        log_probability=segment.avg_logprob,
        no_speech=segment.no_speech_prob,
        compression_ratio=segment.compression_ratio,
        language=excerpt.language,
    )


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
