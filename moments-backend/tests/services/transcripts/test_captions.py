"""Readability of captions, for ordinary and extreme input."""

import random
import re

import pytest

from app.models.transcript import Segment, Transcript, Word
from app.services.transcripts.captions import LINE_LENGTH, Cue, build_cues, to_srt, to_vtt

SENTENCES = (
    "Twice a day the sea climbs the harbour wall, and twice a day it slides back. The moon does most of that "
    "work. Its pull is a little stronger on the near side of the Earth than on the far side, and that small "
    "difference stretches the oceans into two long, low hills of water. Why? Nobody knew for two thousand "
    "years."
)


def spoken(text: str, *, each: float = 0.3, language: str = "en") -> Transcript:
    """Return a transcript whose words last `each` seconds, without pauses."""
    words = [
        Word(word=word, start=index * each, end=(index + 1) * each) for index, word in enumerate(text.split())
    ]
    return transcript_of(words, language=language)


def transcript_of(words: list[Word], *, language: str = "en") -> Transcript:
    return Transcript(text="", language=language, word_timestamps=words, segment_timestamps=[])


def assert_readable(cues: list[Cue]) -> None:
    end = 0
    for cue in cues:
        assert end <= cue.start < cue.end, "one over another, or too short to be seen"
        end = cue.end
        assert cue.end - cue.start <= 7000
        assert 1 <= len(cue.lines) <= 2
        assert all(line and line == line.strip() and len(line) <= LINE_LENGTH for line in cue.lines)


def text_of(cues: list[Cue]) -> str:
    return " ".join(line for cue in cues for line in cue.lines)


def test_captions_break_at_sentence_ends() -> None:
    cues = build_cues(spoken(SENTENCES))

    assert_readable(cues)
    assert text_of(cues) == SENTENCES
    starts = [cue.lines[0].split()[0] for cue in cues]
    assert {"Twice", "The", "Its"} <= set(starts), "sentences of some length begin a caption"
    torn = [cue.lines[-1] for cue in cues if not re.search(r"[.,?]$", cue.lines[-1])]
    assert len(torn) <= 3


def test_two_lines_have_similar_length() -> None:
    (cue,) = build_cues(spoken("Nobody knew for two thousand years why the tides turn", each=0.2))

    assert cue.lines == ("Nobody knew for two thousand", "years why the tides turn")


def test_pause_ends_a_caption() -> None:
    words = [
        Word(word="Once", start=0, end=0.5),
        Word(word="more", start=0.5, end=1.2),
        Word(word="please", start=9.0, end=9.5),
    ]

    assert build_cues(transcript_of(words)) == [
        Cue(0, 1200, ("Once more",)),
        Cue(9000, 10_000, ("please",)),
    ]


def test_short_captions_last_a_second_if_possible() -> None:
    words = [
        Word(word="No.", start=1.0, end=1.1),
        Word(word="Yes.", start=4.0, end=4.1),
        Word(word="And then some more was said about it, at length, without an end.", start=4.5, end=8),
    ]

    first, second, *_ = build_cues(transcript_of(words))

    assert (first.start, first.end) == (1000, 2000)
    assert second.start == 4000
    assert second.end >= 4100


def test_segments_replace_missing_word_times() -> None:
    transcript = Transcript(
        text="a b",
        language="en",
        word_timestamps=[],
        segment_timestamps=[Segment(text="Flour and water.", start=1, end=3)],
    )

    assert build_cues(transcript) == [Cue(1000, 3000, ("Flour and water.",))]


def test_languages_without_spaces() -> None:
    words = [Word(word=mark, start=index, end=index + 1) for index, mark in enumerate("潮汐每天")]

    assert build_cues(transcript_of(words, language="zh")) == [Cue(0, 4000, ("潮汐每天",))]


def test_webvtt_escapes_markup() -> None:
    assert to_vtt(spoken("a < b && c --> <i>d</i>")) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.100\na &lt; b &amp;&amp; c --&gt; &lt;i&gt;d&lt;/i&gt;\n"
    )


def test_subrip_numbers_captions_and_replaces_arrows() -> None:
    words = [
        Word(word="left-->right", start=3599.5, end=3601.25),
        Word(word="later", start=36_000, end=36_001),
    ]

    assert to_srt(transcript_of(words)) == (
        "1\n00:59:59,500 --> 01:00:01,250\nleft→right\n\n2\n10:00:00,000 --> 10:00:01,000\nlater\n"
    )


def test_empty_transcript_has_no_captions() -> None:
    assert to_vtt(transcript_of([])) == "WEBVTT\n"
    assert to_srt(transcript_of([])) == ""


@pytest.mark.parametrize("seed", range(20))
def test_arbitrary_words_become_readable_captions(seed: int) -> None:
    """Words of any length, identical times, long words and pauses, an hour without a full stop."""
    dice = random.Random(seed)
    words: list[Word] = []
    time = 0.0
    for _ in range(200):
        length = dice.choice([0.0, 0.05, 0.3, 0.3, 0.6, 12.0])
        text = "".join(dice.choices("abcdefg", k=dice.choice([1, 3, 5, 8, 42, 43, 150])))
        words.append(Word(word=text + dice.choice(["", "", "", ",", "."]), start=time, end=time + length))
        time += length + dice.choice([0.0, 0.0, 0.0, 0.2, 1.4, 1.6, 30.0])

    cues = build_cues(transcript_of(words))

    assert_readable(cues)
    assert text_of(cues).replace(" ", "") == "".join(word.word for word in words)
