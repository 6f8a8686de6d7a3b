"""Merge of a new recognition with the segments that a user corrected or removed."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.ai.transcription.words import normalized
from app.models.transcript import RemovedRange, Segment, Transcript, Word
from app.services.transcripts.corrections import with_parts
from app.services.transcripts.word_alignment import aligned_words, join_words, word_ranges


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment with its words."""

    segment: Segment
    words: Sequence[Word]


class _Kept:
    """Times that the new recognition must not fill: corrected segments, and removed ones without a part."""

    def __init__(self, parts: Iterable[_Part], removed: Iterable[RemovedRange]) -> None:
        ranges: list[tuple[float, float, _Part | None]] = [
            *((part.segment.start, part.segment.end, part) for part in parts),
            *((gap.start, gap.end, None) for gap in removed),
        ]
        self._ranges = sorted(ranges, key=lambda item: item[:2])
        self._starts = [start for start, _, _ in self._ranges]

    def number_at(self, word: Word) -> int | None:
        """Return the number of the range that replaces a recognised word; None if the word stays.

        Recognisers move the boundaries of words by some tenths of a second between runs, so a word that only
        touches a corrected segment is replaced if the segment begins or ends with it.
        """
        middle = (word.start + word.end) / 2
        at = bisect_left(self._starts, middle)
        for number in range(max(0, at - 1), min(len(self._ranges), at + 1)):
            start, end, part = self._ranges[number]
            if start <= middle <= end:
                return number
            if part is not None and word.end > start and word.start < end and _is_at_edge(word, part):
                return number
        return None


def merge_run(current: Transcript, recognised: Transcript) -> Transcript:
    """Return the recognised transcript with the corrected and removed segments of the current one.

    Only for a current transcript with corrections; one that a user imported replaces the recognised one.
    """
    corrected = [
        _with_language(part, current, recognised) for part in _parts(current) if part.segment.is_edited
    ]
    kept = _Kept(corrected, current.removed)
    parts = [piece for part in _parts(recognised) for piece in _without_kept(part, kept, recognised)]
    parts = sorted([*parts, *corrected], key=lambda part: (part.segment.start, part.segment.end))
    return with_parts(
        recognised,
        [part.segment for part in parts],
        [word for part in parts for word in part.words],
        removed=current.removed,
    )


def _parts(transcript: Transcript) -> list[_Part]:
    """Return the segments with their words, which are interpolated if the transcript has none."""
    language = transcript.language
    if not transcript.word_timestamps:
        return [
            _Part(segment, aligned_words([], segment.text, segment, language))
            for segment in transcript.segment_timestamps
        ]
    ranges = word_ranges(transcript)
    return [
        _Part(segment, transcript.word_timestamps[first:last])
        for segment, (first, last) in zip(transcript.segment_timestamps, ranges, strict=True)
    ]


def _with_language(part: _Part, current: Transcript, recognised: Transcript) -> _Part:
    language = part.segment.language or current.language
    if language == recognised.language:
        return part
    return _Part(part.segment.model_copy(update={"language": language}), part.words)


def _without_kept(part: _Part, kept: _Kept, recognised: Transcript) -> Iterator[_Part]:
    """Yield what remains of a recognised segment, in pieces around the kept ones."""
    numbered = [(kept.number_at(word), word) for word in part.words]
    if all(number is None for number, _ in numbered):
        yield part
        return
    for number, group in groupby(numbered, key=lambda item: item[0]):
        if number is None:
            words = [word for _, word in group]
            text = join_words(words, part.segment.language or recognised.language)
            update = {"text": text, "start": words[0].start, "end": words[-1].end}
            yield _Part(part.segment.model_copy(update=update), words)


def _is_at_edge(word: Word, part: _Part) -> bool:
    edges = {normalized(part.words[0].word), normalized(part.words[-1].word)} if part.words else set()
    return normalized(word.word) in edges
