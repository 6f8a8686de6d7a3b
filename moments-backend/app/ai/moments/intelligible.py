"""Parts of a video in which moments may be: without music and without speech that was not recognised."""

from bisect import bisect_right
from collections.abc import Sequence

from app.ai.sentences import Sentence
from app.models.transcript import AudioSection, Transcript

Range = tuple[int, int]
"""First and last sentence, inclusive."""

TOLERATED_SECONDS = 3.0
"""Longest part of such a section that a moment may contain, such as a laugh."""


def intelligible_ranges(sentences: Sequence[Sentence], transcript: Transcript) -> list[Range]:
    """Return the longest runs of sentences without a section of music or unintelligible speech in them."""
    barriers = _barriers(transcript)
    if not barriers:
        return [(0, len(sentences) - 1)] if sentences else []
    ranges: list[Range] = []
    first: int | None = None
    for number, sentence in enumerate(sentences):
        if _overlaps(barriers, sentence.start, sentence.end):
            first = None
        elif first is None or _overlaps(barriers, sentences[first].start, sentence.end):
            first = number
            ranges.append((number, number))
        else:
            ranges[-1] = (first, number)
    return ranges


def intersect(ranges: Sequence[Range], others: Sequence[Range]) -> list[Range]:
    """Return the parts of `ranges` that are in one of `others`."""
    return [
        (max(low, first), min(high, last))
        for low, high in ranges
        for first, last in others
        if max(low, first) <= min(high, last)
    ]


def is_intelligible(start: float, end: float, transcript: Transcript) -> bool:
    """Return whether `start … end` has no music and no unintelligible speech."""
    return not _overlaps(_barriers(transcript), start, end)


def _barriers(transcript: Transcript) -> list[AudioSection]:
    return [section for section in transcript.sections if section.kind in {"music", "unintelligible"}]


def _overlaps(barriers: Sequence[AudioSection], start: float, end: float) -> bool:
    """Return whether one of the sections, which are in order, covers too much of `start … end`."""
    longest = min(TOLERATED_SECONDS, (end - start) / 2)
    index = bisect_right(barriers, start, key=lambda barrier: barrier.end)
    while index < len(barriers) and barriers[index].start < end:
        if min(end, barriers[index].end) - max(start, barriers[index].start) > longest:
            return True
        index += 1
    return False
