"""A long transcript in parts that a model can read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.ai.moments.chat.prompts import rendered
from app.ai.sentences import Sentence

WINDOW_CHARACTERS = 24_000
"""About 6,000 tokens, which small local models take: 25 minutes of talk."""


@dataclass(frozen=True, slots=True)
class Window:
    """The lines `first … last`, both inclusive. Where two windows share lines, each topic is told by one:
    the window to which the lines from `owned_from` up to the next one's belong.
    """

    first: int
    last: int
    owned_from: int


def windows_of(
    lines: Sequence[Sentence], *, overlap_seconds: float, characters: int = WINDOW_CHARACTERS
) -> list[Window]:
    """Windows over all lines, each of at most `characters`, or one line.

    Two neighbours share `overlap_seconds`, so that a moment of that length is whole in one of them, but
    never more than half of what a window holds.
    """
    sizes = [len(rendered(line)) + 1 for line in lines]
    windows: list[Window] = []
    first, owned_from = 0, 0
    while True:
        last, held = first, sizes[first]
        while last + 1 < len(lines) and held + sizes[last + 1] <= characters:
            last += 1
            held += sizes[last]
        windows.append(Window(first, last, owned_from))
        if last + 1 == len(lines):
            return windows
        following, shared = last + 1, 0
        while following - 1 > first:
            shared += sizes[following - 1]
            too_many = shared > held / 2 or shared + sizes[last + 1] > characters
            if too_many or lines[last].end - lines[following - 1].start > overlap_seconds:
                break
            following -= 1
        first, owned_from = following, math.ceil((following + last + 1) / 2)
