"""Agreement of topic boundaries with those that people marked.

F1 pairs boundaries one to one within a tolerance. Pk is the share of windows whose two ends are wrongly
placed in the same topic or in different ones (Beeferman, Berger and Lafferty, "Statistical models for text
segmentation", 1999); a window lasts half the mean marked topic. Lower is better.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

WITHIN_SECONDS = 10.0
STEP_SECONDS = 0.5
"""Distance between the windows of Pk."""


def boundary_f1(found: Sequence[float], marked: Sequence[float], *, within: float = WITHIN_SECONDS) -> float:
    """Return F1 of `found` beside `marked`, both in seconds; 1.0 if both are empty."""
    total = len(found) + len(marked)
    return 2 * count_matches(found, marked, within=within) / total if total else 1.0


def count_matches(found: Sequence[float], marked: Sequence[float], *, within: float = WITHIN_SECONDS) -> int:
    """Return the largest number of one-to-one pairs at most `within` seconds apart."""
    times = sorted(found)
    matches = position = 0
    for change in sorted(marked):
        while position < len(times) and times[position] < change - within:
            position += 1
        if position < len(times) and times[position] <= change + within:
            matches += 1
            position += 1
    return matches


def pk(found: Sequence[float], marked: Sequence[float], *, seconds: float) -> float:
    """Return Pk, 0 to 1, of boundaries in a talk that lasts `seconds`; 0.0 for a talk without length."""
    window = seconds / (len(marked) + 1) / 2
    starts = np.arange(0.0, seconds - window, STEP_SECONDS)
    if not len(starts):
        return 0.0
    return float(np.mean(_is_split(found, starts, window) != _is_split(marked, starts, window)))


def evenly_spread(count: int, seconds: float) -> list[float]:
    """Return `count` boundaries that divide `seconds` into equal parts."""
    return [seconds * number / (count + 1) for number in range(1, count + 1)]


def _is_split(
    boundaries: Sequence[float], starts: npt.NDArray[np.float64], window: float
) -> npt.NDArray[np.bool_]:
    """Return for each window whether a boundary separates its two ends."""
    times = np.sort(np.asarray(boundaries, dtype=np.float64))
    ends = np.searchsorted(times, starts + window, side="right")
    split: npt.NDArray[np.bool_] = ends > np.searchsorted(times, starts, side="right")
    return split
