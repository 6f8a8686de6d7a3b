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

MAX_EXCESS = 1.5
"""Longest window as a multiple of the usual one."""

LEAST_CHANCE = 1e-6

SAMPLES = 3
MAX_SAMPLES = 7
CONFIDENT = 0.8
CONFIDENT_IF_SHORT = 0.95
"""Probabilities from which a window needs no closer examination."""
MIN_CLEAR_SECONDS = 6.0
"""Shorter windows are often wrong: three seconds of German became English with a probability of 0.8."""

CANDIDATES = 4
"""Languages of an uncertain window in which its text is decoded and its probability compared."""
LOG_PROBABILITY_WEIGHT = 15.0
LOOP_LOG_PROBABILITY = -2.0
"""Score of a language in which the text is empty or a loop: less than that of any real text."""
MAX_TOKENS_PER_SECOND = 7
"""A text with more tokens is a loop."""
MAX_COMPRESSION_RATIO = 2.4

SWITCH_COST = 3.0
"""Difference of log probability from which another language in a window interrupts a stretch."""
MIN_STRETCH_SECONDS = 4.0

_COMMON = "ar ca cs da de el en es fi fr he hi hu id it ja ko ms nl no pl pt ro ru sv tr uk vi zh"
COMMON = frozenset(_COMMON.split())
_MOST_COMMON = "ar de en es fr hi it ja ko pt ru zh"
MOST_COMMON = frozenset(_MOST_COMMON.split())
COMMON_WEIGHT = 0.3
"""Weight of a common language beside one of the most common ones: unclear French resembles Vietnamese."""
OTHER_WEIGHT = 0.01
"""Unclear speech is often taken for Latin, Thai, Welsh or Nynorsk; these need a decoded text as evidence."""


@dataclass(frozen=True, slots=True)
class WindowSizes:
    """Seconds of speech in a window.

    Attributes:
        usual: speech after which a window ends.
        least: speech after which a window ends at a pause.
        pause: shortest pause that does so.
    """

    usual: float
    least: float
    pause: float


WINDOWS = WindowSizes(usual=10.0, least=7.0, pause=0.7)
"""Five seconds are too few for unclear speech, and the encoder's cost grows with the length."""
UTTERANCES = WindowSizes(usual=3.0, least=1.0, pause=0.35)
"""Windows for locating the time of a language change."""


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive speech of a few seconds."""

    spans: tuple[Span, ...]

    @property
    def start(self) -> float:
        return self.spans[0][0]

    @property
    def end(self) -> float:
        return self.spans[-1][1]

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

    @property
    def first(self) -> str:
        return self.starts[0][1]

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
        clear = [index for index, window in enumerate(windows) if window.seconds >= MIN_CLEAR_SECONDS]
        eligible = clear or range(len(windows))
        found: dict[int, dict[str, float]] = {}
        for count in (SAMPLES, MAX_SAMPLES):
            for index in _spread(eligible, count):
                if index not in found:
                    found[index] = self._probabilities(windows[index])
            if len({_best(item) for item in found.values()}) == 1:
                break
        examined = [(windows[index], chances) for index, chances in found.items()]
        languages = _clear_languages(examined)
        if len(languages) < 2:  # noqa: PLR2004 - two languages make a mixed recording
            return LanguageMap.single(_best(_weighted_sum(examined)))
        return self.divide(windows, languages, found)

    def divide(
        self, windows: Sequence[Window], languages: set[str], known: Mapping[int, dict[str, float]]
    ) -> LanguageMap:
        """Return the stretches of each of the languages."""
        order = sorted(languages)
        scores = []
        for index, window in enumerate(windows):
            chances = known.get(index) or self._probabilities(window, among=languages)
            scores.append([math.log(chances.get(name, 0.0) + LEAST_CHANCE) for name in order])
        path = _without_short_stretches([order[state] for state in _cheapest_path(scores)], windows)
        starts = [(0.0, path[0])]
        for index in range(1, len(windows)):
            if path[index] != path[index - 1]:
                around = (windows[index - 1], windows[index])
                starts.append((self._boundary(*around, path[index - 1], path[index]), path[index]))
        return LanguageMap(tuple(starts))

    def _boundary(self, before: Window, after: Window, earlier: str, later: str) -> float:
        """Return the time in two windows at which the language changes: the start of an utterance."""
        parts = speech_windows(before.spans + after.spans, UTTERANCES)
        evidence = []
        for part in parts:
            chances = self._probabilities(part, among={earlier, later}, by_text=True)
            ratio = (chances.get(later, 0.0) + LEAST_CHANCE) / (chances.get(earlier, 0.0) + LEAST_CHANCE)
            evidence.append(math.log(ratio))
        cut = max(
            range(len(parts) + 1), key=lambda index: (sum(evidence[index:]) - sum(evidence[:index]), index)
        )
        return parts[cut].start if cut < len(parts) else after.end

    def _probabilities(
        self, window: Window, among: set[str] | None = None, *, by_text: bool = False
    ) -> dict[str, float]:
        """Return the probabilities of the languages in a window; those of an uncertain one by its texts."""
        if self._stop.is_set():
            raise CancelledByUserError("the transcription was cancelled")
        features = self._model.feature_extractor(self._read(window.spans))[..., :-1]
        encoded = self._model.encode(features[..., : self._model.feature_extractor.nb_max_frames])
        detected = {token[2:-2]: chance for token, chance in self._model.model.detect_language(encoded)[0]}
        weighted = {
            name: chance * _weight(name)
            for name, chance in detected.items()
            if among is None or name in among
        }
        chances = _normalized(weighted)
        least = CONFIDENT if window.seconds >= MIN_CLEAR_SECONDS else CONFIDENT_IF_SHORT
        if not by_text and max(chances.values()) >= least and max(detected.values()) >= least / 2:
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
            scores[name] = math.log(chances[name] + LEAST_CHANCE) + LOG_PROBABILITY_WEIGHT * text
        highest = max(scores.values())
        return _normalized({name: math.exp(score - highest) for name, score in scores.items()})

    def _text_log_probability(self, encoded: Any, language: str, most_tokens: int) -> float:
        """Return the mean log probability of the tokens of the text in `language`."""
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
            return LOOP_LOG_PROBABILITY
        return float(result.scores[0]) * len(tokens) / (len(tokens) + 1)


def _weight(language: str) -> float:
    """Return the prior of a language, relative to one of the most common ones."""
    if language in MOST_COMMON:
        return 1.0
    return COMMON_WEIGHT if language in COMMON else OTHER_WEIGHT


def speech_windows(voice: Sequence[Span], sizes: WindowSizes = WINDOWS) -> list[Window]:
    """Group spans of speech into windows that end at pauses."""
    windows: list[Window] = []
    spans: list[Span] = []
    seconds = 0.0
    for start, end in _cut(merged(voice, gap=0.3), sizes.usual):
        pause = start - spans[-1][1] if spans else 0.0
        is_complete = seconds >= sizes.usual or (seconds >= sizes.least and pause >= sizes.pause)
        if spans and (is_complete or seconds + end - start > MAX_EXCESS * sizes.usual):
            windows.append(Window(tuple(spans)))
            spans, seconds = [], 0.0
        spans.append((start, end))
        seconds += end - start
    if windows and seconds < sizes.least:
        spans = [*windows.pop().spans, *spans]
    if spans:
        windows.append(Window(tuple(spans)))
    return windows


def _cut(spans: Sequence[Span], longest: float) -> list[Span]:
    """Cut spans that are longer than a window."""
    parts = []
    for start, end in spans:
        count = max(1, math.ceil((end - start) / longest))
        step = (end - start) / count
        parts += [(start + number * step, start + (number + 1) * step) for number in range(count)]
    return parts


def _spread(indices: Sequence[int], count: int) -> list[int]:
    """Return up to `count` of the indices, evenly spread."""
    if len(indices) <= count:
        return list(indices)
    return [indices[int((number + 0.5) * len(indices) / count)] for number in range(count)]


def _best(chances: Mapping[str, float]) -> str:
    return max(chances, key=lambda name: chances[name])


def _clear_languages(examined: Sequence[tuple[Window, Mapping[str, float]]]) -> set[str]:
    """Return the languages that are clear in a window; `SWITCH_COST` excludes single wrong windows later."""
    return {
        _best(chances)
        for window, chances in examined
        if max(chances.values()) >= CONFIDENT and window.seconds >= MIN_CLEAR_SECONDS
    }


def _weighted_sum(examined: Sequence[tuple[Window, Mapping[str, float]]]) -> dict[str, float]:
    """Return the sum of the probabilities, weighted by the length of the windows."""
    total: dict[str, float] = {}
    for window, chances in examined:
        for name, chance in chances.items():
            total[name] = total.get(name, 0.0) + chance * window.seconds
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


def _without_short_stretches(path: Sequence[str], windows: Sequence[Window]) -> list[str]:
    """Give stretches with less than `MIN_STRETCH_SECONDS` of speech the language before them."""
    result: list[str] = []
    index = 0
    for language, group in groupby(path):
        count = len(list(group))
        seconds = sum(window.seconds for window in windows[index : index + count])
        is_long = seconds >= MIN_STRETCH_SECONDS or not result
        result += [language if is_long else result[-1]] * count
        index += count
    return result
