"""Kernel change-point detection: split a sequence of vectors into segments of similar ones.

The least-squares cost of a segment is its kernel scatter with the linear kernel (Celisse, Marot, Pierre-Jean
and Rigaill, "New efficient algorithms for multiple change-point detection with reproducing kernels", 2018).
The best segmentation is found by optimal partitioning (Jackson et al., 2005), which is exact.
"""

from collections.abc import Sequence

import numpy as np

from app.ai.moments.extractive.vocabulary import Floats


def segment_ends(rows: Floats, *, penalty: float, min_size: int) -> list[int]:
    """Return the exclusive ends of the segments that minimise scatter plus `penalty` per segment.

    See `segmentations`.
    """
    return segmentations(rows, penalties=[penalty], min_size=min_size)[0]


def segmentations(rows: Floats, *, penalties: Sequence[float], min_size: int) -> list[list[int]]:
    """Return for each penalty the exclusive ends of the segments with the lowest cost.

    The cost is the scatter of all segments plus the penalty for each. The scatter of a segment is the sum of
    the squared distances of its rows to their mean. The recursion is
    `best[t] = min(best[s] + scatter(s, t) + penalty)` over all starts `s` that leave no shorter segment.

    Takes O(n² d) time for the kernel matrix, O(n²) for each recursion, and O(n²) memory.

    Args:
        rows: shape (n, d) with n ≥ 1.
        penalties: in the unit of the squared rows, above 0.
        min_size: smallest number of rows in a segment, at least 1; fewer rows yield one shorter segment.
    """
    count = len(rows)
    kernel = rows @ rows.T
    norms = np.concatenate(([0.0], np.cumsum(np.diagonal(kernel))))
    pair_sums = np.zeros(count)  # pair_sums[s]: sum of kernel[s:t, s:t]
    costs = np.array(penalties, dtype=np.float64)[:, None]
    best = np.full((len(penalties), count + 1), np.inf)
    best[:, 0] = 0.0
    last_start = np.zeros((len(penalties), count + 1), dtype=np.int64)
    for end in range(1, count + 1):
        with_last_row = np.cumsum(kernel[end - 1, end - 1 :: -1])[::-1]
        pair_sums[:end] += 2 * with_last_row - kernel[end - 1, end - 1]
        if end < min_size:
            continue
        starts = slice(0, end - min_size + 1)
        lengths = end - np.arange(starts.stop)
        scatter = norms[end] - norms[starts] - pair_sums[starts] / lengths
        totals = best[:, starts] + scatter + costs
        last_start[:, end] = np.argmin(totals, axis=1)
        best[:, end] = totals.min(axis=1)
    return [_trace_back(starts) for starts in last_start]


def _trace_back(last_start: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    ends: list[int] = []
    end = len(last_start) - 1
    while end > 0:
        ends.append(end)
        end = int(last_start[end])
    return ends[::-1]
