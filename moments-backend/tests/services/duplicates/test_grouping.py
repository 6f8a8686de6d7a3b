"""Groups of copies, without the pairs that a user has dismissed."""

import tracemalloc
from itertools import combinations

import pytest

from app.services.duplicates.grouping import by_video, connected

COPIES = 2000


@pytest.mark.parametrize(
    ("numbers", "dismissed", "groups"),
    [
        ([], [], []),
        ([3, 1, 2], [], [[1, 2, 3]]),
        ([1, 2], [(1, 2)], [[1], [2]]),
        ([1, 2, 3], [(1, 2)], [[1, 2, 3]]),  # both equal the third
        ([1, 2, 3], [(1, 2), (1, 3)], [[1], [2, 3]]),
        ([1, 2, 3, 4], [(1, 3), (1, 4), (2, 3), (2, 4)], [[1, 2], [3, 4]]),
        ([1, 2, 3], list(combinations(range(9), 2)), [[1], [2], [3]]),
    ],
)
def test_groups_are_connected(
    numbers: list[int], dismissed: list[tuple[int, int]], groups: list[list[int]]
) -> None:
    assert connected(numbers, by_video(dismissed)) == groups


def test_memory_grows_with_copies_and_not_with_pairs() -> None:
    dismissed = by_video([(1, other) for other in range(2, COPIES)])
    tracemalloc.start()
    try:
        groups = connected(range(1, COPIES + 1), dismissed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [len(group) for group in groups] == [COPIES]
    assert peak < 1024**2  # the pairs would take over 100 MiB
