"""Topics of a talk: the sentences with which they begin, by the topic network.

A talk that changes its subject faster than any that the network was trained on is left to the change points.
"""

from collections.abc import Sequence

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.extractive.subject_changes import subject_changes
from app.ai.moments.extractive.topic_features import PENALTY_FACTORS, topic_features
from app.ai.moments.extractive.topic_network import WEIGHTS, load_weights, log_odds
from app.ai.moments.extractive.vocabulary import Floats
from app.ai.sentences import Sentence

QUICK_TOPIC_SECONDS = 52.0
"""Mean length of topics by the change points below which these are used: that of the training data is longer
in every talk."""
MIN_TOPIC_SECONDS = 40.0
PLAIN_PENALTY = PENALTY_FACTORS.index(1.0)
REACH_SECONDS = 14.0
"""Distance at which an estimate no longer supports a topic start; people disagree on the exact sentence."""
MIN_PROBABILITY = 0.01
PROBABILITY_SCALE = 0.4


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
    if seconds < QUICK_TOPIC_SECONDS * (len(plain) + 1) or not WEIGHTS.exists():
        return plain
    features = topic_features(sentences, vectors, changes)
    starts = np.array([sentence.start for sentence in sentences])
    return choose_topic_starts(starts, log_odds(load_weights(), features, vectors), most=len(plain))


def choose_topic_starts(starts: Floats, odds: Matrix, *, most: int) -> list[int]:
    """Return up to `most` sentences, at least `MIN_TOPIC_SECONDS` apart, of the highest expected F1.

    The support of a sentence is the probability that a topic begins near it. Of the sentences in the order of
    their support, as many are chosen as maximise 2 Σ support / (their number + expected number of topics).

    Args:
        starts: of the sentences in seconds.
        odds: log-odds that a topic begins with each sentence.
    """
    scaled = PROBABILITY_SCALE / (1 + np.exp(-odds.astype(np.float64)))
    scaled[0] = 0.0
    support = _support(starts, scaled)
    support[0] = 0.0
    chosen: list[int] = []
    expected, total, best, number = float(scaled.sum()), 0.0, 0.0, 0
    while len(chosen) < most:
        index = int(np.argmax(support))
        if support[index] < MIN_PROBABILITY:
            break
        chosen.append(index)
        total += float(support[index])
        gain = 2 * total / (len(chosen) + expected)
        if gain > best:
            best, number = gain, len(chosen)
        support[np.abs(starts - starts[index]) < MIN_TOPIC_SECONDS] = 0.0
    return sorted(chosen[:number])


def _support(starts: Floats, probabilities: Floats) -> Floats:
    """Return the probability that a topic begins near each sentence; it counts less with the distance."""
    rates = -np.log1p(-np.minimum(probabilities, 0.999))
    sums = np.concatenate(([0.0], np.cumsum(rates)))
    moments = np.concatenate(([0.0], np.cumsum(rates * starts)))
    at = np.arange(len(starts))
    low = np.searchsorted(starts, starts - REACH_SECONDS, side="left")
    high = np.searchsorted(starts, starts + REACH_SECONDS, side="right")
    # A triangular window: the rate of each sentence times 1 - distance / REACH_SECONDS.
    before = (sums[at] - sums[low]) * (1 - starts / REACH_SECONDS) + (
        moments[at] - moments[low]
    ) / REACH_SECONDS
    after = (sums[high] - sums[at]) * (1 + starts / REACH_SECONDS) - (
        moments[high] - moments[at]
    ) / REACH_SECONDS
    support: Floats = -np.expm1(-np.maximum(before + after, 0.0))
    return support
