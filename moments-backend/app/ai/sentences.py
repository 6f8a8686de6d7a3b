"""Sentence segmentation of a transcript, by punctuation, or by pauses without it."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.models.transcript import Segment, Transcript, Word

_STOPS = "!?。！？．｡؟۔।॥։።။"
_CLOSING = "\"'”’»›)\\]）」』】》〉"
SENTENCE_END = re.compile(rf"(?<![.…{_STOPS}])[.…{_STOPS}]+[{_CLOSING}]*$")
"""The lookbehind keeps long runs of stops from taking quadratic time."""
STRONG_END = re.compile(rf"[{_STOPS}][{_CLOSING}]*$")
ABBREVIATION = re.compile(r"^[\"'“(]*(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|e\.g|i\.e|[A-Z])\.$", re.IGNORECASE)
_UNSPACED = r"[\u0e00-\u0eff\u3000-\u9fff\uf900-\uffef]"
_UNSPACED_GAP = re.compile(f"(?<={_UNSPACED}) (?={_UNSPACED})")
"""Thai, Lao, Chinese and Japanese put no spaces between words."""
LONG_PAUSE_SECONDS = 1.5
UNPUNCTUATED_PAUSE_SECONDS = 0.6
"""Shortest pause that ends a sentence in a transcript without punctuation."""
WORDS_PER_STOP = 80
"""A transcript with fewer stops than one per this many words counts as unpunctuated."""
MAX_WORDS, UNPUNCTUATED_MAX_WORDS = 60, 30
"""Longer sentences are cut at their longest pauses, since some models write no full stops."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a piece of a long one.

    Attributes:
        number: position in the transcript, from 0.
        start: seconds.
        end: seconds.
        first_word: index in `words_in_order`.
        last_word: index in `words_in_order`, inclusive.
        ends_sentence: false for a piece that the next one continues.
    """

    number: int
    text: str
    start: float
    end: float
    first_word: int
    last_word: int
    ends_sentence: bool


def split_sentences(transcript: Transcript) -> list[Sentence]:
    """Split a transcript so that every word is in exactly one sentence; their times do not overlap."""
    words = words_in_order(transcript)
    stops = _stops(words)
    punctuated = sum(stops) * WORDS_PER_STOP >= len(words)
    sentences: list[Sentence] = []
    first = 0
    for index, word in enumerate(words):
        is_last = index + 1 == len(words)
        pause = 0.0 if is_last else words[index + 1].start - word.end
        paused = pause >= (LONG_PAUSE_SECONDS if punctuated else UNPUNCTUATED_PAUSE_SECONDS)
        if stops[index] or paused or is_last:
            ends_sentence = stops[index] or is_last or (paused and not punctuated)
            longest = MAX_WORDS if punctuated else UNPUNCTUATED_MAX_WORDS
            for low, high in _pieces(words, first, index, longest):
                text = _join(words[low : high + 1])
                is_complete = ends_sentence and high == index
                start, end = words[low].start, words[high].end
                sentences.append(Sentence(len(sentences), text, start, end, low, high, is_complete))
            first = index + 1
    return sentences


def words_in_order(transcript: Transcript) -> list[Word]:
    """Return the words in order of time, with overlapping ones cut at the middle of the overlap.

    Without word timestamps, the words of each segment share its time in proportion to their letters.
    """
    words = transcript.word_timestamps or [
        word for segment in transcript.segment_timestamps for word in _interpolated(segment)
    ]
    starts = _monotonic([word.start for word in words])
    ends = [max(start, word.end) for start, word in zip(starts, words, strict=True)]
    for index in range(len(words) - 1):
        if ends[index] > starts[index + 1]:
            middle = min((ends[index] + starts[index + 1]) / 2, ends[index + 1])
            ends[index] = starts[index + 1] = max(middle, starts[index])
            ends[index + 1] = max(ends[index + 1], starts[index + 1])
    return [
        word if (start, end) == (word.start, word.end) else Word(word=word.word, start=start, end=end)
        for word, start, end in zip(words, starts, ends, strict=True)
    ]


def _join(words: Sequence[Word]) -> str:
    text = " ".join(part for word in words if (part := word.word.strip()))
    return _UNSPACED_GAP.sub("", text)


def _interpolated(segment: Segment) -> Iterator[Word]:
    parts = segment.text.split()
    seconds = max(0.0, segment.end - segment.start) / max(1, sum(len(part) + 1 for part in parts))
    start = segment.start
    for part in parts:
        end = start + seconds * (len(part) + 1)
        yield Word(word=part, start=start, end=end)
        start = end


def _monotonic(times: list[float]) -> list[float]:
    """Replace as few times as possible by their predecessor, so that they never decrease.

    The unchanged times are a longest non-decreasing subsequence, found in O(n log n).
    """
    if all(earlier <= later for earlier, later in pairwise(times)):
        return times
    tails: list[float] = []  # smallest last time of a subsequence of each length
    indices: list[int] = []
    predecessors: list[int] = []
    for index, time in enumerate(times):
        length = bisect_right(tails, time)
        predecessors.append(indices[length - 1] if length else -1)
        tails[length : length + 1] = [time]
        indices[length : length + 1] = [index]
    kept = set()
    index = indices[-1]
    while index >= 0:
        kept.add(index)
        index = predecessors[index]
    ordered, last = [], times[min(kept)]
    for index, time in enumerate(times):
        last = time if index in kept else last
        ordered.append(last)
    return ordered


def _stops(words: Sequence[Word]) -> list[bool]:
    """Return for each word whether it ends a sentence: "Dr." and a stop before a lower-case word do not."""
    texts = [word.word.strip() for word in words]
    ends = [bool(SENTENCE_END.search(text)) for text in texts]
    followers = [text for text, end in zip(texts[1:], ends, strict=False) if end and text[:1].isalpha()]
    has_capitals = sum(not text[0].islower() for text in followers) * 2 > len(followers)
    for index, text in enumerate(texts[:-1]):
        if ends[index] and not STRONG_END.search(text):
            continues = has_capitals and texts[index + 1][:1].islower()
            ends[index] = not (continues or (ABBREVIATION.match(text) and text not in {"I.", "i."}))
    return ends


def _pieces(words: Sequence[Word], first: int, last: int, longest: int) -> Iterator[tuple[int, int]]:
    """Cut the words `first … last` at long pauses into pieces of at most `longest` words."""
    while last - first >= longest:
        around = range(first + longest // 3, min(first + longest, last - longest // 4))
        cut = max(around, key=lambda index: (words[index + 1].start - words[index].end, index))
        yield first, cut
        first = cut + 1
    yield first, last
