"""Edges lie in the pauses around a stretch of lines."""

import random

import pytest

from app.ai.moments.boundaries import MAX_MARGIN_SECONDS, span_boundaries
from app.ai.sentences import Sentence, split_sentences
from tests.ai.moments.support.talks import random_lines, spoken


def test_edges_are_the_middle_of_the_pauses() -> None:
    lines = split_sentences(spoken("One two.", "Three four.", "Five six.", pause=0.4))
    assert span_boundaries(lines, 1, 1) == pytest.approx((1.2, 2.6))


def test_a_long_pause_is_left_to_nobody() -> None:
    lines = split_sentences(spoken("One two.", "Three four.", "Five six.", pause=10.0))
    assert span_boundaries(lines, 1, 1) == pytest.approx((11.0 - 0.5, 12.0 + 0.5))


def test_the_first_line_starts_half_a_second_early_but_not_before_the_video() -> None:
    assert span_boundaries(split_sentences(spoken("One two.", start=0.2)), 0, 0)[0] == 0
    assert span_boundaries(split_sentences(spoken("One two.", start=9)), 0, 0)[0] == pytest.approx(8.5)
    assert span_boundaries(split_sentences(spoken("One two.", start=9)), 0, 0, earliest=8.9)[
        0
    ] == pytest.approx(8.9)


def test_the_last_line_goes_on_only_as_far_as_sound_is_known() -> None:
    lines = split_sentences(spoken("One two."))
    assert span_boundaries(lines, 0, 0)[1] == pytest.approx(1.0)
    assert span_boundaries(lines, 0, 0, latest=1.2)[1] == pytest.approx(1.2)
    assert span_boundaries(lines, 0, 0, latest=60)[1] == pytest.approx(1.5)
    assert span_boundaries(lines, 0, 0, latest=0.5)[1] == pytest.approx(1.0)


def line(number: int, start: float, end: float) -> Sentence:
    return Sentence(number, "Words.", start, end, number, number, ends_sentence=True)


def test_lines_over_each_other_share_the_middle() -> None:
    lines = [line(0, 0, 1.2), line(1, 1.0, 2)]
    assert span_boundaries(lines, 0, 0)[1] == pytest.approx(1.1)
    assert span_boundaries(lines, 1, 1)[0] == pytest.approx(1.1)


def test_times_that_run_backwards_still_yield_an_end_after_the_start() -> None:
    lines = [line(0, 9, 9.5), line(1, 1, 1.2)]
    for first, last in ((0, 0), (1, 1), (0, 1)):
        start, end = span_boundaries(lines, first, last)
        assert 0 <= start <= end


@pytest.mark.parametrize("seed", range(12))
def test_no_edge_is_inside_a_word_and_neighbours_never_overlap(seed: int) -> None:
    lines = random_lines(seed)
    random_source = random.Random(seed)
    for _ in range(50):
        first = random_source.randrange(len(lines))
        last = random_source.randrange(first, len(lines))
        start, end = span_boundaries(lines, first, last)
        assert start >= 0
        assert start >= lines[first].start - MAX_MARGIN_SECONDS
        assert end <= lines[last].end + MAX_MARGIN_SECONDS
        if first > 0:
            heard = min(lines[first - 1].end, lines[first].start)
            assert heard <= start <= max(lines[first - 1].end, lines[first].start)
            assert span_boundaries(lines, 0, first - 1)[1] <= start
        if last + 1 < len(lines):
            assert min(lines[last].end, lines[last + 1].start) <= end
            assert end <= span_boundaries(lines, last + 1, len(lines) - 1)[0]
