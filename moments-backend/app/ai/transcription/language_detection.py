"""Languages of a recording, detected by a multilingual Whisper model on windows of speech.

Windows are spread over the whole speech: the first 30 seconds are often music or a greeting. If they
disagree, every window is examined, and the recording is divided into stretches of one language each.
"""

import importlib
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.vad import Span, merged
from app.core.exceptions import CancelledByUserError

Audio = NDArray[np.float32]
ReadSpans = Callable[[Sequence[Span]], Audio]
"""Returns the audio of the spans, one after the other."""

WINDOW_SECONDS = 8.0
"""Speech per window; the encoder's cost grows with it."""
MAX_WINDOW_SECONDS = 20.0
MIN_WINDOW_SECONDS = 3.0
"""A pause ends a window from this length on."""
PAUSE_SECONDS = 0.7

SAMPLES = 3
MAX_SAMPLES = 7
CONFIDENT = 0.8
"""Probability from which a window needs no closer examination."""

CANDIDATES = 4
"""Languages of an uncertain window in which its text is decoded and its probability compared."""
LOG_PROBABILITY_WEIGHT = 10.0
MAX_TOKENS_PER_SECOND = 10
"""A text with more tokens is a loop."""
MAX_COMPRESSION_RATIO = 2.4

SWITCH_COST = 2.5
"""Log probability by which another language has to be more probable in a window to interrupt a stretch."""
MIN_STRETCH_SECONDS = 4.0

_RARE = "ba bo br cy fo haw jw la lb ln mg mi mt nn oc sa sd sn so su tg tk tt yi yo"
RARE = frozenset(_RARE.split())
RARE_WEIGHT = 0.02
"""Unclear speech is often taken for Latin, Welsh or Nynorsk, and rarely is one of them."""


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive speech of a few seconds."""

    spans: tuple[Span, ...]

    @property
    def start(self) -> float:
        return self.spans[0][0]

    @property
    def seconds(self) -> float:
        return sum(end - start for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class LanguageMap:
    """Languages by time.

    Attributes:
        starts: start of each stretch in seconds and its language, in order; the first one starts at 0.
    """

    starts: tuple[tuple[float, str], ...]

    @classmethod
    def single(cls, language: str) -> "LanguageMap":
        return cls(((0.0, language),))

    @property
    def is_mixed(self) -> bool:
        return len({language for _, language in self.starts}) > 1

    def divided(self, spans: Sequence[Span]) -> list[tuple[Span, str]]:
        """Return the spans, cut where the language changes."""
        parts: list[tuple[Span, str]] = []
        ends = [start for start, _ in self.starts[1:]] + [math.inf]
        for start, end in spans:
            for (first, language), last in zip(self.starts, ends, strict=True):
                low, high = max(start, first), min(end, last)
                if high > low:
                    parts.append(((low, high), language))
        return parts


class LanguageDetector:
    """Detector with a multilingual `faster_whisper.WhisperModel`."""

    def __init__(self, model: Any, read: ReadSpans, stop: threading.Event) -> None:
        self._model = model
        self._read = read
        self._stop = stop

    def detect(self, voice: Sequence[Span]) -> LanguageMap | None:
        """Return the languages of the recording, None without speech; blocks.

        Raises:
            CancelledByUserError: the transcription was cancelled.
        """
        windows = speech_windows(voice)
        if not windows:
            return None
        found: dict[int, dict[str, float]] = {}
        for count in (SAMPLES, MAX_SAMPLES):
            for index in _spread(len(windows), count):
                if index not in found:
                    found[index] = self._probabilities(windows[index])
            if len({_best(item) for item in found.values()}) == 1:
                break
        sure = {_best(item) for item in found.values() if max(item.values()) >= CONFIDENT}
        if len(sure) < 2:  # noqa: PLR2004 - two languages make a mixed recording
            return LanguageMap.single(_best(_sum(list(found.values()))))
        return self.divide(windows, sure, found)

    def divide(
        self, windows: Sequence[Window], languages: set[str], known: Mapping[int, dict[str, float]]
    ) -> LanguageMap:
        """Return the stretches of each of the languages."""
        order = sorted(languages)
        scores = []
        for index, window in enumerate(windows):
            item = known.get(index) or self._probabilities(window, among=languages)
            total = sum(item.get(name, 0.0) for name in order) + 1e-6
            scores.append([math.log((item.get(name, 0.0) + 1e-6) / total) for name in order])
        path = [order[state] for state in _cheapest_path(scores)]
        return _stretches(windows, path)

    def _probabilities(self, window: Window, among: set[str] | None = None) -> dict[str, float]:
        """Return the probabilities of the languages in a window; those of an uncertain one by its texts."""
        if self._stop.is_set():
            raise CancelledByUserError("the transcription was cancelled")
        features = self._model.feature_extractor(self._read(window.spans))[..., :-1]
        encoded = self._model.encode(features[..., : self._model.feature_extractor.nb_max_frames])
        heard = {token[2:-2]: chance for token, chance in self._model.model.detect_language(encoded)[0]}
        weighted = {
            name: chance * (RARE_WEIGHT if name in RARE else 1.0)
            for name, chance in heard.items()
            if among is None or name in among
        }
        chances = _normalized(weighted)
        if max(chances.values()) >= CONFIDENT and max(heard.values()) >= CONFIDENT / 2:
            return chances
        return self._by_texts(
            features, chances, most_tokens=int(MAX_TOKENS_PER_SECOND * (window.seconds + 2))
        )

    def _by_texts(
        self, features: NDArray[np.float32], chances: Mapping[str, float], *, most_tokens: int
    ) -> dict[str, float]:
        """Compare how probable the text of the window is in each of the likeliest languages."""
        transcribe: Any = importlib.import_module("faster_whisper.transcribe")
        encoded = self._model.encode(transcribe.pad_or_trim(features))
        likeliest = sorted(chances, key=lambda name: -chances[name])[:CANDIDATES]
        scores = {}
        for name in likeliest:
            text = self._text_log_probability(encoded, name, most_tokens)
            if text is not None:
                scores[name] = math.log(chances[name] + 1e-6) + LOG_PROBABILITY_WEIGHT * text
        if not scores:
            return dict(chances)
        highest = max(scores.values())
        return _normalized({name: math.exp(score - highest) for name, score in scores.items()})

    def _text_log_probability(self, encoded: Any, language: str, most_tokens: int) -> float | None:
        """Return the mean log probability of the text in `language`; None if it is empty or a loop."""
        transcribe: Any = importlib.import_module("faster_whisper.transcribe")
        model = self._model
        tokenizer = transcribe.Tokenizer(model.hf_tokenizer, True, task="transcribe", language=language)
        prompt = model.get_prompt(tokenizer, [], without_timestamps=True)
        result = model.model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=len(prompt) + most_tokens,
            return_scores=True,
            suppress_tokens=transcribe.get_suppressed_tokens(tokenizer, [-1]),
        )[0]
        tokens = result.sequences_ids[0]
        text = tokenizer.decode(tokens).strip()
        is_cut = len(tokens) >= most_tokens - 1
        if not text or is_cut or transcribe.get_compression_ratio(text) > MAX_COMPRESSION_RATIO:
            return None
        return float(result.scores[0]) * len(tokens) / (len(tokens) + 1)


def speech_windows(voice: Sequence[Span]) -> list[Window]:
    """Group spans of speech into windows of about `WINDOW_SECONDS` that end at pauses."""
    windows: list[Window] = []
    spans: list[Span] = []
    seconds = 0.0
    for start, end in _cut(merged(voice, gap=0.3)):
        pause = start - spans[-1][1] if spans else 0.0
        is_long = seconds >= MIN_WINDOW_SECONDS and pause >= PAUSE_SECONDS
        if spans and (is_long or seconds >= WINDOW_SECONDS or seconds + end - start > MAX_WINDOW_SECONDS):
            windows.append(Window(tuple(spans)))
            spans, seconds = [], 0.0
        spans.append((start, end))
        seconds += end - start
    if spans:
        windows.append(Window(tuple(spans)))
    return windows


def _cut(spans: Sequence[Span]) -> list[Span]:
    """Cut spans that are longer than a window."""
    parts = []
    for start, end in spans:
        count = max(1, math.ceil((end - start) / MAX_WINDOW_SECONDS))
        step = (end - start) / count
        parts += [(start + number * step, start + (number + 1) * step) for number in range(count)]
    return parts


def _spread(length: int, count: int) -> list[int]:
    """Return up to `count` indices, evenly spread."""
    if length <= count:
        return list(range(length))
    return [int((number + 0.5) * length / count) for number in range(count)]


def _best(chances: Mapping[str, float]) -> str:
    return max(chances, key=lambda name: chances[name])


def _sum(items: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for item in items:
        for name, chance in item.items():
            total[name] = total.get(name, 0.0) + chance
    return total


def _normalized(chances: Mapping[str, float]) -> dict[str, float]:
    total = sum(chances.values()) or 1.0
    return {name: chance / total for name, chance in chances.items()}


def _cheapest_path(scores: Sequence[Sequence[float]]) -> list[int]:
    """Return the most probable state of each window, where each change costs `SWITCH_COST` (Viterbi)."""
    states = range(len(scores[0]))
    totals = list(scores[0])
    origins: list[list[int]] = []
    for row in scores[1:]:
        best = max(states, key=lambda state: totals[state])
        origin = [state if totals[state] >= totals[best] - SWITCH_COST else best for state in states]
        totals = [
            row[state] + totals[origin[state]] - (SWITCH_COST if origin[state] != state else 0.0)
            for state in states
        ]
        origins.append(origin)
    path = [max(states, key=lambda state: totals[state])]
    for origin in reversed(origins):
        path.append(origin[path[-1]])
    return path[::-1]


def _stretches(windows: Sequence[Window], path: Sequence[str]) -> LanguageMap:
    """Return the starts of the stretches, without those shorter than `MIN_STRETCH_SECONDS` of speech."""
    starts: list[tuple[float, str]] = []
    for language, group in groupby(zip(windows, path, strict=True), key=lambda pair: pair[1]):
        stretch = [window for window, _ in group]
        is_long = sum(window.seconds for window in stretch) >= MIN_STRETCH_SECONDS
        if not starts or (is_long and starts[-1][1] != language):
            starts.append((stretch[0].start if starts else 0.0, language))
    return LanguageMap(tuple(starts))
