"""Better edges and a better title for a moment, by the words of its clip alone."""

import numpy as np

from app.ai.moments.base import moment_id
from app.ai.moments.extractive.candidates import WEIGHTS, Candidates, candidates_in
from app.ai.moments.extractive.explanation import reason_for
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.selection import Floats
from app.ai.moments.extractive.titles import quote_of, title_of
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript

MARK = "refined"
MOVE_WEIGHT = 0.5
"""What moving both edges by a whole length of the moment costs, against a score of 1."""
LEANING_WEIGHT = 0.15
"""What a first sentence costs that goes on with one before it."""
SAME_SECONDS = 1.0
"""Edges nearer than this are one edge."""
BREAK_WEIGHT = 0.1
"""What it is worth to end where the speaker pauses."""


def refined(
    moment: Moment,
    transcript: Transcript,
    talk: SentenceFeatures | None,
    options: GenerationOptions,
    model: str,
) -> Moment:
    """`talk` is that of the clip's words, or None where it has none; then only the id changes."""
    span = _better_span(moment, talk, options) if talk else None
    start, end = moment.start_time, moment.end_time
    told: dict[str, str] = {}
    if talk and span:
        first, last, parts = span
        start, end = float(talk.clip_starts[first]), float(talk.clip_ends[last])
        told = {
            "title": title_of(talk, first, last),
            "quote": quote_of(talk, first, last),
            "reason": reason_for(talk, first, last, parts),
        }
    return moment.model_copy(
        update={
            "id": moment_id(transcript, start, end, moment.id, MARK, model),
            "start_time": start,
            "end_time": end,
            "is_refined": True,
            "parent_id": moment.id,
            "model": model,
            **told,
        }
    )


def _better_span(
    moment: Moment, talk: SentenceFeatures, options: GenerationOptions
) -> tuple[int, int, dict[str, float]] | None:
    """Near where the moment is: whole sentences that begin by themselves and end at a break."""
    candidates = candidates_in(talk, [(0, len(talk.lines) - 1)], options, lambda: None)
    starts, ends = talk.clip_starts[candidates.firsts], talk.clip_ends[candidates.lasts]
    overlaps = (starts < moment.end_time) & (ends > moment.start_time)
    if not len(candidates) or not overlaps.any():
        return None
    # The clip begins and ends inside other sentences, unless the moment does so too.
    cut = (candidates.firsts == 0) & (np.abs(starts - moment.start_time) > SAME_SECONDS)
    cut |= (candidates.lasts == len(talk.lines) - 1) & (np.abs(ends - moment.end_time) > SAME_SECONDS)
    if (overlaps & ~cut).any():
        overlaps &= ~cut
    moved = np.abs(starts - moment.start_time) + np.abs(ends - moment.end_time)
    length = max(1.0, moment.end_time - moment.start_time)
    worth = _worth(talk, candidates) - MOVE_WEIGHT * moved / length
    best = int(np.argmax(np.where(overlaps, worth, -np.inf)))
    parts = dict(zip(WEIGHTS, candidates.parts[best].tolist(), strict=True))
    return int(candidates.firsts[best]), int(candidates.lasts[best]), parts


def _worth(talk: SentenceFeatures, candidates: Candidates) -> Floats:
    leaning = LEANING_WEIGHT * (1 - talk.opening_score[candidates.firsts])
    breaks = BREAK_WEIGHT * np.minimum(1.0, talk.pauses[candidates.lasts + 1])
    worth: Floats = candidates.scores - leaning + breaks
    return worth
