"""Titles of moments and chapters, and the candidates they are chosen from."""

import numpy as np
import pytest

from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.title_candidates import MAX_CHARACTERS, as_title, is_english, title_candidates
from app.ai.moments.extractive.titles import choose_chapter_title, choose_title
from app.ai.sentences import split_sentences
from app.models.transcript import Transcript
from evaluation.dataset import timed_words


def features(text: str) -> SentenceFeatures:
    transcript = Transcript(
        text=text, language="en", word_timestamps=timed_words(text), segment_timestamps=[]
    )
    sentences = split_sentences(transcript)
    return SentenceFeatures(sentences, np.ones((len(sentences), 2), np.float32))


def chapter_title(text: str) -> str:
    return choose_chapter_title(features(text), 0, len(features(text).sentences) - 1)


def moment_title(text: str) -> str:
    return choose_title(features(text), 0, len(features(text).sentences) - 1)


def candidates(text: str) -> list[str]:
    return [candidate.text for candidate in title_candidates(text, with_phrases=True)]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Let's talk about beekeeping. It is a quiet craft. You need a hive.", "Beekeeping"),
        ("So a sourdough starter is alive. You feed the starter daily. It grows.", "Sourdough starter"),
        ("Anna van Dyk: Repairs of the harbour, you see. Storms hit it.", "Repairs of the harbour"),
    ],
)
def test_chapters_are_named_by_phrases(text: str, title: str) -> None:
    assert chapter_title(text) == title


def test_moments_are_named_by_sentences() -> None:
    text = "And so, sleep repairs what the day has broken. It takes hours. Nothing replaces it."
    assert moment_title(text) == "Sleep repairs what the day has broken"


def test_long_sentence_is_trimmed_at_a_clause() -> None:
    text = (
        "The bridge was closed for eleven months, which nobody in the town had expected after the long and "
        "careful planning of the years before the storm. Shops on both sides of the bridge lost customers."
    )
    assert moment_title(text) == "The bridge was closed for eleven months"


@pytest.mark.parametrize(
    "text",
    [
        "Week later.",
        "Because of the rain in spring.",
        "It was the harbour of the town.",
        "Of the old harbour and",
    ],
)
def test_fragments_are_rejected_as_sentences(text: str) -> None:
    assert not list(title_candidates(text, with_phrases=False))


@pytest.mark.parametrize("text", ["The (old harbour is quiet tonight", "The “old harbour is quiet tonight"])
def test_unbalanced_brackets_and_quotes_are_rejected(text: str) -> None:
    assert text not in candidates(text)


def test_phrases_join_nouns_by_of_and_articles() -> None:
    assert "History of the printing press" in candidates("This is a history of the printing press.")


def test_phrases_do_not_cross_punctuation() -> None:
    assert "Harbour" in candidates("We saw the harbour, walls and boats.")


def test_unspecific_nouns_are_rejected() -> None:
    assert "Question" not in candidates("That is a question.")


def test_sign_offs_are_rejected() -> None:
    assert candidates("Thank you for listening to the harbour show.") == []


def test_german_titles_are_whole_clauses() -> None:
    text = "Der alte Hafen wird seit Jahren saniert. Die Arbeiten kosten viel Geld. Es regnet oft."
    assert not is_english(text.split(". "))
    assert chapter_title(text) == "Der alte Hafen wird seit Jahren saniert"


@pytest.mark.parametrize("text", ["Yes.", "…", "Ja ja ja.", "word " * 300, "1 2 3."])
def test_every_text_has_a_title(text: str) -> None:
    for title in (chapter_title(text), moment_title(text)):
        assert 0 < len(title) <= MAX_CHARACTERS + 2


def test_long_punctuation_takes_linear_time() -> None:
    # Backtracking from each comma would take minutes.
    assert not list(title_candidates("," * 100_000 + "x", with_phrases=True))


def test_titles_are_capitalised_without_markers() -> None:
    assert as_title("and so, well, the tide turns.") == "The tide turns"
