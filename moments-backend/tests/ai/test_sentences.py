"""Sentence segmentation of regular and broken transcripts."""

import random

import pytest

from app.ai.sentences import MAX_WORDS, UNPUNCTUATED_MAX_WORDS, Sentence, split_sentences, words_in_order
from app.models.transcript import Segment, Transcript, Word
from tests.ai.moments.support.transcripts import random_transcript, spoken, transcript_of


def texts(transcript: Transcript) -> list[str]:
    return [sentence.text for sentence in split_sentences(transcript)]


def assert_whole(transcript: Transcript) -> list[Sentence]:
    """Assert that every word is in one sentence and times are in order; return the sentences."""
    sentences = split_sentences(transcript)
    covered = [n for sentence in sentences for n in range(sentence.first_word, sentence.last_word + 1)]
    assert covered == list(range(len(words_in_order(transcript))))
    assert [sentence.number for sentence in sentences] == list(range(len(sentences)))
    times = [time for sentence in sentences for time in (sentence.start, sentence.end)]
    assert times == sorted(times)
    return sentences


@pytest.mark.parametrize("seed", range(20))
def test_every_word_is_in_one_sentence(seed: int) -> None:
    assert_whole(random_transcript(seed))


def test_punctuation_ends_sentences() -> None:
    assert texts(spoken("Is it?", "It is!", "So they said.")) == ["Is it?", "It is!", "So they said."]


def test_abbreviations_do_not_end_sentences() -> None:
    transcript = spoken("Then Dr. Miller and J. Smith paid approx. five dollars.", "We left.", "They stayed.")
    assert texts(transcript)[0] == "Then Dr. Miller and J. Smith paid approx. five dollars."
    assert len(texts(transcript)) == 3


def test_full_stop_before_lower_case_text() -> None:
    assert len(texts(spoken("we went home.", "it was late.", "nobody spoke."))) == 3


def test_long_pause_splits_a_sentence() -> None:
    words = [*spoken("We were going to").word_timestamps, *spoken("the sea.", start=5).word_timestamps]
    sentences = split_sentences(transcript_of(words))
    assert [(sentence.text, sentence.ends_sentence) for sentence in sentences] == [
        ("We were going to", False),
        ("the sea.", True),
    ]


def test_pauses_end_unpunctuated_sentences() -> None:
    words = [
        word
        for number in range(40)
        for word in spoken("and then we went on along the river", start=number * 5.0).word_timestamps
    ]
    sentences = assert_whole(transcript_of(words))
    assert len(sentences) == 40
    assert all(sentence.ends_sentence for sentence in sentences)


def test_endless_sentence_is_cut_into_pieces() -> None:
    sentences = assert_whole(spoken(" ".join(f"word{number}" for number in range(1000))))
    assert len(sentences) > 1000 / UNPUNCTUATED_MAX_WORDS
    assert all(sentence.last_word - sentence.first_word < MAX_WORDS for sentence in sentences)
    assert [sentence.ends_sentence for sentence in sentences] == [False] * (len(sentences) - 1) + [True]


def test_segments_without_words_are_split() -> None:
    segment = Segment(text="One two three. Four five six.", start=10, end=16)
    transcript = Transcript(
        text=segment.text, language="en", word_timestamps=[], segment_timestamps=[segment]
    )
    sentences = assert_whole(transcript)
    assert [sentence.text for sentence in sentences] == ["One two three.", "Four five six."]
    assert sentences[0].start == 10
    assert 12.5 < sentences[1].start < 13.5
    assert sentences[1].end == pytest.approx(16)


def test_no_speech_yields_no_sentences() -> None:
    assert split_sentences(transcript_of([])) == []
    text_alone = Transcript(text="Hello.", language="en", word_timestamps=[], segment_timestamps=[])
    assert split_sentences(text_alone) == []
    assert texts(spoken("Hello")) == ["Hello"]


def test_wrong_time_moves_no_other_word() -> None:
    words = spoken("One two.", "Three four.", "Five six.").word_timestamps
    broken = [*words[:2], Word(word=words[2].word, start=99_999, end=99_999.5), *words[3:]]
    sentences = assert_whole(transcript_of(broken))
    assert sentences[-1].end == words[-1].end
    early = [*words[:4], Word(word="Five", start=0, end=0), words[5]]
    assert assert_whole(transcript_of(early))[0].start == words[0].start


def test_constant_or_decreasing_times() -> None:
    assert_whole(transcript_of([Word(word=f"w{number}.", start=7, end=7) for number in range(50)]))
    assert_whole(transcript_of([Word(word=f"w{number}.", start=50 - number, end=0) for number in range(50)]))
    random_source = random.Random(1)
    times = [random_source.uniform(0, 100) for _ in range(500)]
    assert_whole(
        transcript_of([Word(word="w.", start=start, end=random_source.uniform(0, 100)) for start in times])
    )


def test_empty_words_count_but_are_not_shown() -> None:
    words = [
        Word(word=text, start=number, end=number + 0.5) for number, text in enumerate(["Yes", "", " ", "no."])
    ]
    assert [sentence.text for sentence in assert_whole(transcript_of(words))] == ["Yes no."]


def test_long_run_of_stops_takes_linear_time() -> None:
    # Backtracking from each stop would take minutes.
    assert len(assert_whole(transcript_of([Word(word="." * 100_000 + "x", start=0, end=1)]))) == 1


def test_hours_without_a_full_stop() -> None:
    # A recursive implementation would exceed the recursion limit.
    assert_whole(spoken(" ".join(["word"] * 30_000)))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["今日は", "晴れ。", "明日は", "雨。"], ["今日は晴れ。", "明日は雨。"]),
        (["「帰った。」", "と", "言う。"], ["「帰った。」", "と言う。"]),
        (["यह", "सच", "है।", "वह", "नहीं।"], ["यह सच है।", "वह नहीं।"]),
        (["یہ", "سچ", "ہے۔", "وہ", "نہیں۔"], ["یہ سچ ہے۔", "وہ نہیں۔"]),
        (["안녕", "하세요.", "네."], ["안녕 하세요.", "네."]),
    ],
)
def test_sentences_of_other_scripts(words: list[str], expected: list[str]) -> None:
    spoken = [Word(word=word, start=float(n), end=n + 0.9) for n, word in enumerate(words)]
    transcript = Transcript(text="", language="xx", word_timestamps=spoken, segment_timestamps=[])
    assert [sentence.text for sentence in split_sentences(transcript)] == expected
