"""The best stretches that stand side by side: weighted interval scheduling with a fixed number."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def select_non_overlapping(firsts: Ints, lasts: Ints, scores: Floats, *, count: int, lines: int) -> list[int]:
    """Indices, in order of time, of the `count` stretches of greatest total score that share no line.

    Fewer where no `count` of them fit: then as many as do. Each stretch is `firsts[i] … lasts[i]`, both
    inclusive, of `lines` lines. Exact; needs memory for `lines × count` numbers.
    """
    order = np.argsort(lasts, kind="stable")
    groups = np.searchsorted(lasts[order], np.arange(lines + 1))
    # totals[i, k]: the best of k stretches that end before line i; taken: which one ends there, or none.
    totals = np.full((lines + 1, count + 1), -np.inf)
    totals[:, 0] = 0.0
    taken = np.full((lines + 1, count + 1), -1, dtype=np.int32)
    for line, (low, high) in enumerate(pairwise(groups), start=1):
        totals[line] = totals[line - 1]
        if low == high:
            continue
        group = order[low:high]
        offers = totals[firsts[group], :-1] + scores[group][:, None]
        best = offers.argmax(axis=0)
        offered = offers[best, np.arange(count)]
        better = offered > totals[line, 1:]
        totals[line, 1:][better] = offered[better]
        taken[line, 1:][better] = group[best[better]]
    return _followed_back(totals, taken, firsts, lines)


def _followed_back(totals: Floats, taken: npt.NDArray[np.int32], firsts: Ints, lines: int) -> list[int]:
    left = int(np.flatnonzero(np.isfinite(totals[lines]))[-1])
    chosen: list[int] = []
    line = lines
    while left:
        if taken[line, left] < 0:
            line -= 1
            continue
        stretch = int(taken[line, left])
        chosen.append(stretch)
        line, left = int(firsts[stretch]), left - 1
    return chosen[::-1]


def downsample(low: int, high: int, most: int) -> Sequence[int]:
    """At most `most` of `low … high - 1`, evenly, the first and the last among them."""
    if high - low <= most:
        return range(low, high)
    return [int(value) for value in np.unique(np.linspace(low, high - 1, most).round())]
