"""Words of segments, and word times for changed texts: kept where words are unchanged, else interpolated."""

import difflib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from app.ai.transcription.normalization import interpolate_word_times
from app.ai.transcription.words import WITHOUT_SPACES, normalized
from app.models.transcript import Segment, Transcript, Word

MAX_COMPARISONS = 250_000
"""Pairs of words that are compared directly; longer texts are divided at words that are unique in both."""

_SPACES = re.compile(r"\s+")
_UNITS = re.compile(r"[a-zA-Z0-9À-ɏ'’.,%$-]+[^\w\s]*|\w[^\w\s]*|[^\w\s]+")
"""Units of time in languages without spaces: a Latin word or number, or one character."""


def join_words(words: Sequence[Word], language: str) -> str:
    """Join words to a text, with or without spaces as in the language."""
    return ("" if language in WITHOUT_SPACES else " ").join(word.word for word in words)


def word_ranges(transcript: Transcript) -> list[tuple[int, int]]:
    """Return the first word of each segment and the one after its last. Every word is in one range.

    Words and segments mostly have the same text; otherwise the times of the words decide.
    """
    segments, words = transcript.segment_timestamps, transcript.word_timestamps
    letters = [len(_SPACES.sub("", segment.text)) for segment in segments]
    written = _SPACES.sub("", "".join(segment.text for segment in segments))
    if written == _SPACES.sub("", "".join(word.word for word in words)):
        ranges = list(_ranges_by_text(letters, words))
        if len(ranges) == len(segments):
            return ranges
    return _ranges_by_time(segments, words)


def aligned_words(old: Sequence[Word], text: str, segment: Segment, language: str) -> list[Word]:
    """Return the words of a changed text with the times of `old` where they are unchanged.

    Args:
        old: words that the text replaces, in order of time.
        segment: provides the time if there are no old words.
    """
    units = _UNITS.findall(text) if language in WITHOUT_SPACES else text.split()
    if not units:
        return []
    if not old:
        return interpolate_word_times(segment.model_copy(update={"text": " ".join(units)}))
    if language in WITHOUT_SPACES:
        return _with_kept_ends(old, text, segment)
    ours, theirs = [_key(word.word) for word in old], [_key(unit) for unit in units]
    words: list[Word] = []
    for first, last, unit, end in _blocks(ours, theirs):
        words += _replaced(old, first, last, units[unit:end], segment)
    return words


def _key(word: str) -> str:
    return normalized(word) or word


def _blocks(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield ranges of both sequences in order, equal ones apart from changed ones; covers both."""
    first = unit = 0
    for at, unit_at in [*_anchors(ours, theirs), (len(ours), len(theirs))]:
        gap, unit_gap = ours[first:at], theirs[unit:unit_at]
        if len(gap) * len(unit_gap) <= MAX_COMPARISONS:
            matcher = difflib.SequenceMatcher(None, gap, unit_gap, autojunk=False)
            for _, a, b, c, d in matcher.get_opcodes():
                yield first + a, first + b, unit + c, unit + d
        else:
            yield first, at, unit, unit_at
        if at < len(ours):
            yield at, at + 1, unit_at, unit_at + 1
        first, unit = at + 1, unit_at + 1


def _anchors(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    """Return positions of words that are unique in both sequences, in the same order."""
    if len(ours) * len(theirs) <= MAX_COMPARISONS:
        return []
    counts, their_counts = Counter(ours), Counter(theirs)
    position = {word: at for at, word in enumerate(theirs) if their_counts[word] == 1}
    pairs = [(at, position[word]) for at, word in enumerate(ours) if counts[word] == 1 and word in position]
    tails: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for number, (_, unit_at) in enumerate(pairs):
        length = bisect_left(tails, unit_at)
        previous.append(last[length - 1] if length else -1)
        tails[length : length + 1] = [unit_at]
        last[length : length + 1] = [number]
    chain, number = [], last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = previous[number]
    return chain[::-1]


def _ranges_by_text(letters: Sequence[int], words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the ranges while segments end at the ends of words."""
    at = 0
    for wanted in letters:
        first = at
        while wanted > 0 and at < len(words):
            wanted -= len(_SPACES.sub("", words[at].word))  # noqa: PLW2901 - counts down
            at += 1
        if wanted:
            return
        yield first, at


def _ranges_by_time(segments: Sequence[Segment], words: Sequence[Word]) -> list[tuple[int, int]]:
    ranges, at = [], 0
    for index in range(len(segments)):
        first = at
        if index + 1 == len(segments):
            at = len(words)
        else:
            following = segments[index + 1].start
            while at < len(words) and (words[at].start + words[at].end) / 2 < following:
                at += 1
        ranges.append((first, at))
    return ranges


def _replaced(
    old: Sequence[Word], first: int, last: int, units: Sequence[str], segment: Segment
) -> list[Word]:
    """Return words for `units`, which replace the old words `first … last - 1`."""
    if last - first == len(units):
        return [
            word if word.word == unit else word.model_copy(update={"word": unit})
            for word, unit in zip(old[first:last], units, strict=True)
        ]
    if first < last:
        start, end = old[first].start, old[last - 1].end
    else:  # between unchanged words: the pause there, which may be 0 s
        start = old[first - 1].end if first else min(segment.start, old[0].start)
        end = old[first].start if first < len(old) else max(segment.end, old[-1].end)
    return interpolate_word_times(Segment(text=" ".join(units), start=start, end=max(start, end)))


def _with_kept_ends(old: Sequence[Word], text: str, segment: Segment) -> list[Word]:
    """Keep the unchanged words at both ends of a text without spaces."""
    rest = _SPACES.sub("", text)
    first = 0
    while first < len(old) and rest.startswith(old[first].word):
        rest = rest[len(old[first].word) :]
        first += 1
    last = len(old)
    while last > first and old[last - 1].word and rest.endswith(old[last - 1].word):
        rest = rest[: -len(old[last - 1].word)]
        last -= 1
    return [*old[:first], *_replaced(old, first, last, _UNITS.findall(rest), segment), *old[last:]]
