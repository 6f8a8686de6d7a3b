"""A transcript out of what engines yield: clean words, times in order, whatever each engine leaves out."""

import difflib
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from app.ai.sentences import split_sentences
from app.models.transcript import Segment, Transcript, Word

UNDETERMINED = "und"
"""ISO 639-2 for a language that nobody knows: of silence, or where a server does not tell."""

_NOT_LETTERS = re.compile(r"[\W_]+")

Timed = TypeVar("Timed", Word, Segment)


def assemble(
    words: Sequence[Word], segments: Sequence[Segment], *, language: str | None, seconds: float
) -> Transcript:
    """Both lists in order and within the sound; where one of them is missing it is made from the other.

    Args:
        seconds: the length of the sound; infinite where it is not known.
    """
    segments = _in_order([part for part in map(_stripped_segment, segments) if part.text], seconds)
    words = [part for part in map(_stripped_word, words) if part.word]
    if not words:
        words = [word for segment in segments for word in interpolate_word_times(segment)]
    words = _in_order(words, seconds)
    code = language or UNDETERMINED
    if words and not segments:
        lines = split_sentences(
            Transcript(text="", language=code, word_timestamps=words, segment_timestamps=[])
        )
        segments = [Segment(text=line.text, start=line.start, end=line.end) for line in lines]
    return Transcript(
        text=" ".join(segment.text for segment in segments),
        language=code,
        word_timestamps=words,
        segment_timestamps=segments,
    )


def offset_times(part: Timed, seconds: float) -> Timed:
    return part.model_copy(update={"start": part.start + seconds, "end": part.end + seconds})


def interpolate_word_times(segment: Segment) -> list[Word]:
    """Its words over its time, each for as long as it has letters."""
    texts = segment.text.split()
    total = sum(map(len, texts))
    length = max(0.0, segment.end - segment.start)
    words, before = [], 0
    for text in texts:
        start = segment.start + length * before / total
        before += len(text)
        words.append(Word(word=text, start=start, end=segment.start + length * before / total))
    return words


def restore_punctuation(words: Sequence[Word], text: str) -> list[Word]:
    """The words as `text` writes them, where both agree but for punctuation and capitals.

    Some servers list bare words, and the ends of sentences are in the text alone.
    """
    written = text.split()
    matcher = difflib.SequenceMatcher(
        None, [_bare(word.word) for word in words], [_bare(token) for token in written], autojunk=False
    )
    punctuated = list(words)
    for ours, theirs, size in matcher.get_matching_blocks():
        for index in range(size):
            word = words[ours + index]
            punctuated[ours + index] = word.model_copy(update={"word": written[theirs + index]})
    return punctuated


def _bare(word: str) -> str:
    return _NOT_LETTERS.sub("", word.casefold())


def _stripped_word(word: Word) -> Word:
    return word.model_copy(update={"word": word.word.strip()})


def _stripped_segment(segment: Segment) -> Segment:
    return segment.model_copy(update={"text": " ".join(segment.text.split())})


def _in_order(parts: Sequence[Timed], seconds: float) -> list[Timed]:
    """Starts that never go back, ends that reach into no later start, all within the sound; milliseconds."""
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
