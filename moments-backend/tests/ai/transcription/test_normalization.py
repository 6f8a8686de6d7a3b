"""Clean words and times in order, whatever an engine yields."""

import math

import pytest

from app.ai.transcription.languages import code_of
from app.ai.transcription.normalization import assemble, interpolate_word_times, restore_punctuation
from app.models.transcript import Segment, Word


def test_times_never_go_back_overlap_or_leave_the_sound() -> None:
    words = [
        Word(word=" one ", start=1.0, end=3.0),
        Word(word="two", start=2.0, end=1.5),
        Word(word=" ", start=2.1, end=2.2),
        Word(word="three", start=1.9, end=2.5),
        Word(word="four", start=9.0, end=12.0),
        Word(word="five", start=11.0, end=12.0),
    ]

    made = assemble(words, [], language="en", seconds=10).word_timestamps

    assert made == [
        Word(word="one", start=1.0, end=2.0),
        Word(word="two", start=2.0, end=2.0),
        Word(word="three", start=2.0, end=2.5),
        Word(word="four", start=9.0, end=10.0),
        Word(word="five", start=10.0, end=10.0),
    ]


def test_the_text_is_that_of_the_segments() -> None:
    segments = [Segment(text="  So  it\nis. ", start=0, end=1), Segment(text=" ", start=1, end=2)]

    made = assemble([], segments, language=None, seconds=math.inf)

    assert made.text == "So it is."
    assert made.language == "und"
    assert made.segment_timestamps == [Segment(text="So it is.", start=0, end=1)]


def test_words_last_for_as_long_as_they_have_letters() -> None:
    assert interpolate_word_times(Segment(text="I see", start=1, end=5)) == [
        Word(word="I", start=1, end=2),
        Word(word="see", start=2, end=5),
    ]
    assert interpolate_word_times(Segment(text="back", start=5, end=1)) == [Word(word="back", start=5, end=5)]


def test_punctuation_comes_from_the_text_where_the_words_agree() -> None:
    said = "Well, it's 5 o'clock – isn't it? Yes."
    words = [
        Word(word=word, start=0, end=1) for word in ("well", "its", "five", "oclock", "isnt", "it", "yes")
    ]

    made = [word.word for word in restore_punctuation(words, said)]

    assert made == ["Well,", "it's", "five", "o'clock", "isn't", "it?", "Yes."]


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
def test_languages_become_codes(language: str | None, code: str | None) -> None:
    assert code_of(language) == code
