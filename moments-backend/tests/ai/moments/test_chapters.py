"""Chapters from topics: number, lengths and titles."""

import re
from itertools import pairwise

import pytest

from app.ai.moments.base import Topic
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.ai.moments.extractive.title_candidates import MAX_CHARACTERS, announced_subject
from app.models.generation_options import GenerationOptions
from app.models.transcript import Transcript
from benchmarks.labelled_talk import labelled_talk
from tests.ai.moments.support.transcripts import random_transcript, spoken, transcript_of

TALK = labelled_talk(3).transcript
TIDES = (
    "Today we want to talk about the tides.",
    "The moon pulls the water of the oceans towards itself.",
    "Twice a day the sea rises on every coast of the ocean.",
    "Sailors have always planned their journeys by the tides.",
)
BREAD = (
    "Let me turn to the question of baking bread.",
    "A good dough needs flour, water, salt and yeast.",
    "The yeast makes the dough rise in a warm kitchen.",
    "Bake the bread in a hot oven until the crust is brown.",
)


def assert_valid(chapters: list[Topic], transcript: Transcript) -> None:
    """Assert order, lengths and that titles use the words of their chapter."""
    assert len(chapters) != 1
    for before, after in pairwise(chapters):
        assert before.end_time == after.start_time
    for number, chapter in enumerate(chapters):
        assert chapter.end_time - chapter.start_time >= 29.5
        said = {
            re.sub(r"\W", "", word.word.lower())
            for word in transcript.word_timestamps
            if chapter.start_time - 1 <= word.start <= chapter.end_time + 1
        }
        assert chapter.title, number
        assert {re.sub(r"\W", "", word.lower()) for word in chapter.title.split()} - {""} <= said


async def test_chapters_come_with_the_moments(extractive: ExtractiveEngine) -> None:
    found = await extractive.find(TALK, GenerationOptions())
    assert found.chapters == await extractive.find_chapters(TALK)
    assert 2 <= len(found.chapters) <= len(found.topics)
    assert_valid(found.chapters, TALK)
    assert found.chapters[0].start_time == 0


async def test_subjects_become_chapters(extractive: ExtractiveEngine) -> None:
    transcript = spoken(*TIDES * 3, *BREAD * 3, word_seconds=0.5)
    chapters = await extractive.find_chapters(transcript)
    assert_valid(chapters, transcript)
    change = next(word.start for word in transcript.word_timestamps if word.word == "Let")
    assert min(abs(chapter.start_time - change) for chapter in chapters) < 15


@pytest.mark.parametrize(
    "transcript",
    [
        transcript_of([]),
        spoken("Hello."),
        spoken(*TIDES),
        spoken(*TIDES[:2], *BREAD[:2]),  # below half a minute
        spoken(*["Yes."] * 200),
    ],
    ids=["silence", "one word", "one subject", "short", "repetition"],
)
async def test_short_or_uniform_talks_have_none(extractive: ExtractiveEngine, transcript: Transcript) -> None:
    assert await extractive.find_chapters(transcript) == []


@pytest.mark.parametrize("seed", range(3))
async def test_unusual_transcripts(extractive: ExtractiveEngine, seed: int) -> None:
    transcript = random_transcript(seed, sentences=120)
    chapters = await extractive.find_chapters(transcript)
    assert all(chapter.title and len(chapter.title) <= 2 * MAX_CHARACTERS for chapter in chapters)
    assert len(chapters) <= 2.6 * (transcript.word_timestamps[-1].end / 60) ** 0.5


@pytest.mark.parametrize(
    ("clause", "subject"),
    [
        ("Let's talk about fees.", "Fees"),
        ("So now I'm going to talk a bit about the second law", "The second law"),
        ("Let me move on to the history of Rome", "The history of Rome"),
        ("We go on to discuss how it works", None),
        ("I want to talk about it", None),
        ("We talk", None),
    ],
)
def test_announced_subjects(clause: str, subject: str | None) -> None:
    assert announced_subject(clause) == subject
