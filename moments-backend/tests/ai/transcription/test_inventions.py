"""Recognition of invented text, and the division of the audio into sections."""

from dataclasses import replace

import pytest

from app.ai.transcription.inventions import (
    DecodedSegment,
    has_loop,
    without_inventions,
    without_repeated_segments,
)
from app.ai.transcription.sections import build_sections
from app.ai.transcription.vad import AudioContent, SpeechSpans, merged, padded
from app.models.transcript import Word

VOICE = SpeechSpans(((0.0, 100.0),))


def segment(
    text: str, *, start: float = 0.0, seconds: float | None = None, **changes: object
) -> DecodedSegment:
    """Return a probable segment with a third of a second per word."""
    texts = text.split()
    step = (len(texts) / 3 if seconds is None else seconds) / max(1, len(texts))
    words = tuple(
        Word(word=part, start=start + n * step, end=start + (n + 1) * step) for n, part in enumerate(texts)
    )
    probable = DecodedSegment(text, words, 0.9, -0.3, 0.05, 1.2, "en")
    return replace(probable, **changes)  # type: ignore[arg-type]


GOOD = segment("The moon does most of that work.")


def test_probable_speech_is_kept() -> None:
    window = [GOOD, segment("No, no, no, no.", start=3), segment("Yes.", start=6, confidence=0.5)]

    assert without_inventions(window, VOICE) == window


@pytest.mark.parametrize(
    "invented",
    [
        segment("so it goes " * 12, start=3),
        segment("you " * 8, start=3),
        segment("Thank you.", start=200),
        segment("It is what it was.", start=3, confidence=0.2),
        segment("It is what it was.", start=3, confidence=0.4, log_probability=-1.2),
        segment("It is what it was.", start=3, confidence=0.4, no_speech=0.8),
        segment("It is what it was.", start=3, confidence=0.4, compression_ratio=3.0),
        segment("A long text within no time at all.", start=3, seconds=0.2),
        segment("Untertitel der Amara.org-Community", start=3),
        segment("- ... -", start=3),
        segment("СПОКОЙНАЯ МУЗЫКА", start=3),
        segment("Valkey, Procrastinate, Brindlewick", start=3),
    ],
    ids=[
        "loop",
        "repeated word",
        "no voice",
        "improbable",
        "low log probability",
        "no speech",
        "repetitive",
        "too fast",
        "credits",
        "punctuation",
        "sound",
        "vocabulary",
    ],
)
def test_inventions_are_removed(invented: DecodedSegment) -> None:
    vocabulary = ["Redis", "Valkey", "Procrastinate", "Brindlewick", "Quellstadt"]

    assert without_inventions([GOOD, invented], VOICE, vocabulary) == [GOOD]


def test_loop_over_segments_is_removed() -> None:
    loop = [segment("I am here.", start=3.0 + n) for n in range(5)]

    assert without_inventions([GOOD, *loop], VOICE) == [GOOD]
    unsure = [replace(item, confidence=0.5) for item in loop]
    assert without_repeated_segments([GOOD, *unsure]) == [GOOD]
    assert without_repeated_segments([GOOD, *loop]) == [GOOD, *loop], "repeated clearly"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b a b a b a b", True),
        ("x a b c a b c a b c a b c y", True),
        ("no no no no no", False),
        ("no no no no no no", True),
        ("row row row your boat gently down the stream", False),
        ("", False),
    ],
)
def test_loops(text: str, expected: bool) -> None:
    assert has_loop(text.split()) is expected


def test_sections_cover_the_audio() -> None:
    content = AudioContent(voice=[(1.0, 4.0), (10.0, 14.0), (20.0, 20.5)], music=[False] * 250 + [True] * 48)
    words = [Word(word="Hello.", start=1.0, end=2.0), Word(word="Again.", start=3.2, end=4.0)]

    sections = build_sections(content, words, 30.04)

    assert [(part.start, part.end, part.kind) for part in sections] == [
        (0, 1, "silence"),
        (1, 4, "speech"),
        (4, 10, "silence"),
        (10, 14, "unintelligible"),
        (14, 25, "silence"),
        (25, 29.8, "music"),
        (29.8, 30.04, "silence"),
    ]


def test_speech_over_music_is_speech() -> None:
    content = AudioContent(voice=[(5.0, 8.0)], music=[True] * 100)

    sections = build_sections(content, [Word(word="Hello.", start=5.0, end=8.0)], 10)

    assert [(part.start, part.end, part.kind) for part in sections] == [
        (0, 5, "music"),
        (5, 8, "speech"),
        (8, 10, "music"),
    ]


def test_sections_of_short_or_empty_audio() -> None:
    assert build_sections(AudioContent(), [], 0) == []
    assert [part.kind for part in build_sections(AudioContent(), [], 0.03)] == ["silence"]


def test_spans_are_merged_and_padded() -> None:
    assert merged([(0, 1), (1.5, 2), (5, 6)], gap=1) == [(0, 2), (5, 6)]
    assert padded([(0.2, 1), (1.4, 2)], 0.4, low=0, high=2.1) == [(0, 1.2), (1.2, 2.1)]
