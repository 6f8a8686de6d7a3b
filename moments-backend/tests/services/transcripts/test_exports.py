"""Transcripts as plain text and JSON."""

import json

import pytest

from app.models.transcript import Segment, Transcript, Word
from app.services.transcripts.caption_parser import CaptionFormat, parse_captions
from app.services.transcripts.exports import to_json, to_txt


def spoken(*parts: tuple[str, float], language: str = "en") -> Transcript:
    """Return a transcript of sentences, each with its start, whose words last 0.3 s."""
    words: list[Word] = []
    segments: list[Segment] = []
    for text, start in parts:
        texts = text.split()
        words += [
            Word(word=word, start=start + 0.3 * index, end=start + 0.3 * (index + 1))
            for index, word in enumerate(texts)
        ]
        segments.append(Segment(text=text, start=start, end=start + 0.3 * len(texts)))
    return Transcript(
        text=" ".join(text for text, _ in parts),
        language=language,
        word_timestamps=words,
        segment_timestamps=segments,
    )


def test_paragraphs_end_at_pauses() -> None:
    talk = spoken(("It is wet.", 0), ("Twice a day.", 1), ("The moon pulls.", 5), ("Yes.", 6.5))
    assert to_txt(talk) == "It is wet. Twice a day.\n\nThe moon pulls. Yes.\n"


@pytest.mark.parametrize(("pause", "paragraphs"), [(0.0, 7), (0.5, 17)])
def test_long_paragraphs_end_at_short_pauses(pause: float, paragraphs: int) -> None:
    sentence = "This sentence has exactly fifty characters in all."
    talk = spoken(*((sentence, number * (2.4 + pause)) for number in range(200)))
    text = to_txt(talk)
    assert len(text.split("\n\n")) == paragraphs
    assert text.split() == talk.text.split()


def test_empty_and_unspaced_transcripts() -> None:
    assert to_txt(spoken()) == ""
    assert to_txt(spoken(("月 が", 0), ("海。", 1), language="ja")).strip() == "月が海。"


def test_exported_json_keeps_words_and_sections() -> None:
    talk = spoken(("It is wet.", 0), ("The moon pulls.", 5))
    exported = to_json(talk)
    assert [segment["index"] for segment in json.loads(exported)["segment_timestamps"]] == [0, 1]
    read = parse_captions(exported.encode(), CaptionFormat.JSON)
    assert read.word_timestamps == [
        word.model_copy(update={"start": round(word.start, 3), "end": round(word.end, 3)})
        for word in talk.word_timestamps
    ]
