"""Passages: neighbouring segments of a transcript that share one embedding."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

MIN_WORDS = 60
"""A passage ends with the segment that reaches this length."""
OVERLAP_WORDS = 10
"""A passage begins with the segments before it that have this many words: no answer is cut at a border."""
CHARACTERS_PER_WORD = 6
"""For scripts without spaces between words."""
FORMAT = 1
"""Version of passages and vectors; another one makes `reindex` embed everything again."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The segments `first` to `last`, inclusive."""

    first: int
    last: int
    text: str
    parts: tuple[tuple[int, int], ...]
    """The segments as half-open ranges of characters of `text`."""

    @property
    def key(self) -> int:
        """Hash of the text as a signed number of 64 bits."""
        digest = hashlib.blake2b(f"{FORMAT}\0{self.text}\0{self.parts}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


def split_passages(segments: Sequence[str]) -> list[Passage]:
    """Split a transcript into passages of about 60 to 80 words that overlap by about 10.

    Every segment is in at least one passage. A longer segment is a passage of its own.
    """
    sizes = [_count_words(text) for text in segments]
    passages: list[Passage] = []
    first = 0
    while first < len(segments):
        last, words = first, sizes[first]
        while words < MIN_WORDS and last + 1 < len(segments):
            last += 1
            words += sizes[last]
        passages.append(_passage(segments, first, last))
        if last + 1 == len(segments):
            break
        first = _next_start(sizes, first, last)
    return passages


def _next_start(sizes: Sequence[int], first: int, last: int) -> int:
    """Return the start of the passage after `first … last`, with the overlap."""
    start, words = last + 1, 0
    while start - 1 > first and words < OVERLAP_WORDS and sizes[start - 1] <= OVERLAP_WORDS * 2:
        start -= 1
        words += sizes[start]
    return start


def _passage(segments: Sequence[str], first: int, last: int) -> Passage:
    texts = [segments[number].strip() for number in range(first, last + 1)]
    ends = list(accumulate(len(text) + 1 for text in texts))
    parts = tuple((end - len(text) - 1, end - 1) for text, end in zip(texts, ends, strict=True))
    return Passage(first, last, " ".join(texts), parts)


def _count_words(text: str) -> int:
    return max(len(text.split()), len(text) // (2 * CHARACTERS_PER_WORD))
