"""Topics of a talk: the sentences with which they begin, by the topic network.

A talk that changes its subject faster than any that the network was trained on is left to the change points.
"""

from collections.abc import Sequence

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.extractive.subject_changes import subject_changes
from app.ai.moments.extractive.topic_features import PENALTY_FACTORS, topic_features
from app.ai.moments.extractive.topic_network import load_weights, log_odds
from app.ai.moments.extractive.vocabulary import Floats
from app.ai.sentences import Sentence

QUICK_TOPIC_SECONDS = 52.0
"""Mean length of topics by the change points below which these are used: that of the training data is longer
in every talk."""
MIN_TOPIC_SECONDS = 40.0
PLAIN_PENALTY = PENALTY_FACTORS.index(1.0)
REACH_SECONDS = 10.0
"""Distance within which an estimate supports a topic start: people disagree on the exact sentence."""
SHARP_REACH_SECONDS, SHARPNESS = 4.0, 0.2
"""Reach and weight of the support that decides between neighbours."""
MIN_SUPPORT = 0.01
PROBABILITY_SCALE = 0.7
"""Chosen on the development talks: higher values find more topics, and split more of them wrongly."""
TOPICS_PER_CHANGE = 1.5
"""Most topics, as a multiple of the change points."""


def topic_starts(sentences: Sequence[Sentence], vectors: Matrix) -> list[int]:
    """Return the numbers of the sentences that start a new topic, without the first sentence.

    Args:
        vectors: sentence embeddings of length 1, shape (sentences, dimensions).
    """
    changes = subject_changes(sentences, vectors, PENALTY_FACTORS)
    plain = changes[PLAIN_PENALTY]
    if not plain:
        return []
    seconds = sentences[-1].end - sentences[0].start
    if seconds < QUICK_TOPIC_SECONDS * (len(plain) + 1):
        return plain
    features = topic_features(sentences, vectors, changes)
    starts = np.array([sentence.start for sentence in sentences])
    return choose_topic_starts(starts, log_odds(load_weights(), features, vectors), most=most_starts(plain))


def most_starts(changes: Sequence[int]) -> int:
    """Return how many topic starts a talk with these change points may have."""
    return int(TOPICS_PER_CHANGE * len(changes))


def choose_topic_starts(starts: Floats, odds: Matrix, *, most: int) -> list[int]:
    """Return up to `most` sentences, at least `MIN_TOPIC_SECONDS` apart, of the highest expected F1.

    The support of a sentence is the probability that a topic begins within `REACH_SECONDS`. Of the sentences
    in the order of their support, as many are chosen as maximise 2 Σ support / (their number + expected
    number of topics).

    Args:
        starts: of the sentences in seconds.
        odds: log-odds that a topic begins with each sentence.
    """
    probabilities = PROBABILITY_SCALE / (1 + np.exp(-odds.astype(np.float64)))
    probabilities[0] = 0.0
    rates = -np.log1p(-probabilities)
    is_free = np.arange(len(starts)) > 0
    chosen: list[int] = []
    expected, total, best, number = float(probabilities.sum()), 0.0, 0.0, 0
    while len(chosen) < most and is_free.any():
        support = -np.expm1(-_rate_nearby(starts, rates))
        preference = support - SHARPNESS * np.expm1(-_sharp_rate_nearby(starts, rates))
        index = int(np.argmax(np.where(is_free, preference, -1.0)))
        if support[index] < MIN_SUPPORT:
            break
        chosen.append(index)
        total += float(support[index])
        gain = 2 * total / (len(chosen) + expected)
        if gain > best:
            best, number = gain, len(chosen)
        is_near = np.abs(starts - starts[index]) < MIN_TOPIC_SECONDS
        is_free &= ~is_near
        rates[is_near] = 0.0  # a start that is too near must not support its other neighbours
    return sorted(chosen[:number])


def _rate_nearby(starts: Floats, rates: Floats) -> Floats:
    """Return the sum of the rates within `REACH_SECONDS` of each sentence."""
    sums = np.concatenate(([0.0], np.cumsum(rates)))
    low = np.searchsorted(starts, starts - REACH_SECONDS, side="left")
    high = np.searchsorted(starts, starts + REACH_SECONDS, side="right")
    nearby: Floats = np.maximum(sums[high] - sums[low], 0.0)
    return nearby


def _sharp_rate_nearby(starts: Floats, rates: Floats) -> Floats:
    """Return the sum of rate × (1 - distance / `SHARP_REACH_SECONDS`) around each sentence."""
    reach = SHARP_REACH_SECONDS
    sums = np.concatenate(([0.0], np.cumsum(rates)))
    moments = np.concatenate(([0.0], np.cumsum(rates * starts)))
    at = np.arange(len(starts))
    low = np.searchsorted(starts, starts - reach, side="left")
    high = np.searchsorted(starts, starts + reach, side="right")
    before = (sums[at] - sums[low]) * (1 - starts / reach) + (moments[at] - moments[low]) / reach
    after = (sums[high] - sums[at]) * (1 + starts / reach) - (moments[high] - moments[at]) / reach
    nearby: Floats = np.maximum(before + after, 0.0)
    return nearby
