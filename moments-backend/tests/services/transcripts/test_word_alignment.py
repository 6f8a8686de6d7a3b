"""Word times of changed texts."""

import random

import pytest

from app.models.transcript import Segment, Transcript, Word
from app.services.transcripts.word_alignment import aligned_words, word_ranges


def timed(text: str, *, start: float = 0.0, seconds: float = 1.0) -> list[Word]:
    return [
        Word(word=word, start=start + seconds * index, end=start + seconds * (index + 1))
        for index, word in enumerate(text.split())
    ]


def align(old: str, new: str, language: str = "en") -> list[tuple[str, float, float]]:
    words = timed(old)
    segment = Segment(text=new, start=0, end=len(words))
    return [(word.word, word.start, word.end) for word in aligned_words(words, new, segment, language)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b c", "a b c", [("a", 0, 1), ("b", 1, 2), ("c", 2, 3)]),
        ("the mood pulls", "The moon pulls.", [("The", 0, 1), ("moon", 1, 2), ("pulls.", 2, 3)]),
        ("can not go", "cannot go", [("cannot", 0, 2), ("go", 2, 3)]),
        ("we cannot go", "we can not go", [("we", 0, 1), ("can", 1, 1.5), ("not", 1.5, 2), ("go", 2, 3)]),
        ("a c", "a b c", [("a", 0, 1), ("b", 1, 1), ("c", 1, 2)]),
        ("a b c", "a c", [("a", 0, 1), ("c", 2, 3)]),
        ("b", "a b c", [("a", 0, 0), ("b", 0, 1), ("c", 1, 1)]),
        ("a b", "x y", [("x", 0, 1), ("y", 1, 2)]),
        ("— a", "a", [("a", 1, 2)]),
    ],
)
def test_unchanged_words_keep_their_times(
    old: str, new: str, expected: list[tuple[str, float, float]]
) -> None:
    assert align(old, new) == expected


def test_texts_without_spaces() -> None:
    assert align("月 が 海 を 引く", "月が水を引く", "ja") == [
        ("月", 0, 1),
        ("が", 1, 2),
        ("水", 2, 3),
        ("を", 3, 4),
        ("引く", 4, 5),
    ]
    assert [word for word, *_ in align("月 が", "太陽が。", "ja")] == ["太", "陽", "が。"]


def test_text_without_words_is_interpolated() -> None:
    segment = Segment(text="one two", start=2, end=4)
    words = aligned_words([], "one two", segment, "en")
    assert [(word.start, word.end) for word in words] == [(2, 3), (3, 4)]
    assert aligned_words(timed("a"), " ", segment, "en") == []


def test_long_texts_keep_the_times_of_most_words() -> None:
    vocabulary = [f"w{number}" for number in range(3000)]
    chosen = random.Random(1).choices(vocabulary, k=20_000)
    old = timed(" ".join(chosen))
    changed = [f"x{index}" if index % 50 == 0 else word for index, word in enumerate(chosen)]
    words = aligned_words(old, " ".join(changed), Segment(text="", start=0, end=20_000), "en")
    assert [word.word for word in words] == changed
    kept = sum(word.start == old[index].start for index, word in enumerate(words))
    assert kept > 0.97 * len(old)
    repeated = aligned_words(old, "a " * 50_000, Segment(text="", start=0, end=20_000), "en")
    assert len(repeated) == 50_000


def transcript(texts: list[str], words: list[Word], times: list[tuple[float, float]]) -> Transcript:
    segments = [
        Segment(text=text, start=start, end=end) for text, (start, end) in zip(texts, times, strict=True)
    ]
    return Transcript(text=" ".join(texts), language="en", word_timestamps=words, segment_timestamps=segments)


def test_ranges_by_text_ignore_wrong_times() -> None:
    words = timed("a b c d")
    assert word_ranges(transcript(["a b", "c d"], words, [(0, 1), (1, 4)])) == [(0, 2), (2, 4)]
    assert word_ranges(transcript(["a", "", "b c d"], words, [(0, 1)] * 3)) == [(0, 1), (1, 1), (1, 4)]


def test_ranges_by_time_cover_all_words() -> None:
    words = timed("a b c d")
    assert word_ranges(transcript(["x", "y"], words, [(0.5, 2), (2, 3)])) == [(0, 2), (2, 4)]
    assert word_ranges(transcript(["abx", "cd"], words, [(0, 2), (2, 4)])) == [(0, 2), (2, 4)]
    assert word_ranges(transcript([], [], [])) == []
