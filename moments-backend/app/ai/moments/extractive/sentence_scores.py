"""Score of every sentence of a talk: features that predicted what editors clip, with round weights.

Most features are standardised within the talk, so that a score is relative to the rest of the talk. "Nearby"
means pooled over `NEARBY` sentences on both sides. See `docs/moments.md` for the evidence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.ai.moments.extractive.features import SHORT_SENTENCE_WORDS, SentenceFeatures
from app.ai.moments.extractive.promotions import Promotion
from app.ai.moments.extractive.talk_kind import TalkKind, is_question
from app.ai.moments.extractive.vocabulary import Floats
from app.ai.moments.extractive.word_lists import tokens, word_lists
from app.ai.moments.feature_weights import FeatureWeights

NEARBY = 5
MAX_DEVIATIONS = 3.0
SHORT_MEMORY_WORDS, LONG_MEMORY_WORDS = 300, 1500
"""Preceding words that a sentence is compared with; what resembles them is not new."""
EDGE_SECONDS = 120.0
"""Time constant of the cost of the first and last minutes; at most a third of the talk."""
NEAR_PROMOTION_SECONDS = 20.0
"""Sentences before an advertisement often lead to it without a phrase that gives it away."""
PROBABILITY_FACTOR = 3.0
"""A sentence costs as much as an advertisement if it is one with a probability of a third."""

TALK_WEIGHTS: dict[str, float] = {
    "sentence_length": 0.3,
    "novelty": 0.6,
    "emotion": 0.3,
    "addresses_listener": 0.3,
    "negation": 0.2,
    "numbers": 0.15,
    "plain_words": 0.3,
    "about_others": 0.2,
    "place": 0.8,
    "opening_minutes": 1.5,
    "closing_minutes": 1.5,
    "no_promotion": 3.0,
}
MEETING_WEIGHTS: dict[str, float] = {
    "turn_length": 0.5,
    "sentence_length": 0.3,
    "density": 0.4,
    "opening_minutes": 0.5,
    "closing_minutes": 0.5,
    "no_promotion": 3.0,
}
"""Weight of each feature. All are oriented so that a higher value counts in favour of a sentence."""


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """Scores of n sentences.

    Attributes:
        kind: decides which features count.
        names: features in the order of the rows of `values`.
        values: shape (features, n); standard deviations above the talk's mean, or costs from -1 to 0.
        totals: weighted sums.
    """

    kind: TalkKind
    names: Sequence[str]
    values: Floats
    totals: Floats


def score_sentences(
    features: SentenceFeatures,
    kind: TalkKind,
    promotions: Sequence[Promotion],
    *,
    probabilities: Floats | None = None,
    language: str | None = None,
    weights: FeatureWeights | None = None,
) -> SentenceScores:
    """Score at least one sentence.

    Args:
        promotions: advertisements, introductions and farewells.
        probabilities: that each sentence is part of one, also outside of `promotions`; None: unknown.
        weights: multipliers of the documented weights.
    """
    factors = dict(MEETING_WEIGHTS if kind == "meeting" else TALK_WEIGHTS)
    columns: Mapping[str, Callable[[], Floats]] = {
        "sentence_length": lambda: standardised(np.log(features.word_counts), features),
        "turn_length": lambda: standardised(np.log(_turn_words(features)), features),
        "novelty": lambda: (
            -(_familiarity(features, SHORT_MEMORY_WORDS) + _familiarity(features, LONG_MEMORY_WORDS)) / 2
        ),
        "density": lambda: _density(features),
        "plain_words": lambda: -_density(features),
        "place": lambda: -_place(features),
        "opening_minutes": lambda: -np.exp(-(features.starts - features.starts[0]) / _edge_seconds(features)),
        "closing_minutes": lambda: -np.exp(-(features.ends[-1] - features.ends) / _edge_seconds(features)),
        "no_promotion": lambda: -_promotion_costs(features, promotions, probabilities),
        **_word_columns(features, language),
    }
    multiplier = weights or FeatureWeights.neutral()
    values = np.array([columns[name]() for name in factors])
    totals = np.array([factor * multiplier.of(name) for name, factor in factors.items()]) @ values
    return SentenceScores(kind, list(factors), values, totals)


def standardised(column: Floats, features: SentenceFeatures) -> Floats:
    """Return deviations from the mean, in standard deviations up to ±3; longer sentences count more."""
    words = features.word_counts
    mean = float(np.average(column, weights=words))
    deviation = float(np.sqrt(np.average((column - mean) ** 2, weights=words)))
    if deviation < 1e-9:  # noqa: PLR2004 - constant but for rounding
        return np.zeros(len(column))
    return np.clip((column - mean) / deviation, -MAX_DEVIATIONS, MAX_DEVIATIONS)


def _word_columns(features: SentenceFeatures, language: str | None) -> dict[str, Callable[[], Floats]]:
    lists = word_lists(language)
    spoken = [tokens(sentence.text) for sentence in features.sentences]

    def nearby(words: frozenset[str]) -> Floats:
        return standardised(_nearby(_count(spoken, words), features.word_counts), features)

    def numbers() -> Floats:
        counts = _count(spoken, lists.numbers) + [sum(t[0].isdigit() for t in row) for row in spoken]
        return standardised(_nearby(counts, features.word_counts), features)

    return {
        "emotion": lambda: nearby(lists.emotion),
        "addresses_listener": lambda: nearby(lists.you),
        "negation": lambda: nearby(lists.negation),
        "numbers": numbers,
        "about_others": lambda: -standardised(_count(spoken, lists.i) / features.word_counts, features),
    }


def _count(spoken: Sequence[Sequence[str]], words: frozenset[str]) -> Floats:
    return np.array([float(sum(token in words for token in row)) for row in spoken])


def _nearby(counts: Floats, words: Floats) -> Floats:
    """Return the counts per word, pooled over the neighbours of each sentence."""
    return _pooled(counts) / _pooled(words)


def _pooled(column: Floats) -> Floats:
    sums = np.concatenate(([0.0], np.cumsum(column)))
    numbers = np.arange(len(column))
    pooled: Floats = (
        sums[np.minimum(numbers + NEARBY + 1, len(column))] - sums[np.maximum(numbers - NEARBY, 0)]
    )
    return pooled


def _density(features: SentenceFeatures) -> Floats:
    return standardised(_nearby(features.content_weights, features.word_counts), features)


def _familiarity(features: SentenceFeatures, memory: int) -> Floats:
    """Return the similarity of each sentence to the `memory` words before it, standardised."""
    words, sums = features.word_sums, features.vector_sums
    numbers = np.arange(len(features.sentences))
    lows = np.searchsorted(words, words[numbers] - memory, side="left")
    before = sums[numbers] - sums[np.minimum(lows, numbers)]
    norms = np.linalg.norm(before, axis=1)
    known = norms > 1e-6  # noqa: PLR2004 - the first sentence has none before it
    similarity = np.einsum("ij,ij->i", before, features.vectors) / np.maximum(norms, 1e-6)
    if not known.any():
        return np.zeros(len(numbers))
    similarity[~known] = np.average(similarity[known], weights=features.word_counts[known])
    return standardised(similarity.astype(np.float64), features)


def _turn_words(features: SentenceFeatures) -> Floats:
    """Return the words of the turn that each sentence belongs to.

    A turn ends after a question and around a short reply.
    """
    counts = features.word_counts
    short = counts <= SHORT_SENTENCE_WORDS
    asks = np.array([is_question(sentence.text) for sentence in features.sentences])
    ends = [0, *(np.flatnonzero(short[1:] | short[:-1] | asks[:-1]) + 1).tolist()]
    turns = np.empty(len(counts))
    for low, high in pairwise([*ends, len(counts)]):
        turns[low:high] = counts[low:high].sum()
    return turns


def _place(features: SentenceFeatures) -> Floats:
    span = max(1e-3, float(features.ends[-1] - features.starts[0]))
    place: Floats = (features.starts - features.starts[0]) / span
    return place


def _edge_seconds(features: SentenceFeatures) -> float:
    return max(1.0, min(EDGE_SECONDS, float(features.ends[-1] - features.starts[0]) / 3))


def _promotion_costs(
    features: SentenceFeatures, promotions: Sequence[Promotion], probabilities: Floats | None
) -> Floats:
    """Return 1 inside passages, less for a while before and after them and where they are possible."""
    costs = np.zeros(len(features.sentences))
    if probabilities is not None:
        costs = np.minimum(1.0, PROBABILITY_FACTOR * probabilities)
    for promotion in promotions:
        before = (features.starts[promotion.first] - features.ends) / NEAR_PROMOTION_SECONDS
        after = (features.starts - features.ends[promotion.last]) / NEAR_PROMOTION_SECONDS
        costs = np.maximum(costs, np.clip(1 - np.maximum(before, after), 0, 1) * 0.5)
        costs[promotion.first : promotion.last + 1] = 1.0
    return costs
