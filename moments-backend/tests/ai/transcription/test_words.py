"""Whole words from pieces, in transcripts, captions and sentences, and the repair of split ones."""

import pytest

from app.ai.sentences import split_sentences
from app.ai.transcription.normalization import assemble
from app.ai.transcription.split_words import repair
from app.ai.transcription.words import join_pieces, spell_as
from app.models.transcript import Segment, Transcript, Word
from app.services.transcripts.captions import to_srt, to_vtt

_PIECES = (
    " My| mother|-in|-law| didn|'t| pay| $|3|,000| for| 2|.|5|%| of| the| well|-|known| U|.S|.| co|-op|,"
    "| e|.g|.| on| www|.|example|.|com|."
)
SPACED = _PIECES.split("|")
"""Pieces of faster-whisper, which starts a new one at punctuation."""
WHOLE = "My mother-in-law didn't pay $3,000 for 2.5% of the well-known U.S. co-op, e.g. on www.example.com."


def timed(texts: list[str]) -> list[Word]:
    return [Word(word=text, start=number / 2, end=number / 2 + 0.5) for number, text in enumerate(texts)]


def texts_of(words: list[Word]) -> list[str]:
    return [word.word for word in words]


def transcript_of(words: list[Word], text: str, language: str = "en") -> Transcript:
    segment = Segment(text=text, start=0, end=words[-1].end if words else 0)
    return Transcript(text=text, language=language, word_timestamps=words, segment_timestamps=[segment])


def test_pieces_are_joined_by_their_leading_spaces() -> None:
    words = join_pieces(timed(SPACED))

    assert texts_of(words) == WHOLE.split()
    assert (words[1].start, words[1].end) == (0.5, 2.0), "from the first piece to the last"


def test_whole_words_reach_captions_and_sentences() -> None:
    words = join_pieces(timed(SPACED))
    segment = Segment(text=WHOLE, start=0, end=words[-1].end)
    transcript = assemble(words, [segment], language="en", seconds=60)
    sentences = " ".join(sentence.text for sentence in split_sentences(transcript))
    captions = " ".join(to_vtt(transcript).split()), " ".join(to_srt(transcript).split())

    for whole in (
        "mother-in-law",
        "didn't",
        "$3,000",
        "2.5%",
        "well-known",
        "U.S.",
        "co-op,",
        "www.example.com.",
    ):
        assert whole in texts_of(transcript.word_timestamps)
        assert f" {whole}" in sentences
        assert all(f" {whole}" in caption for caption in captions)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (
            ["今日", "は", "晴", "れ", "。", "「", "AI", "」", "だ"],
            ["今日", "は", "晴", "れ。", "「AI」", "だ"],
        ),
        (["价格", "是", "3", ",", "000", "元", "。"], ["价格", "是", "3,000", "元。"]),
        (["สว", "ั", "สด", "ี"], ["สวั", "สดี"]),
        ([" L'", "eau", " est", " là", "."], ["L'eau", "est", "là."]),
        ([" «", "Да", "»", ",", " сказал"], ["«Да»,", "сказал"]),
        (["One", " two"], ["One", "two"]),
        ([" ", "", " a"], ["a"]),
        ([" New York", "er"], ["New", "Yorker"]),
    ],
    ids=["Japanese", "Chinese", "Thai", "French", "Russian", "start", "blank", "space inside"],
)
def test_words_of_other_scripts(pieces: list[str], expected: list[str]) -> None:
    assert texts_of(join_pieces(timed(pieces))) == expected


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["my", "mother", "in", "law", "paid", "3", "000"], "My mother-in-law paid $3,000.", None),
        (["$", "3", ",000", "–", "wow"], "$3,000 – wow", ["$3,000", "–", "wow"]),
        (["2", ".", "5", "%", "of", "it"], "2.5% of it", None),
        (["newyork", "is", "far"], "New York is far", None),
        (["five", "oclock"], "5 o'clock", ["five", "o'clock"]),
        (["今日", "は"], "今日は", ["今日", "は"]),
        (["hello"], "", ["hello"]),
        ([], "hello", []),
    ],
)
def test_words_take_the_spelling_of_the_text(words: list[str], text: str, expected: list[str] | None) -> None:
    assert texts_of(spell_as(timed(words), text)) == (text.split() if expected is None else expected)


def test_split_words_are_repaired() -> None:
    split = [piece.strip() for piece in SPACED]
    transcript = transcript_of(timed(split), WHOLE)

    repaired = repair(transcript)

    assert texts_of(repaired.word_timestamps) == WHOLE.split()
    assert repaired.word_timestamps[1] == Word(word="mother-in-law", start=0.5, end=2.0)
    assert repaired.segment_timestamps == transcript.segment_timestamps
    assert repair(repaired) is repaired, "idempotent"


@pytest.mark.parametrize(
    ("words", "text", "language", "expected"),
    [
        (["mother", "-in", "-law", "said", "so"], "My sister-in-law said so", "en", None),
        (["a", "lot", "mother", "-in", "-law"], "b mother-in-law", "en", ["a", "lot", "mother-in-law"]),
        (["今日", "は"], "今日は", "ja", None),
        (["今日", "は"], "今日は", "und", None),
        (["one", "two"], "", "en", None),
    ],
    ids=["another text", "text differs before", "Japanese", "unknown language", "no segments"],
)
def test_repair_changes_only_matching_words(
    words: list[str], text: str, language: str, expected: list[str] | None
) -> None:
    transcript = transcript_of(timed(words), text, language)

    assert texts_of(repair(transcript).word_timestamps) == (words if expected is None else expected)


def test_repair_of_long_transcripts() -> None:
    # A quadratic comparison would take minutes.
    split = [piece.strip() for piece in SPACED] * 3000
    text = " ".join([WHOLE] * 3000)

    assert texts_of(repair(transcript_of(timed(split), text)).word_timestamps) == text.split()
