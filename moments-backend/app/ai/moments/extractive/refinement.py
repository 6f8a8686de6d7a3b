"""Refinement: better boundaries and a better title for a moment, from the words of its clip."""

import numpy as np

from app.ai.moments.base import moment_id
from app.ai.moments.extractive.candidates import WEIGHTS, Candidates, find_candidates
from app.ai.moments.extractive.explanation import explain
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.selection import Floats
from app.ai.moments.extractive.titles import choose_quote, choose_title
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript

ID_SALT = "refined"
MOVE_WEIGHT = 0.5
"""Cost of moving both boundaries by one length of the moment in total; scores are at most 1."""
DEPENDENT_START_WEIGHT = 0.15
"""Cost of a first sentence that depends on a previous one."""
SAME_SECONDS = 1.0
"""Boundaries closer than this count as equal."""
BREAK_WEIGHT = 0.1
"""Bonus for an end in a pause of at least a second."""


def refine_moment(
    moment: Moment,
    transcript: Transcript,
    features: SentenceFeatures | None,
    options: GenerationOptions,
    model: str,
) -> Moment:
    """Return the refined moment with an id of its own.

    Args:
        features: features of the clip's sentences; without them only the id changes.
    """
    span = _best_span(moment, features, options) if features else None
    start, end = moment.start_time, moment.end_time
    texts: dict[str, str] = {}
    if features and span:
        first, last, parts = span
        start, end = float(features.clip_starts[first]), float(features.clip_ends[last])
        texts = {
            "title": choose_title(features, first, last),
            "quote": choose_quote(features, first, last),
            "reason": explain(features, first, last, parts),
        }
    return moment.model_copy(
        update={
            "id": moment_id(transcript, start, end, moment.id, ID_SALT, model),
            "start_time": start,
            "end_time": end,
            "is_refined": True,
            "parent_id": moment.id,
            "model": model,
            **texts,
        }
    )


def _best_span(
    moment: Moment, features: SentenceFeatures, options: GenerationOptions
) -> tuple[int, int, dict[str, float]] | None:
    """Return first and last sentence and features of the best candidate that overlaps the moment."""
    candidates = find_candidates(features, [(0, len(features.sentences) - 1)], options, lambda: None)
    starts, ends = features.clip_starts[candidates.firsts], features.clip_ends[candidates.lasts]
    overlaps = (starts < moment.end_time) & (ends > moment.start_time)
    if not len(candidates) or not overlaps.any():
        return None
    # The clip's outermost sentences are cut off, unless the moment starts or ends with them.
    cut = (candidates.firsts == 0) & (np.abs(starts - moment.start_time) > SAME_SECONDS)
    cut |= (candidates.lasts == len(features.sentences) - 1) & (np.abs(ends - moment.end_time) > SAME_SECONDS)
    if (overlaps & ~cut).any():
        overlaps &= ~cut
    moved = np.abs(starts - moment.start_time) + np.abs(ends - moment.end_time)
    length = max(1.0, moment.end_time - moment.start_time)
    scores = _adjusted_scores(features, candidates) - MOVE_WEIGHT * moved / length
    best = int(np.argmax(np.where(overlaps, scores, -np.inf)))
    parts = dict(zip(WEIGHTS, candidates.parts[best].tolist(), strict=True))
    return int(candidates.firsts[best]), int(candidates.lasts[best]), parts


def _adjusted_scores(features: SentenceFeatures, candidates: Candidates) -> Floats:
    costs = DEPENDENT_START_WEIGHT * (1 - features.opening_score[candidates.firsts])
    breaks = BREAK_WEIGHT * np.minimum(1.0, features.pauses[candidates.lasts + 1])
    scores: Floats = candidates.scores - costs + breaks
    return scores
