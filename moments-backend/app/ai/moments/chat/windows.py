"""Overlapping windows of a long transcript that fit a model's context."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.ai.moments.chat.prompts import format_line
from app.ai.sentences import Sentence

WINDOW_CHARACTERS = 24_000
"""About 6,000 tokens or 25 minutes of speech, which fits small local models."""


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences `first … last`, inclusive.

    Of the sentences that two windows share, each is owned by one, whose topic starts count: a window owns
    those from `owned_from` up to the next window's `owned_from`.
    """

    first: int
    last: int
    owned_from: int


def split_windows(
    sentences: Sequence[Sentence], *, overlap_seconds: float, characters: int = WINDOW_CHARACTERS
) -> list[Window]:
    """Return windows over all sentences, each of at most `characters`, or of one longer sentence.

    Neighbours share `overlap_seconds`, so that one of them contains any moment of that length completely,
    but at most half of a window.
    """
    sizes = [len(format_line(sentence)) + 1 for sentence in sentences]
    windows: list[Window] = []
    first, owned_from = 0, 0
    while True:
        last, total = first, sizes[first]
        while last + 1 < len(sentences) and total + sizes[last + 1] <= characters:
            last += 1
            total += sizes[last]
        windows.append(Window(first, last, owned_from))
        if last + 1 == len(sentences):
            return windows
        following, shared = last + 1, 0
        while following - 1 > first:
            shared += sizes[following - 1]
            too_many = shared > total / 2 or shared + sizes[last + 1] > characters
            if too_many or sentences[last].end - sentences[following - 1].start > overlap_seconds:
                break
            following -= 1
        first, owned_from = following, math.ceil((following + last + 1) / 2)
