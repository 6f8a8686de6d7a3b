"""Lift: how much more of the moments than of random ranges was marked by people."""

import random
from collections.abc import Sequence

Span = tuple[float, float]
"""Start and end in seconds."""

DRAWS = 50
"""Random placements of the moments that are averaged."""


def shared_seconds(spans: Sequence[Span], marked: Sequence[Span]) -> float:
    """Return the time in `spans` that is in one of `marked`, whose overlaps count once."""
    merged = _merged(marked)
    return sum(max(0.0, min(end, to) - max(start, since)) for start, end in spans for since, to in merged)


def chance_seconds(spans: Sequence[Span], marked: Sequence[Span], *, seconds: float, seed: int) -> float:
    """Return the mean of `shared_seconds` for ranges of the same lengths at random places of a talk.

    Args:
        seconds: length of the talk.
    """
    source = random.Random(seed)
    total = 0.0
    for _ in range(DRAWS):
        starts = [source.uniform(0, max(0.0, seconds - (end - start))) for start, end in spans]
        moved = [(at, at + end - start) for at, (start, end) in zip(starts, spans, strict=True)]
        total += shared_seconds(moved, marked)
    return total / DRAWS


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
