"""The classifier of promotions: its weights, where it applies, and what its probabilities change."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.ai.moments.extractive.engine import ExtractiveEngine
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.promotion_classifier import (
    WEIGHTS,
    is_applicable,
    load_weights,
    log_odds,
    save_weights,
)
from app.ai.moments.extractive.promotion_features import promotion_features, window_sums
from app.ai.moments.extractive.promotions import (
    estimate_from_odds,
    estimate_from_phrases,
    estimate_promotions,
    promotion_evidence,
)
from app.ai.moments.extractive.sentence_scores import score_sentences
from app.ai.sentences import split_sentences
from app.models.generation_options import GenerationOptions
from app.models.transcript import Transcript
from tests.ai.moments.support.transcripts import spoken

MAX_BYTES = 200_000
SENTENCES = [f"Stone number {number} was carried up the hill by hand." for number in range(20)]


def features_of(*sentences: str, dimensions: int = 384) -> SentenceFeatures:
    """Return features with vectors of length 1 that are the same in every run."""
    split = split_sentences(spoken(*sentences))
    vectors = np.random.default_rng(0).normal(size=(len(split), dimensions)).astype(np.float32)
    return SentenceFeatures(split, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def test_weights_are_small_and_have_a_record() -> None:
    weights = load_weights()
    columns = promotion_features(features_of(*SENTENCES), np.zeros((20, 3)))
    assert len(weights["mean"]) == len(weights["deviation"]) == columns.shape[1]
    assert WEIGHTS.stat().st_size <= MAX_BYTES
    assert WEIGHTS.with_name("NOTICE").is_file()
    record = json.loads(WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))
    learned, phrases = record["leave_one_author_out"], record["phrases"]
    assert learned["promotional_share"] < phrases["promotional_share"] / 3
    assert record["ordinary_words_excluded"]["classifier"] <= 0.05


def test_saved_weights_are_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    save_weights(first, load_weights())
    save_weights(second, load_weights(first))
    assert first.read_bytes() == second.read_bytes() == WEIGHTS.read_bytes()


@pytest.mark.parametrize(
    ("language", "dimensions", "applies"),
    [
        ("en", 384, True),
        ("en-GB", 384, True),
        (None, 384, True),
        ("de", 384, False),
        ("fi", 384, False),
        ("en", 4, False),
    ],
)
def test_applies_to_english_with_known_vectors(language: str | None, dimensions: int, applies: bool) -> None:
    features = features_of(*SENTENCES, dimensions=dimensions)
    assert is_applicable(load_weights(), features, language) is applies
    estimate = estimate_promotions(features, language)
    phrases = estimate_from_phrases(features, promotion_evidence(features, language))
    assert (set(estimate.probabilities.tolist()) == set(phrases.probabilities.tolist())) is not applies


def test_german_talks_use_phrases_alone() -> None:
    features = features_of("Hallo und herzlich willkommen.", *SENTENCES, "Danke fürs Zuhören. Tschüss.")
    phrases = estimate_from_phrases(features, promotion_evidence(features, "de"))
    estimate = estimate_promotions(features, "de")
    assert estimate.passages == phrases.passages != []
    assert np.array_equal(estimate.probabilities, phrases.probabilities)


@pytest.mark.parametrize("sentences", [["Hm."], ["Yes.", "No."], ["Come and buy it, all of you!"] * 3])
def test_short_talks_have_finite_odds(sentences: list[str]) -> None:
    features = features_of(*sentences)
    odds = log_odds(load_weights(), features, promotion_evidence(features, "en"))
    assert odds.shape == (len(features.sentences),)
    assert np.isfinite(odds).all()


def test_odds_of_neighbours_join_to_passages() -> None:
    """One doubtful sentence between certain ones belongs to them; one among plain ones does not."""
    features = features_of(*SENTENCES)
    odds = np.full(20, -8.0)
    odds[8:13] = 5.0
    odds[10] = odds[2] = odds[17] = -3.0
    found = estimate_from_odds(features, np.zeros((20, 3)), odds)
    assert [(passage.first, passage.last) for passage in found.passages] == [(8, 12)]
    assert found.probabilities[10] > 0.5 > found.probabilities[2]


def test_extreme_odds_have_finite_probabilities() -> None:
    features = features_of(*SENTENCES)
    for value in (-1e6, 1e6):
        probabilities = estimate_from_odds(features, np.zeros((20, 3)), np.full(20, value)).probabilities
        assert np.isfinite(probabilities).all()
        assert (probabilities > 0.5).all() == (value > 0)


def test_probabilities_lower_scores_smoothly() -> None:
    features = features_of(*SENTENCES)
    totals = []
    for probability in (0.0, 0.05, 0.1, 0.2):
        probabilities = np.where(np.arange(20) == 9, probability, 0.0)
        totals.append(score_sentences(features, "monologue", [], probabilities=probabilities).totals)
    assert [total[9] for total in totals] == sorted((total[9] for total in totals), reverse=True)
    assert len({total[9] for total in totals}) == len(totals)
    assert np.array_equal(np.delete(totals[0], 9), np.delete(totals[-1], 9))


def test_windows_end_at_the_ends_of_the_talk() -> None:
    rows = np.arange(5, dtype=np.float32)[:, None]
    assert window_sums(rows, 1)[:, 0].tolist() == [1, 3, 6, 9, 7]
    assert window_sums(rows, 9)[:, 0].tolist() == [10] * 5


async def test_no_words_yield_no_moments(extractive: ExtractiveEngine) -> None:
    empty = Transcript(text="", language="en", word_timestamps=[], segment_timestamps=[])
    assert (await extractive.find(empty, GenerationOptions())).moments == []
