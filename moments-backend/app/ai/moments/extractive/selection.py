"""Selection of the best non-overlapping candidates: weighted interval scheduling with a fixed count."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def select_non_overlapping(
    firsts: Ints, lasts: Ints, scores: Floats, *, count: int, sentences: int
) -> list[int]:
    """Return the indices of the `count` candidates with the highest total score that share no sentence.

    If fewer than `count` fit, as many as possible are returned. The result is exact and in order of time.
    Takes O((candidates + sentences) · count) time and O(sentences · count) memory.

    Args:
        firsts: first sentence of each candidate.
        lasts: last sentence of each candidate, inclusive.
        sentences: number of sentences.
    """
    order = np.argsort(lasts, kind="stable")
    groups = np.searchsorted(lasts[order], np.arange(sentences + 1))
    # totals[i, k]: best total of k candidates before sentence i.
    # taken[i, k]: the candidate that ends at sentence i - 1 in that set, or -1.
    totals = np.full((sentences + 1, count + 1), -np.inf)
    totals[:, 0] = 0.0
    taken = np.full((sentences + 1, count + 1), -1, dtype=np.int32)
    for end, (low, high) in enumerate(pairwise(groups), start=1):
        totals[end] = totals[end - 1]
        if low == high:
            continue
        group = order[low:high]
        offers = totals[firsts[group], :-1] + scores[group][:, None]
        best = offers.argmax(axis=0)
        offered = offers[best, np.arange(count)]
        better = offered > totals[end, 1:]
        totals[end, 1:][better] = offered[better]
        taken[end, 1:][better] = group[best[better]]
    return _trace_back(totals, taken, firsts, sentences)


def _trace_back(totals: Floats, taken: npt.NDArray[np.int32], firsts: Ints, sentences: int) -> list[int]:
    remaining = int(np.flatnonzero(np.isfinite(totals[sentences]))[-1])
    chosen: list[int] = []
    end = sentences
    while remaining:
        if taken[end, remaining] < 0:
            end -= 1
            continue
        candidate = int(taken[end, remaining])
        chosen.append(candidate)
        end, remaining = int(firsts[candidate]), remaining - 1
    return chosen[::-1]


def downsample(low: int, high: int, most: int) -> Sequence[int]:
    """Return at most `most` evenly spaced values of `range(low, high)`, including the first and the last."""
    if high - low <= most:
        return range(low, high)
    return [int(value) for value in np.unique(np.linspace(low, high - 1, most).round())]
