"""Detects advertisements, introductions and farewells: passages that are not worth a moment.

In English talks a classifier estimates the log-odds of each sentence. In other languages, phrases give
evidence for single sentences. A two-state model joins sentences to passages in both cases, since most
sentences of an advertisement are unremarkable by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.promotion_classifier import is_applicable, load_weights, log_odds
from app.ai.moments.extractive.promotion_cues import KINDS, PromotionKind, find_evidence, phrase_groups
from app.ai.moments.extractive.vocabulary import Floats

PLAIN_COST = 0.7
"""Evidence against a passage that each sentence gives by itself."""
SWITCH_COST = 1.2
"""Evidence that a passage must exceed, at its start and again at its end."""
MAX_EVIDENCE = 5.0
END_SECONDS = 30.0
"""A passage this near to the start or the end of the talk extends to it."""
CONTEXT_SENTENCES, NEIGHBOUR_SENTENCES = 40, 10
LIKENESS_WEIGHT, MAX_LIKENESS = 4.0, 1.2
CONTRAST_MARGIN = 0.05
"""A neighbour must resemble a passage more than the median sentence of its context by this much."""
EDGE_EVIDENCE, EDGE_SECONDS = 0.6, 20.0
"""Evidence of the first and the last sentence without any phrase: most talks greet and thank."""
INTRO_SECONDS, FAREWELL_SECONDS = 240.0, 120.0
MIN_POSITION_WEIGHT = 0.3
ODDS_BONUS = 1.5
"""Added to the classifier's log-odds: a promotion among the moments costs more than a passage too few."""
TURN_COST = 1.0
"""Log-odds against a passage that starts or ends at a sentence."""
EXCLUDED_PROBABILITY = 0.3


@dataclass(frozen=True, slots=True)
class Promotion:
    """A passage of the sentences `first … last` (inclusive) of one of `KINDS`."""

    first: int
    last: int
    kind: PromotionKind


@dataclass(frozen=True, slots=True)
class PromotionEstimate:
    """Passages in order and without overlap, and the probability of each sentence, from 0 to 1."""

    passages: list[Promotion]
    probabilities: Floats


def find_promotions(features: SentenceFeatures, language: str | None = None) -> list[Promotion]:
    """Return the passages of a talk of at least one sentence, in order and without overlap."""
    return estimate_promotions(features, language).passages


def estimate_promotions(features: SentenceFeatures, language: str | None = None) -> PromotionEstimate:
    """Return the passages of a talk of at least one sentence, and how likely each sentence is in one."""
    evidence = promotion_evidence(features, language)
    weights = load_weights()
    if is_applicable(weights, features, language):
        return estimate_from_odds(features, evidence, log_odds(weights, features, evidence))
    return estimate_from_phrases(features, evidence)


def estimate_from_odds(features: SentenceFeatures, evidence: Floats, odds: Floats) -> PromotionEstimate:
    """Return the estimate for the log-odds of single sentences.

    Args:
        evidence: of the phrases, which decides the kind of a passage.
    """
    probabilities = _posterior(odds + ODDS_BONUS)
    passages = _passages(features, evidence, (probabilities > EXCLUDED_PROBABILITY).tolist())
    return PromotionEstimate(passages, probabilities)


def estimate_from_phrases(features: SentenceFeatures, evidence: Floats) -> PromotionEstimate:
    """Return the estimate for the evidence of phrases alone; all probabilities are 0 or 1."""
    strongest = evidence.max(axis=1)
    found = _passages(features, evidence, _viterbi(strongest))
    # With the passages known, their neighbours are compared with them: most start before their first phrase.
    extended = strongest + _likeness(features, found)
    passages = _passages(features, evidence, _viterbi(extended))
    probabilities = np.zeros(len(features.sentences))
    for passage in passages:
        probabilities[passage.first : passage.last + 1] = 1.0
    return PromotionEstimate(passages, probabilities)


def _passages(features: SentenceFeatures, evidence: Floats, inside: Sequence[bool]) -> list[Promotion]:
    """Return the runs of true, of which the first and the last extend to the near ends of the talk."""
    found = []
    for is_promotion, group in groupby(range(len(inside)), key=lambda number: inside[number]):
        numbers = list(group)
        if is_promotion:
            kind = KINDS[int(evidence[numbers].sum(axis=0).argmax())]
            found.append(Promotion(numbers[0], numbers[-1], kind))
    if found and features.starts[found[0].first] - features.starts[0] <= END_SECONDS:
        found[0] = replace(found[0], first=0)
    if found and features.ends[-1] - features.ends[found[-1].last] <= END_SECONDS:
        found[-1] = replace(found[-1], last=len(inside) - 1)
    return found


def _likeness(features: SentenceFeatures, passages: Sequence[Promotion]) -> Floats:
    """Return evidence for the sentences around passages that resemble them more than the talk around them."""
    count = len(features.sentences)
    evidence = np.zeros(count)
    is_plain = np.ones(count, dtype=bool)
    for passage in passages:
        is_plain[passage.first : passage.last + 1] = False
    weighted = features.vectors * np.sqrt(features.word_counts)[:, None]
    for passage in passages:
        low, high = max(0, passage.first - CONTEXT_SENTENCES), passage.last + 1 + CONTEXT_SENTENCES
        plain = low + np.flatnonzero(is_plain[low:high])
        context = weighted[plain].sum(axis=0)
        core = weighted[passage.first : passage.last + 1].sum(axis=0)
        lengths = np.linalg.norm(core), np.linalg.norm(context)
        if min(lengths) < 1e-6:  # noqa: PLR2004 - no words around it
            continue
        contrast = features.vectors @ (core / lengths[0]) - features.vectors @ (context / lengths[1])
        near = np.zeros(count, dtype=bool)
        near[max(0, passage.first - NEIGHBOUR_SENTENCES) : passage.last + 1 + NEIGHBOUR_SENTENCES] = True
        gain = LIKENESS_WEIGHT * (contrast - np.median(contrast[plain]) - CONTRAST_MARGIN)
        gain = np.clip(gain, -MAX_LIKENESS, MAX_LIKENESS)
        evidence = np.where(near & is_plain, np.maximum(evidence, gain), evidence)
    return evidence


def promotion_evidence(features: SentenceFeatures, language: str | None) -> Floats:
    """Return the evidence of each sentence for each of `KINDS`, shape (n, 3)."""
    groups = phrase_groups(language)
    rows = np.array([find_evidence(sentence.text, groups) for sentence in features.sentences])
    start, end = features.clip_starts[0], features.clip_ends[-1]
    length = max(1.0, float(end - start))
    rows[:, 1] *= np.maximum(
        MIN_POSITION_WEIGHT,
        np.exp(-np.maximum(0, features.starts - start - 30) / min(INTRO_SECONDS, length / 4)),
    )
    rows[:, 2] *= np.maximum(
        MIN_POSITION_WEIGHT,
        np.exp(-np.maximum(0, end - 30 - features.ends) / min(FAREWELL_SECONDS, length / 4)),
    )
    rows[:, 1] += EDGE_EVIDENCE * np.exp(-(features.starts - start) / EDGE_SECONDS)
    rows[:, 2] += EDGE_EVIDENCE * np.exp(-(end - features.ends) / EDGE_SECONDS)
    limited: Floats = np.minimum(rows, MAX_EVIDENCE)
    return limited


def _posterior(odds: Floats) -> Floats:
    """Return the probability that each sentence is in a passage, by the two-state model."""
    before, after = _arriving(odds), _arriving(odds[::-1])[::-1]
    total = np.clip(before + odds + after, -50, 50)
    probabilities: Floats = 1 / (1 + np.exp(-total))
    return probabilities


def _arriving(odds: Floats) -> Floats:
    """Return the log-odds of being in a passage that the sentences before each one give it."""
    cost = float(np.exp(-TURN_COST))
    arriving = np.zeros(len(odds))
    for number, value in enumerate(odds[:-1]):
        ratio = float(np.exp(np.clip(arriving[number] + value, -50, 50)))
        arriving[number + 1] = np.log((ratio + cost) / (1 + ratio * cost))
    return arriving


def _viterbi(evidence: Floats) -> list[bool]:
    """Return whether each sentence is in a passage, for the best total of evidence minus costs."""
    outside, inside = 0.0, 0.0  # most talks start with an introduction
    steps: list[tuple[bool, bool]] = []
    for value in evidence - PLAIN_COST:
        enters, leaves = outside - SWITCH_COST > inside, inside - SWITCH_COST > outside
        steps.append((leaves, not enters))
        outside, inside = max(outside, inside - SWITCH_COST), max(inside, outside - SWITCH_COST) + value
    state = inside > outside
    states = []
    for leaves, stays in reversed(steps):
        states.append(state)
        state = stays if state else leaves
    return states[::-1]
