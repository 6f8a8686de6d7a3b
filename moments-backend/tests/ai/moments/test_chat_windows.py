"""Windows cover the talk, hold to their budget and share what a moment may need."""

from itertools import pairwise

import pytest

from app.ai.moments.chat.prompts import rendered
from app.ai.moments.chat.windows import windows_of
from tests.ai.moments.support.talks import random_lines


def test_a_short_talk_is_one_window() -> None:
    lines = random_lines(0, sentences=10)
    (window,) = windows_of(lines, overlap_seconds=90)
    assert (window.first, window.last, window.owned_from) == (0, len(lines) - 1, 0)


@pytest.mark.parametrize("characters", [1, 200, 1000, 5000])
@pytest.mark.parametrize("overlap", [1, 20, 3600])
@pytest.mark.parametrize("seed", range(2))
def test_windows(seed: int, overlap: float, characters: int) -> None:
    lines = random_lines(seed, sentences=120)
    sizes = [len(rendered(line)) + 1 for line in lines]
    windows = windows_of(lines, overlap_seconds=overlap, characters=characters)
    assert (windows[0].first, windows[-1].last) == (0, len(lines) - 1)
    for window in windows:
        held = sum(sizes[window.first : window.last + 1])
        assert held <= characters or window.first == window.last
    for window, following in pairwise(windows):
        assert window.first < following.first <= window.last + 1
        assert following.first <= following.owned_from <= window.last + 1
        assert window.owned_from < following.owned_from
        shared = sizes[following.first : window.last + 1]
        assert sum(shared) <= sum(sizes[window.first : window.last + 1]) / 2
        if shared:
            assert lines[window.last].end - lines[following.first].start <= overlap


def test_a_moment_of_the_greatest_length_is_whole_in_a_window() -> None:
    lines = random_lines(3, sentences=200)
    windows = windows_of(lines, overlap_seconds=20, characters=4000)
    for first, line in enumerate(lines):
        last = max(
            index
            for index in range(first, len(lines))
            if lines[index].end - line.start <= 20 or index == first
        )
        assert any(window.first <= first and last <= window.last for window in windows)
