"""Candidate moments: ranges of whole sentences of an allowed length, and their values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.selection import Floats, Ints
from app.ai.moments.extractive.sentence_scores import SentenceScores
from app.ai.moments.extractive.talk_kind import is_question
from app.ai.moments.feature_weights import FeatureWeights
from app.models.generation_options import GenerationOptions

WINDOW_FEATURES = ("length", "opening", "ending", "answers_question")
"""Features of a whole candidate, 0 to 1, beside those of its sentences."""
IDEAL_SECONDS = 38.0
"""Most welcome length; the nearest allowed one if the options exclude it."""
LENGTH_SPREAD = 0.45
"""Standard deviation of the preference for lengths, of the logarithm."""
OPENING_WEIGHT, ENDING_WEIGHT, ANSWER_WEIGHT = 0.35, 0.2, 0.2
"""Share of its value that a candidate loses with the worst opening, ending, or without a question."""
LATE_QUESTION_COST = 0.5
"""Ending that a candidate loses if its last sentence is a question, which the next one answers."""
MAX_ENDS = 24
"""Candidates per first sentence; of more possible ends, those nearest to the ideal length are kept."""
BREAK_SECONDS = 0.7
"""Length from which a pause counts as a full break."""
QUESTION_SENTENCES = 3
"""A question up to this many sentences before the first one is answered by the candidate."""
ANSWER_WORDS = 4
"""Shortest question that counts: "Really?" asks nothing."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates as columns of length n.

    Attributes:
        firsts: number of the first sentence.
        lasts: number of the last sentence, inclusive.
        values: positive, about 1 for an average passage of the talk.
        parts: `WINDOW_FEATURES` of each candidate, 0 to 1, shape (n, 4).
    """

    firsts: Ints
    lasts: Ints
    values: Floats
    parts: Floats

    def __len__(self) -> int:
        return len(self.firsts)


def find_candidates(
    features: SentenceFeatures,
    scores: SentenceScores,
    ranges: Sequence[tuple[int, int]],
    options: GenerationOptions,
    check: Callable[[], None],
    weights: FeatureWeights | None = None,
) -> Candidates:
    """Return all candidates of an allowed length that are within one range.

    Args:
        ranges: first and last sentence of each range, inclusive.
        check: called once per range; its exceptions end the search.
        weights: multipliers of the features.
    """
    firsts, lasts = possible_spans(features, ranges, options, check)
    parts = window_features(features, firsts, lasts, options)
    strengths = np.concatenate(([0.0], np.cumsum(features.word_counts * np.exp(scores.totals / 2))))
    words = features.word_sums[lasts + 1] - features.word_sums[firsts]
    means = (strengths[lasts + 1] - strengths[firsts]) / np.maximum(words, 1)
    return Candidates(firsts, lasts, means * _window_factor(parts, weights), parts)


def possible_spans(
    features: SentenceFeatures,
    ranges: Sequence[tuple[int, int]],
    options: GenerationOptions,
    check: Callable[[], None],
) -> tuple[Ints, Ints]:
    """Return first and last sentence of all candidates; see `find_candidates`."""
    none = np.zeros(0, np.int64)
    firsts, lasts = [none], [none]
    for low, high in ranges:
        check()
        for first in range(low, high + 1):
            if features.starts_sentence[first]:
                ends = _possible_lasts(features, first, high, options)
                firsts.append(np.full(len(ends), first))
                lasts.append(ends)
    return np.concatenate(firsts), np.concatenate(lasts)


def _window_factor(parts: Floats, weights: FeatureWeights | None) -> Floats:
    """Return the product of the preferences; a multiplier is the exponent of its factor."""
    multiplier = weights or FeatureWeights.neutral()
    length, opening, ending, answer = parts.T
    factors = {
        "length": np.maximum(length, 1e-3),
        "opening": 1 - OPENING_WEIGHT * (1 - opening),
        "ending": 1 - ENDING_WEIGHT * (1 - ending),
        "answers_question": 1 + ANSWER_WEIGHT * answer,
    }
    product = np.ones(len(parts))
    for name, factor in factors.items():
        product *= factor ** multiplier.of(name)
    return product


def window_features(
    features: SentenceFeatures, firsts: Ints, lasts: Ints, options: GenerationOptions
) -> Floats:
    """Return `WINDOW_FEATURES` of each candidate, shape (n, 4)."""
    lengths = features.clip_ends[lasts] - features.clip_starts[firsts]
    return np.column_stack(
        [
            length_preference(lengths, options),
            _openings(features)[firsts],
            _endings(features)[lasts],
            _answers(features)[firsts],
        ]
    )


def length_preference(lengths: Floats, options: GenerationOptions) -> Floats:
    """Return the log-normal preference for lengths in seconds, 1 at the ideal length."""
    ideal = min(max(IDEAL_SECONDS, options.min_moment_length), options.max_moment_length)
    deviations = np.log(np.maximum(lengths, 1e-3) / ideal) / LENGTH_SPREAD
    preference: Floats = np.exp(-(deviations**2) / 2)
    return preference


def _openings(features: SentenceFeatures) -> Floats:
    """Return how well a moment can start with each sentence: self-contained, and after a pause."""
    breaks = np.minimum(1.0, features.pauses[:-1] / BREAK_SECONDS)
    openings: Floats = features.opening_score * (0.8 + 0.2 * breaks)
    return openings


def _endings(features: SentenceFeatures) -> Floats:
    """Return how well a moment can end with each sentence: in a pause, and not before its continuation."""
    breaks = np.minimum(1.0, features.pauses[1:] / BREAK_SECONDS)
    continues = np.append(features.opening_score[1:] < 1, False)
    asks = np.array([is_question(sentence.text) for sentence in features.sentences])
    endings: Floats = 0.4 + 0.3 * breaks + 0.3 * ~continues - LATE_QUESTION_COST * asks
    return np.clip(endings, 0.0, 1.0)


def _answers(features: SentenceFeatures) -> Floats:
    """Return 1 for sentences that ask, or follow soon after, a question that is worth an answer."""
    asks = np.array(
        [
            is_question(sentence.text) and count >= ANSWER_WORDS
            for sentence, count in zip(features.sentences, features.word_counts, strict=True)
        ]
    )
    answers = asks.copy()
    for distance in range(1, QUESTION_SENTENCES + 1):
        answers[distance:] |= asks[:-distance]
    return answers.astype(np.float64)


def _possible_lasts(features: SentenceFeatures, first: int, high: int, options: GenerationOptions) -> Ints:
    start = features.clip_starts[first]
    ends = features.clip_ends[first : high + 1]
    # `clip_ends` is sorted and rounded to milliseconds, so the bounds allow for rounding errors only.
    low_end = int(np.searchsorted(ends, start + options.min_moment_length - 1e-9, side="left"))
    high_end = int(np.searchsorted(ends, start + options.max_moment_length + 1e-9, side="right"))
    steps = np.flatnonzero(features.ends_sentence[first + low_end : first + high_end])
    allowed: Ints = first + low_end + steps
    if len(allowed) <= MAX_ENDS:
        return allowed
    preferred = length_preference(features.clip_ends[allowed] - start, options)
    kept = np.sort(np.argsort(-preferred, kind="stable")[: MAX_ENDS - 1])
    # The shortest candidates are kept too: most moments fit with them.
    return np.unique(np.append(allowed[kept], allowed[0]))
