"""Coverage, size and overlap of transcript windows."""

from itertools import pairwise

import pytest

from app.ai.moments.chat.prompts import format_line
from app.ai.moments.chat.windows import split_windows
from tests.ai.moments.support.transcripts import random_sentences


def test_short_transcript_is_one_window() -> None:
    sentences = random_sentences(0, sentences=10)
    (window,) = split_windows(sentences, overlap_seconds=90)
    assert (window.first, window.last, window.owned_from) == (0, len(sentences) - 1, 0)


@pytest.mark.parametrize("characters", [1, 200, 1000, 5000])
@pytest.mark.parametrize("overlap", [1, 20, 3600])
@pytest.mark.parametrize("seed", range(2))
def test_windows_cover_all_within_limits(seed: int, overlap: float, characters: int) -> None:
    sentences = random_sentences(seed, sentences=120)
    sizes = [len(format_line(sentence)) + 1 for sentence in sentences]
    windows = split_windows(sentences, overlap_seconds=overlap, characters=characters)
    assert (windows[0].first, windows[-1].last) == (0, len(sentences) - 1)
    for window in windows:
        size = sum(sizes[window.first : window.last + 1])
        assert size <= characters or window.first == window.last
    for window, following in pairwise(windows):
        assert window.first < following.first <= window.last + 1
        assert following.first <= following.owned_from <= window.last + 1
        assert window.owned_from < following.owned_from
        shared = sizes[following.first : window.last + 1]
        assert sum(shared) <= sum(sizes[window.first : window.last + 1]) / 2
        if shared:
            assert sentences[window.last].end - sentences[following.first].start <= overlap


def test_longest_moment_fits_in_a_window() -> None:
    sentences = random_sentences(3, sentences=200)
    windows = split_windows(sentences, overlap_seconds=20, characters=4000)
    for first, sentence in enumerate(sentences):
        last = max(
            index
            for index in range(first, len(sentences))
            if sentences[index].end - sentence.start <= 20 or index == first
        )
        assert any(window.first <= first and last <= window.last for window in windows)
