"""Agreement of boundaries."""

import pytest

from evaluation.boundaries import boundary_f1, evenly_spread, pk


@pytest.mark.parametrize(
    ("found", "marked", "expected"),
    [
        ([100, 200], [100, 200], 1.0),
        ([110], [100], 1.0),
        ([110.1], [100], 0.0),
        ([95, 105], [100], 2 / 3),  # only one of two can match
        ([100], [95, 105], 2 / 3),
        ([92, 108], [100, 101], 1.0),  # the nearer one for both would leave one unmatched
        ([], [100], 0.0),
        ([100], [], 0.0),
        ([], [], 1.0),
    ],
)
def test_f1_pairs_one_to_one(found: list[float], marked: list[float], expected: float) -> None:
    assert boundary_f1(found, marked) == pytest.approx(expected)


def test_pk_of_the_marked_boundaries_is_zero() -> None:
    assert pk([100, 250], [100, 250], seconds=400) == 0.0
    assert pk([], [], seconds=400) == 0.0


def test_pk_counts_windows_with_wrong_ends() -> None:
    # Windows last 50 s. Without boundaries, those that start in the 50 s before the change are wrong.
    assert pk([], [100], seconds=200) == pytest.approx(50 / 150, abs=0.01)
    # Windows that separate only one of 100 s and 110 s are wrong: 10 s on either side.
    assert pk([110], [100], seconds=200) == pytest.approx(20 / 150, abs=0.01)
    assert pk(list(range(1, 200)), [100], seconds=200) == pytest.approx(100 / 150, abs=0.01)


def test_pk_of_a_talk_without_length_is_zero() -> None:
    assert pk([], [], seconds=0.0) == 0.0


def test_even_boundaries_divide_the_talk() -> None:
    assert evenly_spread(3, 400.0) == [100, 200, 300]
    assert evenly_spread(0, 400.0) == []
