"""Boundaries of sentence ranges in the surrounding pauses."""

import random

import pytest

from app.ai.moments.boundaries import MAX_MARGIN_SECONDS, span_boundaries
from app.ai.sentences import Sentence, split_sentences
from tests.ai.moments.support.transcripts import random_sentences, spoken


def test_boundaries_are_in_mid_pause() -> None:
    sentences = split_sentences(spoken("One two.", "Three four.", "Five six.", pause=0.4))
    assert span_boundaries(sentences, 1, 1) == pytest.approx((1.2, 2.6))


def test_margin_in_long_pause_is_limited() -> None:
    sentences = split_sentences(spoken("One two.", "Three four.", "Five six.", pause=10.0))
    assert span_boundaries(sentences, 1, 1) == pytest.approx((11.0 - 0.5, 12.0 + 0.5))


def test_first_start_is_not_before_the_video() -> None:
    assert span_boundaries(split_sentences(spoken("One two.", start=0.2)), 0, 0)[0] == 0
    assert span_boundaries(split_sentences(spoken("One two.", start=9)), 0, 0)[0] == pytest.approx(8.5)
    assert span_boundaries(split_sentences(spoken("One two.", start=9)), 0, 0, earliest=8.9)[
        0
    ] == pytest.approx(8.9)


def test_last_end_needs_known_audio() -> None:
    sentences = split_sentences(spoken("One two."))
    assert span_boundaries(sentences, 0, 0)[1] == pytest.approx(1.0)
    assert span_boundaries(sentences, 0, 0, latest=1.2)[1] == pytest.approx(1.2)
    assert span_boundaries(sentences, 0, 0, latest=60)[1] == pytest.approx(1.5)
    assert span_boundaries(sentences, 0, 0, latest=0.5)[1] == pytest.approx(1.0)


def sentence(number: int, start: float, end: float) -> Sentence:
    return Sentence(number, "Words.", start, end, number, number, ends_sentence=True)


def test_overlapping_sentences_meet_in_the_middle() -> None:
    sentences = [sentence(0, 0, 1.2), sentence(1, 1.0, 2)]
    assert span_boundaries(sentences, 0, 0)[1] == pytest.approx(1.1)
    assert span_boundaries(sentences, 1, 1)[0] == pytest.approx(1.1)


def test_reversed_times_yield_ordered_boundaries() -> None:
    sentences = [sentence(0, 9, 9.5), sentence(1, 1, 1.2)]
    for first, last in ((0, 0), (1, 1), (0, 1)):
        start, end = span_boundaries(sentences, first, last)
        assert 0 <= start <= end


@pytest.mark.parametrize("seed", range(12))
def test_boundaries_avoid_words_and_overlap(seed: int) -> None:
    sentences = random_sentences(seed)
    random_source = random.Random(seed)
    for _ in range(50):
        first = random_source.randrange(len(sentences))
        last = random_source.randrange(first, len(sentences))
        start, end = span_boundaries(sentences, first, last)
        assert start >= 0
        assert start >= sentences[first].start - MAX_MARGIN_SECONDS
        assert end <= sentences[last].end + MAX_MARGIN_SECONDS
        if first > 0:
            earliest = min(sentences[first - 1].end, sentences[first].start)
            assert earliest <= start <= max(sentences[first - 1].end, sentences[first].start)
            assert span_boundaries(sentences, 0, first - 1)[1] <= start
        if last + 1 < len(sentences):
            assert min(sentences[last].end, sentences[last + 1].start) <= end
            assert end <= span_boundaries(sentences, last + 1, len(sentences) - 1)[0]
