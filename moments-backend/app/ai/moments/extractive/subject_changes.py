"""Changes of subject by kernel change points, with a penalty derived from the autocorrelation."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.extractive.change_points import segmentations
from app.ai.moments.extractive.cues import is_dependent_clause
from app.ai.moments.extractive.vocabulary import Floats
from app.ai.sentences import Sentence

UNIT_WORDS = 20
"""Smallest unit: sentences are grouped until they have this many words, since "Yeah." has no topic."""
MAX_UNITS = 2000
"""Upper bound per transcript, which limits memory: units of longer transcripts have more words."""
MIN_UNITS = 2
"""Fewest units of a topic."""
AUTOCORRELATION_WEIGHT = 0.8
BASE_PENALTY, NEIGHBOUR_SLOPE = 2.0, 5.0
MIN_NOISE_PENALTY, MAX_NOISE_PENALTY = 1.0, 1.7
"""Constants of `penalty`, chosen on development transcripts of four kinds; see `docs/moments.md`."""
MIN_RESIDUAL_NORM = 0.6
"""Smallest divisor in `_centred`: if all units are nearly equal, their differences are not amplified."""
MAX_LAG = 0.25
"""Largest lag of the autocorrelation, as a share of the number of units."""
SIDE_UNITS = 15
"""Units before and after a change that determine its exact sentence."""
PAUSE_WEIGHT = 0.45
"""Bonus for a change in a pause, in units of similarity per second."""
MAX_PAUSE_SECONDS = 1.5
DEPENDENT_START_COST = 0.1
INSIDE_COST = 0.5
"""Cost of a change before a dependent sentence, and inside a sentence."""

Units = list[tuple[int, int]]
"""Ranges of sentence numbers as (first, end), without the end."""


def subject_changes(
    sentences: Sequence[Sentence], vectors: Matrix, factors: Sequence[float]
) -> list[list[int]]:
    """Return the numbers of the sentences with which the subject changes, for each multiple of the penalty.

    Args:
        vectors: sentence embeddings of length 1, shape (sentences, dimensions).
        factors: multiples of `penalty`; higher ones find fewer changes.
    """
    units = group_units(sentences)
    if len(units) < 2 * MIN_UNITS:
        return [[] for _ in factors]
    weights = np.sqrt([sentence.last_word - sentence.first_word + 1 for sentence in sentences])[:, None]
    rows = np.array(
        [(vectors[low:high] * weights[low:high]).sum(axis=0) for low, high in units], dtype=np.float64
    )
    rows = _centred(_normalized(rows))
    base = penalty(rows)
    mean = np.average(vectors, axis=0, weights=weights[:, 0])
    evidence = _normalized((vectors - mean).astype(np.float64)) * weights
    return [
        _align_to_sentences(sentences, evidence, units, [0, *ends])
        for ends in segmentations(rows, penalties=[base * factor for factor in factors], min_size=MIN_UNITS)
    ]


def group_units(sentences: Sequence[Sentence]) -> Units:
    """Group consecutive sentences into units of at least `UNIT_WORDS` words; only the last may be shorter."""
    words = sentences[-1].last_word + 1 if sentences else 0
    size = max(UNIT_WORDS, words // MAX_UNITS)
    units: Units = []
    first = 0
    for number, sentence in enumerate(sentences):
        is_last = number + 1 == len(sentences)
        if sentence.last_word - sentences[first].first_word + 1 >= size or is_last:
            units.append((first, number + 1))
            first = number + 1
    return units


def penalty(rows: Floats) -> float:
    """Return the reduction in scatter that one more change point must exceed.

    With ρ(k) the mean inner product of rows k apart, the penalty is

        AUTOCORRELATION_WEIGHT · Σₖ max(0, ρ(k))
        + clip(BASE_PENALTY - NEIGHBOUR_SLOPE · ρ(1), MIN_NOISE_PENALTY, MAX_NOISE_PENALTY)

    where the sum ends at the second ρ(k) ≤ 0 or at `MAX_LAG`. The first term grows with the time for which
    a transcript stays on a topic: autocorrelated noise varies more than independent noise, by the sum of its
    autocorrelation. Quickly changing topics are split finely, long ones rarely. The second term is what
    independent rows of length 1 explain, raised where even neighbours hardly resemble each other.

    The penalty does not grow with the transcript: an hour of short topics has more of them than ten minutes.

    Args:
        rows: centred units, shape (units, dimensions), at least 2.
    """
    similarity = rows @ rows.T
    neighbours = float(np.diagonal(similarity, 1).mean())
    total = 0.0
    negatives = 0
    for lag in range(1, max(3, int(len(rows) * MAX_LAG) + 1)):
        correlation = float(np.diagonal(similarity, lag).mean())
        total += max(0.0, correlation)
        negatives += correlation <= 0
        if negatives == 2:  # noqa: PLR2004 - one may be chance; after the second there is only noise
            break
    noise = min(MAX_NOISE_PENALTY, max(MIN_NOISE_PENALTY, BASE_PENALTY - NEIGHBOUR_SLOPE * neighbours))
    return AUTOCORRELATION_WEIGHT * total + noise


def _align_to_sentences(
    sentences: Sequence[Sentence], evidence: Floats, units: Units, ends: list[int]
) -> list[int]:
    """Move each change between units to the nearby sentence that separates its two sides best."""
    starts: list[int] = []
    for (before, change), (_, after) in pairwise(pairwise(ends)):
        left = units[max(before, change - SIDE_UNITS)][0]
        right = units[min(after, change + SIDE_UNITS) - 1][1]
        low = units[max(before, change - 1)][0]
        high = units[min(after, change + 1) - 1][1]
        at = units[change][0]
        # Where possible, the sentences to be assigned do not count towards either side.
        old = evidence[left : low if low > left else at].sum(axis=0)
        new = evidence[high if right > high else at : right].sum(axis=0)
        affinity = evidence[low:high] @ (_normalized(old[None])[0] - _normalized(new[None])[0])
        gains = np.concatenate(([0.0], np.cumsum(affinity)))
        options = range(max(low, starts[-1] + 1 if starts else 1, 1), min(high, len(sentences) - 1) + 1)
        starts.append(
            max(options, key=lambda n: (gains[n - low] + _start_fitness(sentences, n), -abs(n - at)))
        )
    return starts


def _start_fitness(sentences: Sequence[Sentence], number: int) -> float:
    """Return how well a topic can start with this sentence, regardless of its content."""
    sentence, previous = sentences[number], sentences[number - 1]
    fitness = PAUSE_WEIGHT * min(MAX_PAUSE_SECONDS, max(0.0, sentence.start - previous.end))
    fitness -= DEPENDENT_START_COST if is_dependent_clause(sentence.text) else 0.0
    return fitness - (0.0 if previous.ends_sentence else INSIDE_COST)


def _centred(rows: Floats) -> Floats:
    """Subtract the mean row and scale the residuals to length 1, or less if below `MIN_RESIDUAL_NORM`."""
    residuals = rows - rows.mean(axis=0)
    norms = np.linalg.norm(residuals, axis=1, keepdims=True)
    centred: Floats = residuals / np.maximum(norms, MIN_RESIDUAL_NORM)
    return centred


def _normalized(rows: Floats) -> Floats:
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit
