"""Transcripts in plain text, with times at the beginnings of lines or without any."""

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from app.ai.transcription.normalization import assemble, interpolate_word_times
from app.core.exceptions import InvalidCaptionsError
from app.models.transcript import Segment, Transcript, Word
from app.services.transcripts.caption_text import plain_text, split_lines
from app.services.transcripts.word_alignment import aligned_words

MAX_WORDS = 500_000
SECONDS_PER_CHARACTER = 0.06
"""Duration of the last text if the length of the video is unknown."""

_TIMED_LINE = re.compile(
    r"^[\[(<]? ?(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))? ?[\])>]?(?: ?[-–—:|] ?| |$)(.*)$"
)
"""Matches a line whose white space is collapsed."""


def read_plain_text(text: str, *, seconds: float, spoken: Transcript | None = None) -> Transcript:
    """Return the transcript of a text.

    Without times in the text, unchanged words get those of `spoken`; without `spoken`, the text is spread
    over the video.

    Raises:
        InvalidCaptionsError: neither the text nor the video has times, or the text is too long.
    """
    lines = [" ".join(line.split()) for line in split_lines(text)]
    first = next(filter(None, lines), "")
    is_timed = _TIMED_LINE.match(first) is not None
    words = list(_timed_words(lines, seconds) if is_timed else _untimed_words(lines, seconds, spoken))
    if len(words) > MAX_WORDS:
        raise InvalidCaptionsError(
            f"the text has more than {MAX_WORDS} words", remedy="import a shorter text"
        )
    return assemble(words, [], language=None, seconds=seconds)


def _timed_words(lines: list[str], seconds: float) -> Iterator[Word]:
    """Yield the words of texts that follow a time: on its line, or on the next ones."""
    blocks: list[tuple[float, list[str]]] = []
    for line in lines:
        if found := _TIMED_LINE.match(line):
            hours, minutes, whole, fraction, rest = found.groups()
            start = int(hours or 0) * 3600 + int(minutes) * 60 + float(f"{whole}.{fraction or 0}")
            blocks.append((start, [rest]))
        elif line:
            blocks[-1][1].append(line)
    blocks.sort(key=lambda block: block[0])
    texts = [(start, plain_text(" ".join(parts))) for start, parts in blocks if start <= seconds]
    last_end = seconds if math.isfinite(seconds) else math.inf
    ends = [following[0] for _, following in pairwise(texts)] + [last_end]
    for (start, text), limit in zip(texts, ends, strict=True):
        spoken_end = start + max(1.0, SECONDS_PER_CHARACTER * len(text))
        yield from interpolate_word_times(Segment(text=text, start=start, end=min(limit, spoken_end)))


def _untimed_words(lines: list[str], seconds: float, spoken: Transcript | None) -> list[Word]:
    text = " ".join(filter(None, map(plain_text, lines)))
    if not text:
        return []
    if len(text) // 2 > MAX_WORDS * 10:
        raise InvalidCaptionsError(
            f"the text has more than {MAX_WORDS} words", remedy="import a shorter text"
        )
    known = spoken.word_timestamps if spoken is not None else []
    if not known and not math.isfinite(seconds):
        raise InvalidCaptionsError(
            "the text has no times, and the length of the video is unknown",
            line=1,
            remedy="begin each line with its time, such as 00:01:15, or send SRT or WebVTT",
        )
    end = seconds if math.isfinite(seconds) else known[-1].end
    whole = Segment(text=text, start=0.0, end=end)
    return aligned_words(known, text, whole, spoken.language if spoken is not None else "")
