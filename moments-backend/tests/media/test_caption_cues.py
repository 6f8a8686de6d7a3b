"""Captions divide the talk at sense and pauses, never overlap, and fit into the picture."""

from itertools import pairwise

import pytest

from app.media.caption_cues import Cue, Line, make_cues, timed_words
from app.media.caption_style import caption_layout
from app.media.font_metrics import text_width
from app.models.export import CaptionStyle
from app.models.transcript import Word

TALK = (
    "So the thing that most people forget about starting a show is that the first ten episodes "
    "will be terrible. "
    "And that is fine, because you learn more from a bad episode than from a good plan. Really? Yes. "
    "Then, after a while, you find your voice; your guests notice it and your listeners stay."
)


def spoken(text: str, *, per_second: float = 3.0, start: float = 0.0) -> list[Word]:
    step = 1 / per_second
    return [
        Word(word=word, start=start + number * step, end=start + (number + 0.9) * step)
        for number, word in enumerate(text.split())
    ]


def cues_of(
    words: list[Word], *, end: float | None = None, start: float = 0.0, size: tuple[int, int] = (1280, 720),
    style: CaptionStyle = "classic",
) -> list[Cue]:  # fmt: skip
    last = max((word.end for word in words), default=0.0) + 1
    return make_cues(words, caption_layout(style, *size), start=start, end=last if end is None else end)


def text_of(line: Line) -> str:
    return "".join(word.text if word.continues else f" {word.text}" for word in line).strip()


def texts(cues: list[Cue]) -> list[str]:
    return ["|".join(text_of(line) for line in cue.lines) for cue in cues]


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (720, 720), (720, 900)], ids=str)
@pytest.mark.parametrize("style", ["classic", "bold", "karaoke"])
def test_lines_fit_and_no_word_is_lost(size: tuple[int, int], style: CaptionStyle) -> None:
    cues = cues_of(spoken(TALK), size=size, style=style)
    layout = caption_layout(style, *size)
    assert " ".join(text_of(line) for cue in cues for line in cue.lines) == TALK
    for cue in cues:
        assert 1 <= len(cue.lines) <= 2
        assert all(text_width(text_of(line)) * layout.font <= layout.line_width + 0.01 for line in cue.lines)
    longest = max(len(text_of(line)) for cue in cues for line in cue.lines)
    assert longest <= (26 if size[1] > 1000 else 40)
    assert layout.line_width <= 0.9 * size[0]


def test_captions_end_where_sentences_do() -> None:
    shown = texts(cues_of(spoken(TALK)))
    ends = [text.replace("|", " ")[-1] for text in shown]
    assert sum(end in ".?;," for end in ends) >= 0.6 * len(ends)
    assert not [text for text in shown[:-1] if text.endswith((" a", " the", " is"))]


def test_lines_break_at_clauses() -> None:
    (cue,) = cues_of(spoken("After the long winter, everybody went outside", per_second=4))
    assert texts([cue]) == ["After the long winter,|everybody went outside"]


def test_captions_follow_the_speech_without_overlap() -> None:
    words = spoken(TALK)
    cues = cues_of(words)
    starts = {word.start for word in words}
    for cue in cues:
        assert cue.start in starts
        assert cue.end - cue.start <= 6.5
        assert cue.end >= cue.lines[-1][-1].end
    for first, second in pairwise(cues):
        assert first.end <= second.start
        assert second.start - first.end == 0 or second.start - first.end >= 0.4 - 1e-9


def test_long_pause_ends_a_caption() -> None:
    words = [*spoken("One two", per_second=4), *spoken("three four", per_second=4, start=3)]
    first, second = cues_of(words)
    assert texts([first, second]) == ["One two", "three four"]
    assert first.end == pytest.approx(0.8, abs=0.05)
    assert second.start == 3


def test_flickering_gap_is_closed() -> None:
    words = [Word(word="First.", start=0, end=1), Word(word="Second.", start=1.6, end=7)]
    first, second = cues_of(words)
    assert (first.end, second.start) == (1.6, 1.6)


def test_only_words_of_the_range_appear_with_times_from_zero() -> None:
    words = spoken("zero one two three four five six seven", per_second=1)
    shown = timed_words(words, start=1.5, end=5.4)
    assert [word.text for word in shown] == ["two", "three", "four"]
    assert [word.start for word in shown] == pytest.approx([0.5, 1.5, 2.5])
    cues = cues_of(words, start=1.5, end=5.4)
    assert cues[-1].end <= 3.9 + 1e-9
    partly = timed_words([Word(word="long", start=1, end=2)], start=1.4, end=1.8)
    assert [word.start for word in partly] == [0.0]
    assert [word.end for word in partly] == pytest.approx([0.4])


def test_words_without_times_share_the_time() -> None:
    words = [Word(word=word, start=2, end=2) for word in ("a", "bb", "ccc")] + [
        Word(word="d", start=5, end=5)
    ]
    shown = timed_words(words, start=0, end=10)
    assert [word.start for word in shown] == pytest.approx([2, 2.5, 3.5, 5])
    assert all(first.end <= second.start for first, second in pairwise(shown))
    assert all(word.end > word.start for word in shown)


def test_overlapping_and_unordered_words() -> None:
    words = [Word(word="b", start=1, end=9), Word(word="a", start=0, end=5), Word(word="c", start=2, end=1)]
    shown = timed_words(words, start=0, end=10)
    assert [word.text for word in shown] == ["a", "b", "c"]
    assert [word.end for word in shown] == pytest.approx([1, 2, 2.3])


@pytest.mark.parametrize("text", ["x" * 5000, "-".join(["word"] * 500), "é" * 300])
def test_endless_words_are_split(text: str) -> None:
    layout = caption_layout("bold", 720, 1280)
    cues = make_cues([Word(word=text, start=0, end=4)], layout, start=0, end=5)
    lines = [line for cue in cues for line in cue.lines]
    assert "".join(text_of(line) for line in lines) == text
    assert all(text_width(text_of(line)) <= layout.line_em for line in lines)


def test_talk_without_punctuation_and_without_words() -> None:
    cues = cues_of(spoken("blah " * 4000, per_second=5))
    assert sum(len(line) for cue in cues for line in cue.lines) == 4000
    assert all(first.end <= second.start for first, second in pairwise(cues))
    assert cues_of([]) == []
    assert cues_of([Word(word="😀", start=0, end=1), Word(word="  ", start=1, end=2)]) == []
