"""Detects advertisements, introductions and farewells: passages that are not worth a moment.

Phrases give evidence for single sentences; a two-state model joins them to passages, since most sentences of
an advertisement contain no such phrase.
"""

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.promotion_cues import KINDS, PromotionKind, find_evidence, phrase_groups
from app.ai.moments.extractive.vocabulary import Floats

PLAIN_COST = 0.8
"""Evidence against a passage that each sentence gives by itself."""
SWITCH_COST = 1.6
"""Evidence that a passage must exceed, at its start and again at its end."""
MAX_EVIDENCE = 4.0
INTRO_SECONDS, FAREWELL_SECONDS = 120.0, 90.0
MIN_POSITION_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Promotion:
    """A passage of the sentences `first … last` (inclusive) of one of `KINDS`."""

    first: int
    last: int
    kind: PromotionKind


def find_promotions(features: SentenceFeatures, language: str | None = None) -> list[Promotion]:
    evidence = promotion_evidence(features, language)
    inside = _viterbi(evidence.max(axis=1))
    found = []
    for is_promotion, group in groupby(range(len(inside)), key=lambda number: inside[number]):
        numbers = list(group)
        if is_promotion:
            kind = KINDS[int(evidence[numbers].sum(axis=0).argmax())]
            found.append(Promotion(numbers[0], numbers[-1], kind))
    return found


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
    return np.minimum(rows, MAX_EVIDENCE)


def _viterbi(evidence: Floats) -> list[bool]:
    """Return whether each sentence is in a passage, for the best total of evidence minus costs."""
    outside, inside = 0.0, -SWITCH_COST
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
