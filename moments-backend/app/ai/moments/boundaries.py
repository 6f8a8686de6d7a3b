"""Where a stretch of lines begins and ends in the video: in the pauses around it, never inside a word."""

from collections.abc import Sequence

from app.ai.sentences import Sentence

MAX_MARGIN_SECONDS = 0.5
"""Of the pause before the first word and after the last one; a longer pause is no part of the moment."""


def span_boundaries(
    lines: Sequence[Sentence], first: int, last: int, *, earliest: float = 0.0, latest: float | None = None
) -> tuple[float, float]:
    """Start and end, in seconds, of the lines `first … last`, both inclusive.

    Two stretches that touch share the middle of the pause between them, so they never overlap; words whose
    times overlap share the middle of that. Before the first line the sound reaches back to `earliest`. How
    far it goes on after the last line is known only to who passes `latest`; without it the last word ends it.
    """
    before = lines[first].start
    start = _pause_middle(lines[first - 1], lines[first]) if first > 0 else earliest
    after = lines[last].end
    if last + 1 < len(lines):
        end = _pause_middle(lines[last], lines[last + 1])
    else:
        end = after if latest is None else max(latest, after)
    start = max(start, before - MAX_MARGIN_SECONDS, 0.0)
    return start, max(start, min(end, after + MAX_MARGIN_SECONDS))


def _pause_middle(line: Sentence, following: Sentence) -> float:
    return (line.end + following.start) / 2
