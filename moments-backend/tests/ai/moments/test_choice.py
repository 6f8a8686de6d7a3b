"""Choice of moments: lengths, openings and endings, ranking and weights."""

from itertools import pairwise

import numpy as np
import pytest

from app.ai.moments.extractive.candidates import IDEAL_SECONDS, find_candidates, length_preference
from app.ai.moments.extractive.choice import score_of
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.sentence_scores import score_sentences
from app.ai.moments.feature_weights import FeatureWeights
from app.ai.sentences import split_sentences
from app.models.generation_options import GenerationOptions
from evaluation.marked_talks import load_marked_talks
from tests.ai.moments.support.transcripts import spoken, transcript_of

TALK = load_marked_talks()[0].transcript
DEFAULTS = GenerationOptions()


def features_of(*sentences: str) -> SentenceFeatures:
    split = split_sentences(spoken(*sentences))
    return SentenceFeatures(split, np.zeros((len(split), 4), dtype=np.float32))


@pytest.mark.parametrize(
    ("limits", "best"), [((15, 90), IDEAL_SECONDS), ((60, 120), 60), ((5, 10), 10), ((30, 30), 30)]
)
def test_preferred_length_is_allowed(limits: tuple[float, float], best: float) -> None:
    options = GenerationOptions(min_moment_length=limits[0], max_moment_length=limits[1])
    lengths = np.linspace(*limits, 301)
    preferences = length_preference(lengths, options)
    assert abs(lengths[preferences.argmax()] - best) <= 0.3
    assert preferences.max() > 0.99
    assert preferences.min() > 0


def test_scores_are_relative_to_an_average_passage() -> None:
    assert score_of(1.0) == 5.0
    scores = [score_of(value) for value in (0.0, 0.3, 0.7, 1.0, 1.5, 3.0, 1000.0)]
    assert scores == sorted(scores)
    assert scores[0] > 0
    assert scores[-1] == 10.0


def test_self_contained_sentences_open_moments() -> None:
    features = features_of(
        *["The tide rises slowly in the bay of the old town.", "And then it falls again in the night."] * 12
    )
    scores = score_sentences(features, "monologue", [])
    found = find_candidates(features, scores, [(0, 23)], DEFAULTS, lambda: None)
    opening = found.parts[:, 1]
    assert opening[found.firsts % 2 == 0].min() > opening[found.firsts % 2 == 1].max()


def test_questions_do_not_end_moments() -> None:
    features = features_of(*["The tide rises slowly in the bay.", "Why does it fall again?"] * 12)
    scores = score_sentences(features, "monologue", [])
    found = find_candidates(features, scores, [(0, 23)], DEFAULTS, lambda: None)
    ending = found.parts[:, 2]
    assert ending[found.lasts % 2 == 0].min() > ending[found.lasts % 2 == 1].max()


async def test_ranking_returns_the_best_first(extractive: ExtractiveEngine) -> None:
    ranked = await extractive.rank(TALK, GenerationOptions(max_moments=1), 5)
    assert 2 <= len(ranked) <= 5
    assert [moment.score for moment in ranked] == sorted((m.score for m in ranked), reverse=True)
    in_order = sorted(ranked, key=lambda moment: moment.start_time)
    for earlier, later in pairwise(in_order):
        assert earlier.end_time <= later.start_time
    assert await extractive.rank(transcript_of([]), DEFAULTS, 5) == []


async def test_moments_explain_themselves(extractive: ExtractiveEngine) -> None:
    for moment in (await extractive.find(TALK, DEFAULTS)).moments:
        assert moment.scores
        assert {"novelty", "emotion", "numbers", "length", "answers_question"} <= set(moment.scores)
        assert all(-3 <= value <= 3 for value in moment.scores.values())
        assert moment.reason
        assert moment.reason[0].isupper()
        assert moment.reason.endswith(".")
        assert not any(character in moment.reason for character in "%_")


async def test_feature_weights_change_the_scores(extractive: ExtractiveEngine) -> None:
    plain = await extractive.find(TALK, DEFAULTS)
    assert await extractive.find(TALK, DEFAULTS, FeatureWeights.neutral()) == plain
    weights = FeatureWeights({"novelty": 2.0, "answers_question": 2.0, "place": 0.5})
    weighted = await extractive.find(TALK, DEFAULTS, weights)
    assert [moment.score for moment in weighted.moments] != [moment.score for moment in plain.moments]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Ja."] * 200,
        ["La marea sube despacio en la bahía y nadie se sorprende."] * 60,
        ["潮は一日に二回満ちて、誰も驚かない。"] * 200,
        ["the tide comes in and nobody is surprised"] * 60,
    ],
    ids=["replies", "spanish", "japanese", "unpunctuated"],
)
async def test_unusual_talk_has_valid_moments(extractive: ExtractiveEngine, sentences: list[str]) -> None:
    talk = spoken(*sentences, pause=0.8).model_copy(update={"language": "xx"})
    found = await extractive.find(talk, DEFAULTS)
    assert found.moments
    ends = {round(time, 3) for item in split_sentences(talk) for time in (item.start, item.end)}
    for moment in found.moments:
        assert 15 <= moment.end_time - moment.start_time <= 90
        assert min(abs(moment.start_time - time) for time in ends) <= 0.51
        assert 0 < moment.score <= 10
