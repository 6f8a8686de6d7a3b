"""Candidate moments: ranges of whole sentences within a topic, each scored by seven features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.selection import Floats, Ints, downsample
from app.models.generation_options import GenerationOptions

WEIGHTS = {
    "centrality": 0.20,
    "information": 0.18,
    "cue phrases": 0.14,
    "cohesion": 0.28,
    "delivery": 0.06,
    "position": 0.04,
    "opening": 0.10,
}
"""Weights of the features, each from 0 to 1. Set by hand: there is no data that would justify a fit."""
LENGTH_WEIGHT = 0.08
"""Score that the shortest and the longest allowed candidate lose against one of medium length."""
MAX_ENDS = 24
"""Candidates per first sentence; if there are more possible ends, they are sampled evenly."""
BREAK_SECONDS = 1.2
"""Length from which a pause counts as a full break."""
FADE_SECONDS = 90.0
"""Time constant of the position feature, counted from the start of the topic."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates as columns of length n.

    Attributes:
        firsts: number of the first sentence.
        lasts: number of the last sentence, inclusive.
        scores: 0 to 1.
        parts: features in the order of `WEIGHTS`, 0 to 1, shape (n, 7).
    """

    firsts: Ints
    lasts: Ints
    scores: Floats
    parts: Floats

    def __len__(self) -> int:
        return len(self.firsts)


def find_candidates(
    features: SentenceFeatures,
    topics: Sequence[tuple[int, int]],
    options: GenerationOptions,
    check: Callable[[], None],
) -> Candidates:
    """Return all candidates of an allowed length that are within one topic.

    Args:
        topics: first and last sentence of each topic, inclusive.
        check: called once per topic; its exceptions end the search.
    """
    firsts: list[Ints] = []
    lasts: list[Ints] = []
    parts: list[Floats] = []
    for low, high in topics:
        check()
        for first in range(low, high + 1):
            if not features.starts_sentence[first]:
                continue
            ends = _possible_lasts(features, first, high, options)
            if len(ends):
                firsts.append(np.full(len(ends), first))
                lasts.append(ends)
                parts.append(_parts(features, first, ends, low, high))
    if not firsts:
        return Candidates(
            np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros((0, len(WEIGHTS)))
        )
    all_firsts, all_lasts, all_parts = np.concatenate(firsts), np.concatenate(lasts), np.concatenate(parts)
    lengths = features.clip_ends[all_lasts] - features.clip_starts[all_firsts]
    scores = all_parts @ np.array(list(WEIGHTS.values())) - LENGTH_WEIGHT * _length_cost(lengths, options)
    return Candidates(all_firsts, all_lasts, np.clip(scores, 0.0, 1.0), all_parts)


def _possible_lasts(features: SentenceFeatures, first: int, high: int, options: GenerationOptions) -> Ints:
    start = features.clip_starts[first]
    ends = features.clip_ends[first : high + 1]
    # `clip_ends` is sorted and rounded to milliseconds, so the bounds allow for rounding errors only.
    low_end = int(np.searchsorted(ends, start + options.min_moment_length - 1e-9, side="left"))
    high_end = int(np.searchsorted(ends, start + options.max_moment_length + 1e-9, side="right"))
    allowed = [
        first + low_end + int(step)
        for step in np.flatnonzero(features.ends_sentence[first + low_end : first + high_end])
    ]
    return np.array([allowed[step] for step in downsample(0, len(allowed), MAX_ENDS)], dtype=np.int64)


def _parts(features: SentenceFeatures, first: int, lasts: Ints, low: int, high: int) -> Floats:
    """Return the features of the candidates `first … lasts` of the topic `low … high`; shape (n, 7)."""
    seconds = np.maximum(features.ends[lasts] - features.starts[first], 1e-3)
    topic = features.vector_sums[high + 1] - features.vector_sums[low]
    sums = features.vector_sums[lasts + 1] - features.vector_sums[first]
    norms = np.linalg.norm(sums, axis=1) * np.linalg.norm(topic)
    centrality = np.clip(sums @ topic / np.maximum(norms, 1e-9), 0, 1) ** 2
    words = np.maximum(features.word_sums[lasts + 1] - features.word_sums[first], 1)
    content = features.content_sums[lasts + 1] - features.content_sums[first]
    information = np.clip(content / words / features.density_p90, 0, 1)
    cues = features.cue_sums[lasts + 1] - features.cue_sums[first]
    fluency = np.clip((features.speech_sums[lasts + 1] - features.speech_sums[first]) / seconds, 0, 1)
    before = min(1.0, features.pauses[first] / BREAK_SECONDS)
    after = np.minimum(1.0, features.pauses[lasts + 1] / BREAK_SECONDS)
    position = np.exp(-(features.starts[first] - features.starts[low]) / FADE_SECONDS)
    return np.column_stack(
        [
            centrality,
            information,
            1 - np.exp(-2 * cues / np.sqrt(lasts + 1 - first)),
            _cohesion(features, first, lasts),
            0.5 * fluency + 0.25 * before + 0.25 * after,
            np.full(len(lasts), position),
            np.full(len(lasts), features.opening_score[first]) * (1 - 0.5 * features.is_sign_off[lasts]),
        ]
    )


def _cohesion(features: SentenceFeatures, first: int, lasts: Ints) -> Floats:
    """Return 1 minus the highest contrast inside: a topic change that segmentation missed."""
    inside = features.contrasts[first + 1 : int(lasts[-1]) + 1]
    highest = np.maximum.accumulate(np.concatenate(([0.0], inside)))
    cohesion: Floats = 1 - highest[lasts - first]
    return cohesion


def _length_cost(lengths: Floats, options: GenerationOptions) -> Floats:
    """Return 0 at the geometric mean of the allowed lengths and 1 at both limits."""
    low, high = np.log(options.min_moment_length), np.log(options.max_moment_length)
    if high - low < 1e-6:  # noqa: PLR2004 - a single allowed length
        return np.zeros(len(lengths))
    relative = (np.log(np.maximum(lengths, 1e-3)) - low) / (high - low)
    cost: Floats = (2 * relative - 1) ** 2
    return cost
