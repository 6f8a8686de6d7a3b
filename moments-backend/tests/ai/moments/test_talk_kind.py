"""Kinds of talk, and the scores of their sentences."""

import numpy as np
import pytest

from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.promotions import Promotion
from app.ai.moments.extractive.sentence_scores import MEETING_WEIGHTS, TALK_WEIGHTS, score_sentences
from app.ai.moments.extractive.talk_kind import talk_shape
from app.ai.moments.extractive.word_lists import word_lists
from app.ai.moments.feature_weights import FeatureWeights
from app.ai.sentences import split_sentences
from evaluation.marked_talks import load_marked_talks
from tests.ai.moments.support.transcripts import spoken

MEETING = [
    "Okay.",
    "So the next item on the agenda is the budget.",
    "Yeah.",
    "I think the project manager sent it around before the meeting.",
    "Right.",
    "Did everyone read the minutes?",
    "No.",
    "Um, not yet.",
] * 6


def features_of(*sentences: str, seed: int = 1) -> SentenceFeatures:
    split = split_sentences(spoken(*sentences))
    vectors = np.random.default_rng(seed).normal(size=(len(split), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return SentenceFeatures(split, vectors.astype(np.float32))


def test_kinds_are_distinguished() -> None:
    assert talk_shape(features_of(*MEETING)).kind == "meeting"
    assert talk_shape(features_of(*["The tide comes in twice a day."] * 40)).kind == "monologue"
    talk = ["Why does it come in?", "The moon pulls the water up.", "The sun pulls as well."] * 15
    assert talk_shape(features_of(*talk)).kind == "interview"
    assert talk_shape(features_of("Okay.", "Yes.")).kind != "meeting"


def test_few_marked_talks_pass_for_meetings() -> None:
    """No development talk does; two of the 26 held-out talks do."""
    talks = load_marked_talks()
    meetings = []
    for talk in talks:
        sentences = split_sentences(talk.transcript)
        features = SentenceFeatures(sentences, np.zeros((len(sentences), 1), np.float32))
        if talk_shape(features).kind == "meeting":
            meetings.append(talk)
    assert all(talk.is_held_out for talk in meetings)
    assert len(meetings) <= 0.02 * len(talks)


@pytest.mark.parametrize(("kind", "names"), [("interview", TALK_WEIGHTS), ("meeting", MEETING_WEIGHTS)])
def test_scores_have_the_features_of_their_kind(kind: str, names: dict[str, float]) -> None:
    features = features_of(*MEETING)
    scores = score_sentences(features, "meeting" if kind == "meeting" else "interview", [])
    assert scores.names == list(names)
    assert scores.values.shape == (len(names), len(features.sentences))
    assert np.isfinite(scores.values).all()
    assert np.abs(scores.values).max() <= 3


def test_promotion_lowers_the_score_of_its_sentences() -> None:
    features = features_of(*["The tide comes in twice a day."] * 60)
    plain = score_sentences(features, "monologue", []).totals
    lowered = score_sentences(features, "monologue", [Promotion(30, 31, "advertisement")]).totals
    assert np.allclose((plain - lowered)[30:32], TALK_WEIGHTS["no_promotion"])
    assert 0 < (plain - lowered)[29] < TALK_WEIGHTS["no_promotion"]
    assert np.allclose((plain - lowered)[:10], 0)


def test_feature_weights_multiply_a_feature() -> None:
    features = features_of(*MEETING)
    plain = score_sentences(features, "interview", [])
    doubled = score_sentences(features, "interview", [], weights=FeatureWeights({"novelty": 2.0}))
    row = plain.values[plain.names.index("novelty")]
    assert np.allclose(doubled.totals - plain.totals, TALK_WEIGHTS["novelty"] * row)


def test_words_of_feeling_raise_their_surroundings() -> None:
    calm = ["The table is made of oak and it has four legs."] * 20
    features = features_of(
        *calm, "I was terrified and I cried, it was a horrible and wonderful night.", *calm
    )
    scores = score_sentences(features, "interview", [])
    emotion = scores.values[scores.names.index("emotion")]
    assert emotion[20] > 1
    assert emotion[18] > 0 > emotion[5]


def test_languages_without_lists_have_no_words() -> None:
    assert not word_lists("fi").emotion
    assert word_lists("de-AT") is word_lists("de")
    assert word_lists(None) is word_lists("und") is word_lists("en")
