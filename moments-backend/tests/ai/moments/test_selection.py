"""Selection against an exhaustive search."""

import random
from itertools import combinations

import numpy as np
import pytest

from app.ai.moments.extractive.selection import downsample, select_non_overlapping


def random_spans(seed: int) -> tuple[list[tuple[int, int]], list[float]]:
    source = random.Random(seed)
    spans = []
    for _ in range(9):
        first = source.randrange(12)
        spans.append((first, min(11, first + source.randrange(6))))
    return spans, [round(source.random(), 3) for _ in spans]


def chosen(spans: list[tuple[int, int]], scores: list[float], count: int) -> list[int]:
    firsts, lasts = np.array(spans, dtype=np.int64).reshape(-1, 2).T
    return select_non_overlapping(firsts, lasts, np.array(scores), count=count, sentences=12)


@pytest.mark.parametrize("seed", range(30))
def test_selection_has_highest_total_score(seed: int) -> None:
    spans, scores = random_spans(seed)
    for count in (1, 2, 3, 6):
        selected = chosen(spans, scores, count)
        sets = [
            group
            for size in range(count + 1)
            for group in combinations(range(len(spans)), size)
            if all(spans[a][1] < spans[b][0] or spans[b][1] < spans[a][0] for a, b in combinations(group, 2))
        ]
        most = max(len(group) for group in sets)
        best = max(sum(scores[index] for index in group) for group in sets if len(group) == most)
        assert len(selected) == most
        assert sum(scores[index] for index in selected) == pytest.approx(best)
        assert [spans[index] for index in selected] == sorted(spans[index] for index in selected)


def test_no_candidates_select_nothing() -> None:
    assert chosen([], [], 3) == []


def test_downsampling_keeps_both_ends() -> None:
    assert list(downsample(3, 6, 24)) == [3, 4, 5]
    many = downsample(0, 1000, 24)
    assert len(many) <= 24
    assert (many[0], many[-1]) == (0, 999)
