"""A transcript as numbered lines: one sentence each, with the times of its first and last word."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.models.transcript import Segment, Transcript, Word

_STOPS = "!?。！？．｡؟۔।॥։።။"
_CLOSING = "\"'”’»›)\\]）」』】》〉"
SENTENCE_END = re.compile(rf"[.…{_STOPS}]+[{_CLOSING}]*$")
STRONG_END = re.compile(rf"[{_STOPS}][{_CLOSING}]*$")
ABBREVIATION = re.compile(r"^[\"'“(]*(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|e\.g|i\.e|[A-Z])\.$", re.IGNORECASE)
_UNSPACED = r"[\u0e00-\u0eff\u3000-\u9fff\uf900-\uffef]"
_UNSPACED_GAP = re.compile(f"(?<={_UNSPACED}) (?={_UNSPACED})")
"""Thai, Lao, Chinese and Japanese put no spaces between words."""
LONG_PAUSE_SECONDS = 1.5
UNPUNCTUATED_PAUSE_SECONDS = 0.6
"""Where nobody wrote full stops, a breath is the best sign of a sentence's end."""
WORDS_PER_STOP = 80
"""A text with fewer full stops than one in so many words is taken for one without."""
MAX_WORDS, UNPUNCTUATED_MAX_WORDS = 60, 30
"""A line of more words ends at its longest pause: some models write no full stops."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`number` counts from 0; `first_word` and `last_word` are indices, both inclusive.

    They count the transcript's words, or those of `words_of` where it has none. `ends_sentence` is false
    for a piece of a sentence that goes on in the next line.
    """

    number: int
    text: str
    start: float
    end: float
    first_word: int
    last_word: int
    ends_sentence: bool


def split_sentences(transcript: Transcript) -> list[Sentence]:
    """Every word is in exactly one line, and no line begins before the one above it has ended."""
    words = words_in_order(transcript)
    stops = _stops(words)
    punctuated = sum(stops) * WORDS_PER_STOP >= len(words)
    lines: list[Sentence] = []
    first = 0
    for index, word in enumerate(words):
        is_last = index + 1 == len(words)
        pause = 0.0 if is_last else words[index + 1].start - word.end
        paused = pause >= (LONG_PAUSE_SECONDS if punctuated else UNPUNCTUATED_PAUSE_SECONDS)
        if stops[index] or paused or is_last:
            ends_sentence = stops[index] or is_last or (paused and not punctuated)
            longest = MAX_WORDS if punctuated else UNPUNCTUATED_MAX_WORDS
            for low, high in _pieces(words, first, index, longest):
                text = _joined(words[low : high + 1])
                whole = ends_sentence and high == index
                lines.append(Sentence(len(lines), text, words[low].start, words[high].end, low, high, whole))
            first = index + 1
    return lines


def words_in_order(transcript: Transcript) -> list[Word]:
    """The words in order of time, none of which begins before the one before it has ended: two that overlap
    share the middle.

    Without word times, a segment's words share its time by their letters.
    """
    words = transcript.word_timestamps or [
        word for segment in transcript.segment_timestamps for word in _spread(segment)
    ]
    starts = _in_order([word.start for word in words])
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


def _joined(words: Sequence[Word]) -> str:
    text = " ".join(part for word in words if (part := word.word.strip()))
    return _UNSPACED_GAP.sub("", text)


def _spread(segment: Segment) -> Iterator[Word]:
    parts = segment.text.split()
    seconds = max(0.0, segment.end - segment.start) / max(1, sum(len(part) + 1 for part in parts))
    start = segment.start
    for part in parts:
        end = start + seconds * (len(part) + 1)
        yield Word(word=part, start=start, end=end)
        start = end


def _in_order(times: list[float]) -> list[float]:
    """The same, with those moved that stand out of order: as few as can be, each to the one before it."""
    if all(earlier <= later for earlier, later in pairwise(times)):
        return times
    tails: list[float] = []  # of the shortest rows in order, by length
    indices: list[int] = []
    before: list[int] = []
    for index, time in enumerate(times):
        length = bisect_right(tails, time)
        before.append(indices[length - 1] if length else -1)
        tails[length : length + 1] = [time]
        indices[length : length + 1] = [index]
    kept = set()
    index = indices[-1]
    while index >= 0:
        kept.add(index)
        index = before[index]
    ordered, last = [], times[min(kept)]
    for index, time in enumerate(times):
        last = time if index in kept else last
        ordered.append(last)
    return ordered


def _stops(words: Sequence[Word]) -> list[bool]:
    """After which words a sentence ends. "Dr." ends none, nor does a full stop before a small letter."""
    texts = [word.word.strip() for word in words]
    ends = [bool(SENTENCE_END.search(text)) for text in texts]
    followers = [text for text, end in zip(texts[1:], ends, strict=False) if end and text[:1].isalpha()]
    has_capitals = sum(not text[0].islower() for text in followers) * 2 > len(followers)
    for index, text in enumerate(texts[:-1]):
        if ends[index] and not STRONG_END.search(text):
            goes_on = has_capitals and texts[index + 1][:1].islower()
            ends[index] = not (goes_on or (ABBREVIATION.match(text) and text not in {"I.", "i."}))
    return ends


def _pieces(words: Sequence[Word], first: int, last: int, longest: int) -> Iterator[tuple[int, int]]:
    """`first … last`, cut at long pauses into pieces of at most `longest` words."""
    while last - first >= longest:
        around = range(first + longest // 3, min(first + longest, last - longest // 4))
        cut = max(around, key=lambda index: (words[index + 1].start - words[index].end, index))
        yield first, cut
        first = cut + 1
    yield first, last
