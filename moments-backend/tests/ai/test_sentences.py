"""Any transcript becomes lines, and every word is in one of them."""

import random

import pytest

from app.ai.sentences import MAX_WORDS, UNPUNCTUATED_MAX_WORDS, Sentence, split_sentences, words_in_order
from app.models.transcript import Segment, Transcript, Word
from tests.ai.moments.support.talks import random_talk, spoken, transcript_of


def texts(transcript: Transcript) -> list[str]:
    return [line.text for line in split_sentences(transcript)]


def assert_whole(transcript: Transcript) -> list[Sentence]:
    """Every word in one line, times in order."""
    lines = split_sentences(transcript)
    covered = [number for line in lines for number in range(line.first_word, line.last_word + 1)]
    assert covered == list(range(len(words_in_order(transcript))))
    assert [line.number for line in lines] == list(range(len(lines)))
    times = [time for line in lines for time in (line.start, line.end)]
    assert times == sorted(times)
    return lines


@pytest.mark.parametrize("seed", range(20))
def test_every_word_is_in_one_line(seed: int) -> None:
    assert_whole(random_talk(seed))


def test_a_sentence_is_a_line() -> None:
    assert texts(spoken("Is it?", "It is!", "So they said.")) == ["Is it?", "It is!", "So they said."]


def test_a_full_stop_that_ends_no_sentence() -> None:
    talk = spoken("Then Dr. Miller and J. Smith paid approx. five dollars.", "We left.", "They stayed.")
    assert texts(talk)[0] == "Then Dr. Miller and J. Smith paid approx. five dollars."
    assert len(texts(talk)) == 3


def test_without_capitals_a_full_stop_still_ends_a_sentence() -> None:
    assert len(texts(spoken("we went home.", "it was late.", "nobody spoke."))) == 3


def test_a_long_pause_parts_lines_but_ends_no_sentence() -> None:
    words = [*spoken("We were going to").word_timestamps, *spoken("the sea.", start=5).word_timestamps]
    lines = split_sentences(transcript_of(words))
    assert [(line.text, line.ends_sentence) for line in lines] == [
        ("We were going to", False),
        ("the sea.", True),
    ]


def test_without_full_stops_breaths_end_sentences() -> None:
    words = [
        word
        for number in range(40)
        for word in spoken("and then we went on along the river", start=number * 5.0).word_timestamps
    ]
    lines = assert_whole(transcript_of(words))
    assert len(lines) == 40
    assert all(line.ends_sentence for line in lines)


def test_an_endless_sentence_is_cut_into_pieces() -> None:
    lines = assert_whole(spoken(" ".join(f"word{number}" for number in range(1000))))
    assert len(lines) > 1000 / UNPUNCTUATED_MAX_WORDS
    assert all(line.last_word - line.first_word < MAX_WORDS for line in lines)
    assert [line.ends_sentence for line in lines] == [False] * (len(lines) - 1) + [True]


def test_without_words_the_segments_are_taken_apart() -> None:
    segment = Segment(text="One two three. Four five six.", start=10, end=16)
    talk = Transcript(text=segment.text, language="en", word_timestamps=[], segment_timestamps=[segment])
    lines = assert_whole(talk)
    assert [line.text for line in lines] == ["One two three.", "Four five six."]
    assert lines[0].start == 10
    assert 12.5 < lines[1].start < 13.5
    assert lines[1].end == pytest.approx(16)


def test_nothing_said() -> None:
    assert split_sentences(transcript_of([])) == []
    text_alone = Transcript(text="Hello.", language="en", word_timestamps=[], segment_timestamps=[])
    assert split_sentences(text_alone) == []
    assert texts(spoken("Hello")) == ["Hello"]


def test_a_word_of_a_wrong_time_does_not_move_the_others() -> None:
    words = spoken("One two.", "Three four.", "Five six.").word_timestamps
    broken = [*words[:2], Word(word=words[2].word, start=99_999, end=99_999.5), *words[3:]]
    lines = assert_whole(transcript_of(broken))
    assert lines[-1].end == words[-1].end
    early = [*words[:4], Word(word="Five", start=0, end=0), words[5]]
    assert assert_whole(transcript_of(early))[0].start == words[0].start


def test_times_that_stand_still_or_run_backwards() -> None:
    assert_whole(transcript_of([Word(word=f"w{number}.", start=7, end=7) for number in range(50)]))
    assert_whole(transcript_of([Word(word=f"w{number}.", start=50 - number, end=0) for number in range(50)]))
    random_source = random.Random(1)
    times = [random_source.uniform(0, 100) for _ in range(500)]
    assert_whole(
        transcript_of([Word(word="w.", start=start, end=random_source.uniform(0, 100)) for start in times])
    )


def test_empty_words_are_counted_and_not_shown() -> None:
    words = [
        Word(word=text, start=number, end=number + 0.5) for number, text in enumerate(["Yes", "", " ", "no."])
    ]
    assert [line.text for line in assert_whole(transcript_of(words))] == ["Yes no."]


def test_hours_without_a_full_stop() -> None:
    """Which a recursive cut would not survive."""
    assert_whole(spoken(" ".join(["word"] * 30_000)))


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["今日は", "晴れ。", "明日は", "雨。"], ["今日は晴れ。", "明日は雨。"]),
        (["「帰った。」", "と", "言う。"], ["「帰った。」", "と言う。"]),
        (["यह", "सच", "है।", "वह", "नहीं।"], ["यह सच है।", "वह नहीं।"]),
        (["یہ", "سچ", "ہے۔", "وہ", "نہیں۔"], ["یہ سچ ہے۔", "وہ نہیں۔"]),
        (["안녕", "하세요.", "네."], ["안녕 하세요.", "네."]),
    ],
)
def test_sentences_of_other_scripts(words: list[str], lines: list[str]) -> None:
    spoken = [Word(word=word, start=float(n), end=n + 0.9) for n, word in enumerate(words)]
    transcript = Transcript(text="", language="xx", word_timestamps=spoken, segment_timestamps=[])
    assert [line.text for line in split_sentences(transcript)] == lines
