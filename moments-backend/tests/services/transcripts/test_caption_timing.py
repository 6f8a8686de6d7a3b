"""Words of captions are placed in the speech of their caption."""

from itertools import pairwise

import pytest

from app.models.transcript import Segment
from app.services.transcripts.caption_timing import time_words

CUE = Segment(text="aa bb cc dd", start=10, end=20)


@pytest.mark.parametrize(
    ("speech", "expected"),
    [
        ([], [(10, 12.5), (12.5, 15), (15, 17.5), (17.5, 20)]),
        ([(0, 30)], [(10, 12.5), (12.5, 15), (15, 17.5), (17.5, 20)]),
        ([(11, 15)], [(11, 12), (12, 13), (13, 14), (14, 15)]),
        ([(5, 12), (18, 40)], [(10, 11), (11, 12), (18, 19), (19, 20)]),
        ([(0, 10), (14, 14.5), (20, 30)], [(10, 12.5), (12.5, 15), (15, 17.5), (17.5, 20)]),
    ],
)
def test_words_avoid_silences(speech: list[tuple[float, float]], expected: list[tuple[float, float]]) -> None:
    words = time_words(CUE, speech)
    assert [word.word for word in words] == ["aa", "bb", "cc", "dd"]
    assert [(word.start, word.end) for word in words] == expected


def test_words_across_a_silence_stay_in_one_span() -> None:
    words = time_words(Segment(text="aaaa bbbb cccc", start=0, end=12), [(0, 3), (9, 12)])
    assert [(word.start, word.end) for word in words] == [(0, 2), (2, 3), (10, 12)]
    for earlier, later in pairwise(words):
        assert earlier.start <= earlier.end <= later.start


def test_words_of_an_empty_caption() -> None:
    assert time_words(Segment(text=" ", start=0, end=2), [(0, 2)]) == []
