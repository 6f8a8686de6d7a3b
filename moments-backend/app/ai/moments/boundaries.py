"""Boundaries of a range of sentences: in the pauses around it, never inside a word."""

from collections.abc import Sequence

from app.ai.sentences import Sentence

MAX_MARGIN_SECONDS = 0.5
"""Longest part of the surrounding pauses that belongs to the range, on each side."""


def span_boundaries(
    sentences: Sequence[Sentence],
    first: int,
    last: int,
    *,
    earliest: float = 0.0,
    latest: float | None = None,
) -> tuple[float, float]:
    """Return start and end of the sentences `first … last` (inclusive), in seconds.

    Adjacent ranges meet in the middle of the pause between them, or of their overlap, so they never overlap.

    Args:
        earliest: start of the audio before the first sentence.
        latest: end of the audio after the last sentence; by default the end of the speech.
    """
    speech_start, speech_end = sentences[first].start, sentences[last].end
    start = _pause_middle(sentences[first - 1], sentences[first]) if first > 0 else earliest
    if last + 1 < len(sentences):
        end = _pause_middle(sentences[last], sentences[last + 1])
    else:
        end = speech_end if latest is None else max(latest, speech_end)
    start = max(start, speech_start - MAX_MARGIN_SECONDS, 0.0)
    return start, max(start, min(end, speech_end + MAX_MARGIN_SECONDS))


def _pause_middle(sentence: Sentence, following: Sentence) -> float:
    return (sentence.end + following.start) / 2
