"""Where the subject changes: kernel change points, as many as the talk's own memory speaks for."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from app.ai.embeddings.sentence_encoder import Matrix
from app.ai.moments.extractive.change_points import segment_ends
from app.ai.moments.extractive.cues import is_dependent_clause
from app.ai.moments.extractive.vocabulary import Floats
from app.ai.sentences import Sentence

UNIT_WORDS = 20
"""Lines are put together until they have so many words: "Yeah." alone says nothing on the subject."""
MAX_UNITS = 2000
"""Of a talk, so that very long ones take no more memory: above it the units grow."""
MIN_UNITS = 2
"""Of a topic."""
AUTOCORRELATION_WEIGHT = 0.8
FAINT, FAINT_SLOPE = 2.0, 5.0
FLOOR, CEILING = 1.0, 1.7
"""Chosen on development talks of four kinds; see `docs/moments.md`."""
MIN_OWN_SHARE = 0.6
"""What a unit has of its own, where all say nearly the same, is not blown up to length 1."""
MAX_LAG = 0.25
"""Of the talk: how far apart units are compared."""
SIDE_UNITS = 15
"""Before and after a change, by which its exact line is found."""
PAUSE_WEIGHT = 0.45
"""For a change of subject in a pause of a second, in units of similarity."""
MAX_PAUSE_SECONDS = 1.5
DEPENDENT_START_COST = 0.1
INSIDE_COST = 0.5
"""For a change at a line that leans on the one before it, or goes on with its sentence."""

Units = list[tuple[int, int]]


def topic_starts(lines: Sequence[Sentence], vectors: Matrix) -> list[int]:
    """The numbers of the lines with which a new subject begins; the first line is not among them.

    Args:
        vectors: one row of length 1 for each line.
    """
    units = units_of(lines)
    if len(units) < 2 * MIN_UNITS:
        return []
    weights = np.sqrt([line.last_word - line.first_word + 1 for line in lines])[:, None]
    rows = np.array(
        [(vectors[low:high] * weights[low:high]).sum(axis=0) for low, high in units], dtype=np.float64
    )
    rows = _centred(_of_length_one(rows))
    ends = segment_ends(rows, penalty=penalty(rows), min_size=MIN_UNITS)
    middle = np.average(vectors, axis=0, weights=weights[:, 0])
    evidence = _of_length_one((vectors - middle).astype(np.float64)) * weights
    return _at_lines(lines, evidence, units, [0, *ends])


def units_of(lines: Sequence[Sentence]) -> Units:
    """Runs of lines as pairs (first, end), the end not included."""
    words = lines[-1].last_word + 1 if lines else 0
    size = max(UNIT_WORDS, words // MAX_UNITS)
    units: Units = []
    first = 0
    for number, line in enumerate(lines):
        if line.last_word - lines[first].first_word + 1 >= size or number + 1 == len(lines):
            units.append((first, number + 1))
            first = number + 1
    return units


def penalty(rows: Floats) -> float:
    """What one more change of subject has to explain.

    Neighbouring units of any talk are alike, so splitting it explains something wherever it is split; how
    much follows from how long the likeness lasts: the sum of the autocorrelation over all lags, by which
    correlated noise varies more than independent noise does. A talk in which the subject changes every half
    minute forgets at once and is split finely; one that stays with a subject for ten minutes remembers, and
    is split only where much changes. To this comes what independent noise explains, 1 for rows of length 1,
    and more where even neighbours are hardly alike: there the words tell little on the subject.

    Nothing here grows with the talk's length: an hour of short topics has more of them than ten minutes.
    """
    likeness = rows @ rows.T
    neighbours = float(np.diagonal(likeness, 1).mean())
    memory = 0.0
    unlike = 0
    for lag in range(1, max(3, int(len(rows) * MAX_LAG) + 1)):
        correlation = float(np.diagonal(likeness, lag).mean())
        memory += max(0.0, correlation)
        unlike += correlation <= 0
        if unlike == 2:  # noqa: PLR2004 - one may be chance; from the second on there is only noise
            break
    return AUTOCORRELATION_WEIGHT * memory + min(CEILING, max(FLOOR, FAINT - FAINT_SLOPE * neighbours))


def _at_lines(lines: Sequence[Sentence], evidence: Floats, units: Units, ends: list[int]) -> list[int]:
    """The changes between units, each moved to the line near it that parts its two sides best."""
    starts: list[int] = []
    for (before, change), (_, after) in pairwise(pairwise(ends)):
        left = units[max(before, change - SIDE_UNITS)][0]
        right = units[min(after, change + SIDE_UNITS) - 1][1]
        low = units[max(before, change - 1)][0]
        high = units[min(after, change + 1) - 1][1]
        at = units[change][0]
        # The sides are known by the lines that are not in question, where there are such.
        old = evidence[left : low if low > left else at].sum(axis=0)
        new = evidence[high if right > high else at : right].sum(axis=0)
        belongs = evidence[low:high] @ (_of_length_one(old[None])[0] - _of_length_one(new[None])[0])
        worth = np.concatenate(([0.0], np.cumsum(belongs)))
        places = range(max(low, starts[-1] + 1 if starts else 1, 1), min(high, len(lines) - 1) + 1)
        starts.append(
            max(places, key=lambda line: (worth[line - low] + _fitness(lines, line), -abs(line - at)))
        )
    return starts


def _fitness(lines: Sequence[Sentence], number: int) -> float:
    """How well a subject could begin with this line, whatever it is about."""
    line, previous = lines[number], lines[number - 1]
    value = PAUSE_WEIGHT * min(MAX_PAUSE_SECONDS, max(0.0, line.start - previous.end))
    value -= DEPENDENT_START_COST if is_dependent_clause(line.text) else 0.0
    return value - (0.0 if previous.ends_sentence else INSIDE_COST)


def _centred(rows: Floats) -> Floats:
    """Without what the whole talk has in common, which says nothing on its parts; of length 1 or less."""
    own = rows - rows.mean(axis=0)
    centred: Floats = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), MIN_OWN_SHARE)
    return centred


def _of_length_one(rows: Floats) -> Floats:
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit
