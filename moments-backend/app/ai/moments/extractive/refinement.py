"""Refinement: better boundaries and a better title for a moment, from the words of its clip.

Reason and figures remain those of the search: they compare the moment with the whole talk.
"""

import numpy as np

from app.ai.moments.base import moment_id
from app.ai.moments.extractive.candidates import WINDOW_FEATURES, possible_spans, window_features
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.selection import Floats, Ints
from app.ai.moments.extractive.titles import choose_quote, choose_title
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript

ID_SALT = "refined"
MOVE_WEIGHT = 0.5
"""Cost of moving both boundaries by one length of the moment in total."""
OPENING_WEIGHT, ENDING_WEIGHT = 0.35, 0.15
"""Gain of a self-contained first sentence, and of an end in a pause."""
SAME_SECONDS = 1.0
"""Boundaries closer than this count as equal."""


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
        first, last = span
        start, end = float(features.clip_starts[first]), float(features.clip_ends[last])
        texts = {
            "title": choose_title(features, first, last),
            "quote": choose_quote(features, first, last),
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
) -> tuple[int, int] | None:
    """Return first and last sentence of the best candidate that overlaps the moment."""
    last_sentence = len(features.sentences) - 1
    firsts, lasts = possible_spans(features, [(0, last_sentence)], options, lambda: None)
    starts, ends = features.clip_starts[firsts], features.clip_ends[lasts]
    overlaps = (starts < moment.end_time) & (ends > moment.start_time)
    if not overlaps.any():
        return None
    # The clip's outermost sentences are cut off, unless the moment starts or ends with them.
    cut = (firsts == 0) & (np.abs(starts - moment.start_time) > SAME_SECONDS)
    cut |= (lasts == last_sentence) & (np.abs(ends - moment.end_time) > SAME_SECONDS)
    if (overlaps & ~cut).any():
        overlaps &= ~cut
    moved = np.abs(starts - moment.start_time) + np.abs(ends - moment.end_time)
    length = max(1.0, moment.end_time - moment.start_time)
    gains = _boundary_gains(features, firsts, lasts, options) - MOVE_WEIGHT * moved / length
    best = int(np.argmax(np.where(overlaps, gains, -np.inf)))
    return int(firsts[best]), int(lasts[best])


def _boundary_gains(
    features: SentenceFeatures, firsts: Ints, lasts: Ints, options: GenerationOptions
) -> Floats:
    parts = window_features(features, firsts, lasts, options)
    opening, ending = (parts[:, WINDOW_FEATURES.index(name)] for name in ("opening", "ending"))
    gains: Floats = OPENING_WEIGHT * opening + ENDING_WEIGHT * ending
    return gains
