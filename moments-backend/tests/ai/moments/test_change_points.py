"""Kernel change-point detection against an exhaustive search and known results."""

import random
from itertools import combinations, pairwise

import numpy as np
import pytest

from app.ai.moments.extractive.change_points import segment_ends
from app.ai.moments.extractive.vocabulary import Floats


def shifting_rows(seed: int, *, count: int, dimensions: int) -> Floats:
    """Return rows around a mean that jumps every 3 to 25 rows; shape (count, dimensions)."""
    source = random.Random(seed)
    rows: list[list[float]] = []
    while len(rows) < count:
        mean = [source.uniform(-1, 1) for _ in range(dimensions)]
        rows.extend([value + source.uniform(-1, 1) for value in mean] for _ in range(source.randint(3, 25)))
    return np.array(rows[:count])


def total_cost(rows: Floats, ends: list[int], penalty: float) -> float:
    segments = [rows[start:end] for start, end in pairwise([0, *ends])]
    return sum(float(((part - part.mean(axis=0)) ** 2).sum()) + penalty for part in segments)


@pytest.mark.parametrize("min_size", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_result_has_the_lowest_cost(seed: int, min_size: int) -> None:
    rows = shifting_rows(seed, count=11, dimensions=2)
    costs = [
        total_cost(rows, [*inner, len(rows)], 1.5)
        for size in range(len(rows))
        for inner in combinations(range(1, len(rows)), size)
        if all(end - start >= min_size for start, end in pairwise([0, *inner, len(rows)]))
    ]
    found = segment_ends(rows, penalty=1.5, min_size=min_size)
    assert total_cost(rows, found, 1.5) == pytest.approx(min(costs))


# Expected values computed with KernelCPD(kernel="linear") of ruptures 1.1.10.
@pytest.mark.parametrize(
    ("seed", "count", "dimensions", "penalty", "min_size", "expected"),
    [
        (1, 60, 3, 4.0, 2, [11, 27, 37, 54, 57, 60]),
        (2, 60, 3, 4.0, 1, [5, 19, 30, 31, 47, 60]),
        (3, 120, 8, 6.0, 2, [11, 30, 34, 39, 57, 66, 73, 80, 90, 107, 111, 120]),
        (4, 120, 8, 15.0, 2, [4, 27, 33, 39, 48, 73, 89, 114, 120]),
        (5, 200, 20, 25.0, 5, [15, 39, 46, 52, 58, 83, 96, 109, 116, 131, 137, 155, 160, 179, 193, 200]),
        (7, 40, 384, 200.0, 2, [23, 34, 40]),
    ],
)
def test_known_segmentations(
    seed: int, count: int, dimensions: int, penalty: float, min_size: int, expected: list[int]
) -> None:
    rows = shifting_rows(seed, count=count, dimensions=dimensions)
    assert segment_ends(rows, penalty=penalty, min_size=min_size) == expected


def test_equal_rows_are_one_segment() -> None:
    assert segment_ends(np.ones((50, 3)), penalty=0.1, min_size=2) == [50]


def test_fewer_rows_than_min_size_are_one_segment() -> None:
    assert segment_ends(np.array([[0.0], [9.0], [0.0]]), penalty=0.1, min_size=2) == [3]
    assert segment_ends(np.array([[0.0]]), penalty=0.1, min_size=2) == [1]
