"""Moments made from others: trimmed, merged, split, or a range of the user's own. Pure functions."""

from collections.abc import Sequence
from typing import Any

from app.ai.moments.base import moment_id
from app.models.moment import Moment, MomentRead
from app.models.transcript import Transcript
from app.services.moments.edited_moments import BY_USER

USER_SCORE = 10.0
"""Score of a moment that the user added."""

MAX_TITLE = 80
"""Characters of a title taken from the transcript."""

NO_TRANSCRIPT = Transcript(text="", language="", word_timestamps=[], segment_timestamps=[])


def own_moment(video_id: str, transcript: Transcript | None, start: float, end: float, title: str) -> Moment:
    """Return a moment of the user's own. The same range has the same id."""
    return Moment(
        id=_range_id(transcript, start, end, video_id),
        start_time=start,
        end_time=end,
        title=title,
        score=USER_SCORE,
        quote=first_sentence(transcript, start, end),
        model=BY_USER,
    )


def trimmed(
    moment: Moment, transcript: Transcript | None, start: float, end: float, video_id: str, **fields: Any
) -> Moment:
    """Return a new moment for the range. It keeps the quote only if the range still contains it."""
    quote = moment.quote
    if quote and transcript and not _contains(transcript, start, end, quote):
        quote = None
    changed = {
        "id": _range_id(transcript, start, end, video_id),
        "start_time": start,
        "end_time": end,
        "quote": quote,
        "is_refined": False,
        "parent_id": None,
    }
    return Moment.model_validate(moment.model_dump(include=set(Moment.model_fields)) | changed | fields)


def merged(
    parts: Sequence[MomentRead], transcript: Transcript | None, title: str | None, video_id: str
) -> Moment:
    """Return one moment from the start of the earliest part to the end of the latest, with the best score."""
    first = min(parts, key=lambda part: part.start_time)
    best = max(parts, key=lambda part: part.score)
    start, end = round(first.start_time, 3), round(max(part.end_time for part in parts), 3)
    own = own_moment(video_id, transcript, start, end, title or first.title)
    return own.model_copy(update={"score": best.score, "quote": best.quote or own.quote})


def split(
    moment: MomentRead, transcript: Transcript | None, at: float, titles: Sequence[str] | None, video_id: str
) -> tuple[Moment, Moment]:
    """Return the parts of a moment before and after a position.

    Args:
        titles: of both parts. By default the first part keeps the title, and the second is named after its
            first sentence.
    """
    start, end = round(moment.start_time, 3), round(moment.end_time, 3)
    if titles is None:
        sentence = first_sentence(transcript, at, end) or f"{moment.title} (2)"
        titles = (moment.title, _shortened(sentence))
    before, after = (
        trimmed(moment, transcript, *part, video_id, title=title)
        for part, title in zip(((start, at), (at, end)), titles, strict=True)
    )
    return before, after


def first_sentence(transcript: Transcript | None, start: float, end: float) -> str | None:
    """Return the first segment whose middle is inside the range."""
    for segment in transcript.segment_timestamps if transcript else ():
        if start <= (segment.start + segment.end) / 2 <= end:
            return segment.text
    return None


def _range_id(transcript: Transcript | None, start: float, end: float, video_id: str) -> str:
    return moment_id(transcript or NO_TRANSCRIPT, start, end, BY_USER, video_id)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= MAX_TITLE:
        return text
    return f"{text[:MAX_TITLE].rpartition(' ')[0] or text[: MAX_TITLE - 1]}…"


def _contains(transcript: Transcript, start: float, end: float, quote: str) -> bool:
    words = (word.word for word in transcript.word_timestamps if word.start >= start and word.end <= end)
    return _normalized(quote) in _normalized(" ".join(words))


def _normalized(text: str) -> str:
    return " ".join(text.casefold().split())
