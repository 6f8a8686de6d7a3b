"""Stretches of whole sentences that could be moments, each with a score whose parts can be told."""

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
"""Of each part, between 0 and 1, in the score. Set by hand: nothing was found that would justify a fit."""
LENGTH_WEIGHT = 0.08
"""The shortest and the longest stretch allowed lose so much against one of middling length."""
MAX_ENDS = 24
"""Stretches that begin at one line; more possible ends are thinned out evenly."""
BREAK_SECONDS = 1.2
"""A pause after which everybody hears that something new begins."""
FADE_SECONDS = 90.0
"""How long after the start of a topic a beginning still counts as one at its start."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """As columns; line numbers are inclusive, `parts` in the order of `WEIGHTS`."""

    firsts: Ints
    lasts: Ints
    scores: Floats
    parts: Floats

    def __len__(self) -> int:
        return len(self.firsts)


def candidates_in(
    talk: SentenceFeatures,
    topics: Sequence[tuple[int, int]],
    options: GenerationOptions,
    check: Callable[[], None],
) -> Candidates:
    """Every stretch that lies in one of `topics` (lines, both inclusive) and has a lawful length."""
    firsts: list[Ints] = []
    lasts: list[Ints] = []
    parts: list[Floats] = []
    for low, high in topics:
        check()
        for first in range(low, high + 1):
            if not talk.begins[first]:
                continue
            ends = _ends(talk, first, high, options)
            if len(ends):
                firsts.append(np.full(len(ends), first))
                lasts.append(ends)
                parts.append(_parts(talk, first, ends, low, high))
    if not firsts:
        return Candidates(
            np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros((0, len(WEIGHTS)))
        )
    all_firsts, all_lasts, all_parts = np.concatenate(firsts), np.concatenate(lasts), np.concatenate(parts)
    lengths = talk.clip_ends[all_lasts] - talk.clip_starts[all_firsts]
    scores = all_parts @ np.array(list(WEIGHTS.values())) - LENGTH_WEIGHT * _oddness(lengths, options)
    return Candidates(all_firsts, all_lasts, np.clip(scores, 0.0, 1.0), all_parts)


def _ends(talk: SentenceFeatures, first: int, high: int, options: GenerationOptions) -> Ints:
    start = talk.clip_starts[first]
    ends = talk.clip_ends[first : high + 1]
    # `clip_ends` rises; the lengths are compared as they are told, to a thousandth of a second.
    low_end = int(np.searchsorted(ends, start + options.min_moment_length - 1e-9, side="left"))
    high_end = int(np.searchsorted(ends, start + options.max_moment_length + 1e-9, side="right"))
    allowed = [
        first + low_end + int(step)
        for step in np.flatnonzero(talk.finishes[first + low_end : first + high_end])
    ]
    return np.array([allowed[step] for step in downsample(0, len(allowed), MAX_ENDS)], dtype=np.int64)


def _parts(talk: SentenceFeatures, first: int, ends: Ints, low: int, high: int) -> Floats:
    seconds = np.maximum(talk.ends[ends] - talk.starts[first], 1e-3)
    topic = talk.vector_sums[high + 1] - talk.vector_sums[low]
    sums = talk.vector_sums[ends + 1] - talk.vector_sums[first]
    norms = np.linalg.norm(sums, axis=1) * np.linalg.norm(topic)
    centrality = np.clip(sums @ topic / np.maximum(norms, 1e-9), 0, 1) ** 2
    words = np.maximum(talk.word_sums[ends + 1] - talk.word_sums[first], 1)
    information = np.clip(
        (talk.content_sums[ends + 1] - talk.content_sums[first]) / words / talk.density_p90, 0, 1
    )
    cues = talk.cue_sums[ends + 1] - talk.cue_sums[first]
    fluent = np.clip((talk.spoken_sums[ends + 1] - talk.spoken_sums[first]) / seconds, 0, 1)
    before = min(1.0, talk.pauses[first] / BREAK_SECONDS)
    after = np.minimum(1.0, talk.pauses[ends + 1] / BREAK_SECONDS)
    near = np.exp(-(talk.starts[first] - talk.starts[low]) / FADE_SECONDS)
    return np.column_stack(
        [
            centrality,
            information,
            1 - np.exp(-2 * cues / np.sqrt(ends + 1 - first)),
            _cohesion(talk, first, ends),
            0.5 * fluent + 0.25 * before + 0.25 * after,
            np.full(len(ends), near),
            np.full(len(ends), talk.opening_score[first]) * (1 - 0.5 * talk.is_sign_off[ends]),
        ]
    )


def _cohesion(talk: SentenceFeatures, first: int, ends: Ints) -> Floats:
    """1 less the sharpest turn inside: a change of subject that no topic's edge has caught."""
    turns = np.maximum.accumulate(np.concatenate(([0.0], talk.contrasts[first + 1 : int(ends[-1]) + 1])))
    cohesion: Floats = 1 - turns[ends - first]
    return cohesion


def _oddness(lengths: Floats, options: GenerationOptions) -> Floats:
    """0 at the middle of the lengths, by their ratio, and 1 at both ends."""
    low, high = np.log(options.min_moment_length), np.log(options.max_moment_length)
    if high - low < 1e-6:  # noqa: PLR2004 - one length, so none is odd
        return np.zeros(len(lengths))
    places = (np.log(np.maximum(lengths, 1e-3)) - low) / (high - low)
    oddness: Floats = (2 * places - 1) ** 2
    return oddness
