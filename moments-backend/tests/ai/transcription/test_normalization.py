"""Normalisation of words, times and languages."""

import math

import pytest

from app.ai.transcription.normalization import assemble, interpolate_word_times
from app.ai.transcription.words import spell_as
from app.core.languages import language_code
from app.models.transcript import Segment, Word


def test_times_are_ordered_and_within_the_audio() -> None:
    words = [
        Word(word=" one ", start=1.0, end=3.0),
        Word(word="two", start=2.0, end=1.5),
        Word(word=" ", start=2.1, end=2.2),
        Word(word="three", start=1.9, end=2.5),
        Word(word="four", start=9.0, end=12.0),
        Word(word="five", start=11.0, end=12.0),
    ]

    result = assemble(words, [], language="en", seconds=10).word_timestamps

    assert result == [
        Word(word="one", start=1.0, end=2.0),
        Word(word="two", start=2.0, end=2.0),
        Word(word="three", start=2.0, end=2.5),
        Word(word="four", start=9.0, end=10.0),
        Word(word="five", start=10.0, end=10.0),
    ]


def test_text_is_joined_from_segments() -> None:
    segments = [Segment(text="  So  it\nis. ", start=0, end=1), Segment(text=" ", start=1, end=2)]

    result = assemble([], segments, language=None, seconds=math.inf)

    assert result.text == "So it is."
    assert result.language == "und"
    assert result.segment_timestamps == [Segment(text="So it is.", start=0, end=1)]


def test_word_durations_are_proportional_to_letters() -> None:
    assert interpolate_word_times(Segment(text="I see", start=1, end=5)) == [
        Word(word="I", start=1, end=2),
        Word(word="see", start=2, end=5),
    ]
    assert interpolate_word_times(Segment(text="back", start=5, end=1)) == [Word(word="back", start=5, end=5)]


def test_punctuation_is_taken_from_the_text() -> None:
    text = "Well, it's 5 o'clock – isn't it? Yes."
    words = [
        Word(word=word, start=0, end=1) for word in ("well", "its", "five", "oclock", "isnt", "it", "yes")
    ]

    result = [word.word for word in spell_as(words, text)]

    assert result == ["Well,", "it's", "five", "o'clock", "isn't", "it?", "Yes."]


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("english", "en"),
        ("English", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("zh_Hans", "zh"),
        ("haitian creole", "ht"),
        ("haw", "haw"),
        ("Klingon", None),
        ("", None),
        (None, None),
    ],
)
def test_language_codes(language: str | None, code: str | None) -> None:
    assert language_code(language) == code
