"""A transcript as numbered lines: one sentence each, with the times of its first and last word."""

import re
from dataclasses import dataclass

from app.models.transcript import Transcript, Word

SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]]*$")
LONG_PAUSE_SECONDS = 1.5
MAX_WORDS = 60
"""A line of more words ends at its longest pause: some models write no full stops."""


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 0; `first_word` and `last_word` are indices, both inclusive."""

    number: int
    text: str
    start: float
    end: float
    first_word: int
    last_word: int
    ends_sentence: bool


def lines_of(transcript: Transcript) -> list[Line]:
    """Every word is in exactly one line. A transcript without word times yields its segments."""
    words = transcript.word_timestamps or [
        Word(word=segment.text, start=segment.start, end=segment.end)
        for segment in transcript.segment_timestamps
    ]
    lines: list[Line] = []
    first = 0
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else None
        ends_sentence = bool(SENTENCE_END.search(word.word.strip()))
        paused = following is not None and following.start - word.end >= LONG_PAUSE_SECONDS
        if ends_sentence or paused or following is None:
            for low, high in _pieces(words, first, index):
                text = " ".join(part.word.strip() for part in words[low : high + 1])
                whole = high == index and (ends_sentence or paused or following is None)
                lines.append(Line(len(lines), text, words[low].start, words[high].end, low, high, whole))
            first = index + 1
    return lines


def _pieces(words: list[Word], first: int, last: int) -> list[tuple[int, int]]:
    """`first … last`, cut at its longest pauses until no piece has more than `MAX_WORDS` words."""
    if last - first < MAX_WORDS:
        return [(first, last)]
    middle = range(first + MAX_WORDS // 4, last - MAX_WORDS // 4)
    cut = max(
        middle, key=lambda index: (words[index + 1].start - words[index].end, -abs(2 * index - first - last))
    )
    return _pieces(words, first, cut) + _pieces(words, cut + 1, last)
