"""Moments leave out music and speech that was not recognised."""

import pytest

from app.ai.moments.extractive.engine import ExtractiveEngine
from app.ai.moments.intelligible import intelligible_ranges, intersect, is_intelligible
from app.ai.sentences import split_sentences
from app.core.config import Settings
from app.models.generation_options import GenerationOptions
from app.models.transcript import AudioSection, SectionKind, Transcript
from tests.ai.moments.support.transcripts import spoken

TALK = spoken(*(f"Sentence number {number} has these eight plain words." for number in range(10)))
"""Ten sentences of 4 s, one every 4.4 s."""


def with_section(start: float, end: float, kind: SectionKind) -> Transcript:
    return TALK.model_copy(update={"sections": [AudioSection(start=start, end=end, kind=kind)]})


@pytest.mark.parametrize(
    ("start", "end", "kind", "expected"),
    [
        (8, 20, "speech", [(0, 9)]),
        (8, 20, "silence", [(0, 9)]),
        (9, 18, "music", [(0, 1), (4, 9)]),
        (9, 18, "unintelligible", [(0, 1), (4, 9)]),
        (0, 100, "music", []),
        (9, 11, "unintelligible", [(0, 9)]),
    ],
)
def test_ranges_without_unusable_sections(
    start: float, end: float, kind: SectionKind, expected: list[tuple[int, int]]
) -> None:
    transcript = with_section(start, end, kind)
    assert intelligible_ranges(split_sentences(transcript), transcript) == expected


def test_sections_between_sentences_divide_ranges() -> None:
    gap = spoken("One two three four.", "Five six seven eight.", pause=20)
    transcript = gap.model_copy(update={"sections": [AudioSection(start=3, end=21, kind="music")]})
    assert intelligible_ranges(split_sentences(transcript), transcript) == [(0, 0), (1, 1)]
    assert not is_intelligible(0, 24, transcript)
    assert is_intelligible(0, 3, transcript)


def test_ranges_are_intersected() -> None:
    assert intersect([(0, 4), (5, 9)], [(0, 1), (3, 6), (9, 9)]) == [(0, 1), (3, 4), (5, 6), (9, 9)]
    assert intersect([(0, 4)], []) == []


@pytest.mark.slow
async def test_moments_leave_out_music() -> None:
    options = GenerationOptions(min_moment_length=8, max_moment_length=30, min_moments=1)
    engine = ExtractiveEngine(Settings())
    try:
        everywhere = await engine.find(TALK, options)
        music = with_section(13, 22, "music")
        beside = await engine.find(music, options)
        nowhere = await engine.find(with_section(0, 60, "music"), options)
    finally:
        await engine.close()
    assert everywhere.moments
    assert beside.moments
    assert all(is_intelligible(moment.start_time, moment.end_time, music) for moment in beside.moments)
    assert nowhere.moments == []
    assert nowhere.reason
