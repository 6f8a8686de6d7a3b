"""Normalisation of engine results: trimmed words, ordered times, and missing parts derived."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from app.ai.sentences import split_sentences
from app.models.transcript import Segment, Transcript, TranscriptSource, Word

UNDETERMINED = "und"
"""ISO 639-2 code for an unknown language, as of silence."""

Timed = TypeVar("Timed", Word, Segment)


def assemble(
    words: Sequence[Word],
    segments: Sequence[Segment],
    *,
    language: str | None,
    seconds: float,
    source: TranscriptSource | None = None,
) -> Transcript:
    """Return a transcript with both lists in order and within the audio.

    Missing words are interpolated from the segments; missing segments are the sentences of the words.

    Args:
        seconds: length of the audio; infinite if unknown.
    """
    segments = _in_order([part for part in map(_stripped_segment, segments) if part.text], seconds)
    words = _stripped_words(words)
    if not words:
        words = [word for segment in segments for word in interpolate_word_times(segment)]
    words = _in_order(words, seconds)
    code = language or UNDETERMINED
    if words and not segments:
        sentences = split_sentences(
            Transcript(text="", language=code, word_timestamps=words, segment_timestamps=[])
        )
        segments = [Segment(text=item.text, start=item.start, end=item.end) for item in sentences]
    return Transcript(
        text=" ".join(segment.text for segment in segments),
        language=code,
        word_timestamps=words,
        segment_timestamps=segments,
        source=source,
        languages=[code] if words and code != UNDETERMINED else [],
    )


def offset_times(part: Timed, seconds: float) -> Timed:
    return part.model_copy(update={"start": part.start + seconds, "end": part.end + seconds})


def interpolate_word_times(segment: Segment) -> list[Word]:
    """Distribute the segment's time over its words in proportion to their letters."""
    texts = segment.text.split()
    total = sum(map(len, texts))
    length = max(0.0, segment.end - segment.start)
    words, before = [], 0
    for text in texts:
        start = segment.start + length * before / total
        before += len(text)
        words.append(Word(word=text, start=start, end=segment.start + length * before / total))
    return words


def _stripped_words(words: Sequence[Word]) -> list[Word]:
    return [word.model_copy(update={"word": text}) for word in words if (text := word.word.strip())]


def _stripped_segment(segment: Segment) -> Segment:
    return segment.model_copy(update={"text": " ".join(segment.text.split())})


def _in_order(parts: Sequence[Timed], seconds: float) -> list[Timed]:
    """Make starts non-decreasing and limit ends to the next start, in milliseconds and within the audio."""
    if not parts:
        return []
    starts: list[float] = []
    for part in parts:
        earliest = starts[-1] if starts else 0.0
        starts.append(min(max(round(part.start, 3), earliest), seconds))
    limits = [following for _, following in pairwise(starts)] + [seconds]
    return [
        part.model_copy(update={"start": start, "end": min(max(round(part.end, 3), start), limit)})
        for part, start, limit in zip(parts, starts, limits, strict=True)
    ]
