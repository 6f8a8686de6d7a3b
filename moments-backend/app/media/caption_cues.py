"""Captions of one or two lines from timed words, for burning into the picture.

Captions end at sentences, clauses and pauses. Of all divisions of the words, the one with the lowest cost is
chosen; the width of lines is measured with the font.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.media.caption_style import CaptionLayout, burnable_text
from app.media.font_metrics import text_width
from app.models.transcript import Word

MAX_SECONDS = 6.0
MIN_SECONDS = 0.8
HOLD_SECONDS = 0.3
"""Time that a caption remains after its last word."""

CLOSED_GAP_SECONDS = 0.4
"""Shorter gaps between captions would flicker; the first one remains instead."""

PAUSE_SECONDS = 0.8
"""Captions never span a longer pause."""

_SHORT_PAUSE_SECONDS = 0.25
_WORD_SECONDS = 0.3
"""Length of a word without a time of its own."""

_SENTENCE_ENDS = (".", "?", "!", "…", "؟", "।", "։")
_CLAUSE_ENDS = (",", ";", ":", "—", "–", "،", "؛")
_CLOSING = "\"'”’»)]"

_CUE_COST, _BREAK_COST, _CLAUSE_COST, _SENTENCE_INSIDE_COST = 1.0, 1.0, 0.3, 0.8
_LEADING_COST = 0.8
_SHORT_WORD = 3
_SHORT_COST = 1.2
"""Cost of each second that a caption is shorter than `MIN_SECONDS`."""


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word, or a part of one that is wider than a line; times are seconds of the export."""

    text: str
    start: float
    end: float
    continues: bool = False
    """The word belongs to the one before without a space."""

    @property
    def ends_sentence(self) -> bool:
        return self.text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)

    @property
    def leads_on(self) -> bool:
        """Return whether the word is short, as articles and prepositions, which belong to what follows."""
        return len(self.text) <= _SHORT_WORD and not self.ends_clause and not self.ends_sentence

    @property
    def ends_clause(self) -> bool:
        return self.text.rstrip(_CLOSING).endswith(_CLAUSE_ENDS)


Line = tuple[TimedWord, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption; `lines` has one or two."""

    start: float
    end: float
    lines: tuple[Line, ...]


def make_cues(words: Sequence[Word], layout: CaptionLayout, *, start: float, end: float) -> list[Cue]:
    """Return captions that never overlap, with times from 0, of the words spoken from `start` to `end`."""
    timed = list(_split_wide(timed_words(words, start=start, end=end), layout.line_em))
    groups = [tuple(timed[first:last]) for first, last in _divide(timed, layout.line_em)]
    length = end - start
    cues = []
    for number, group in enumerate(groups):
        follows = groups[number + 1][0].start if number + 1 < len(groups) else length
        shown_to = max(group[-1].end + HOLD_SECONDS, group[0].start + MIN_SECONDS)
        if follows - shown_to < CLOSED_GAP_SECONDS:
            shown_to = follows
        shown_to = min(shown_to, follows, length)
        if shown_to > group[0].start:
            cues.append(Cue(group[0].start, shown_to, _lines(group, layout.line_em)))
    return cues


def timed_words(words: Sequence[Word], *, start: float, end: float) -> list[TimedWord]:
    """Return the words whose middle is in the range, in order; none ends after the next one starts.

    Words without times of their own share the time up to the next word.
    """
    inside = [
        (word, text)
        for word in sorted(words, key=lambda word: word.start)
        if start <= (word.start + max(word.end, word.start)) / 2 < end and (text := burnable_text(word.word))
    ]
    starts = _spread([word.start for word, _ in inside], [len(text) for _, text in inside], end)
    timed = []
    for number, ((word, text), begins) in enumerate(zip(inside, starts, strict=True)):
        follows = starts[number + 1] if number + 1 < len(starts) else end
        ends = word.end if word.end > begins else begins + _WORD_SECONDS
        timed.append(TimedWord(text, max(0.0, begins - start), max(0.0, min(ends, follows, end) - start)))
    return timed


def _spread(starts: list[float], lengths: list[int], end: float) -> list[float]:
    """Spread words with equal start times evenly, by their letters, up to the next time."""
    spread: list[float] = []
    first = 0
    while first < len(starts):
        last = first + 1
        while last < len(starts) and starts[last] == starts[first]:
            last += 1
        follows = min(starts[last] if last < len(starts) else end, starts[first] + (last - first))
        letters, total = 0, sum(lengths[first:last])
        for number in range(first, last):
            spread.append(starts[first] + (follows - starts[first]) * letters / total)
            letters += lengths[number]
        first = last
    return spread


def _split_wide(words: Sequence[TimedWord], line_em: float) -> Iterator[TimedWord]:
    """Split words that are wider than a line."""
    for word in words:
        if text_width(word.text) <= line_em:
            yield word
            continue
        pieces = list(_pieces(word.text, line_em))
        step = (word.end - word.start) / len(pieces)
        for number, piece in enumerate(pieces):
            begins = word.start + number * step
            yield TimedWord(piece, begins, begins + step, continues=number > 0 or word.continues)


def _pieces(text: str, line_em: float) -> Iterator[str]:
    begin, width = 0, 0.0
    for at, char in enumerate(text):
        added = text_width(char)
        if width + added > line_em and added and at > begin:  # combining characters have no width
            yield text[begin:at]
            begin, width = at, 0.0
        width += added
    yield text[begin:]


def _divide(words: Sequence[TimedWord], line_em: float) -> list[tuple[int, int]]:
    """Return the first word of each caption and the one after its last, at the lowest total cost."""
    costs, starts = [0.0], [0]
    for last in range(1, len(words) + 1):
        best, chosen = float("inf"), last - 1
        width, sentences = 0.0, 0
        for first in range(last - 1, -1, -1):
            word = words[first]
            if first < last - 1:
                if not _may_share(word, words[first + 1], words[last - 1]):
                    break
                sentences += word.ends_sentence
            width += text_width(word.text) + (0 if word.continues else _SPACE)
            if first < last - 1 and (width > 2 * line_em or not _fits(words[first:last], line_em)):
                break
            cost = costs[first] + _cost(words, first, last, sentences)
            if cost < best:
                best, chosen = cost, first
        costs.append(best)
        starts.append(chosen)
    groups = []
    last = len(words)
    while last:
        groups.append((starts[last], last))
        last = starts[last]
    return groups[::-1]


def _may_share(word: TimedWord, follows: TimedWord, last: TimedWord) -> bool:
    """Return whether one caption may contain a word, the one after it and a later one."""
    return follows.start - word.end <= PAUSE_SECONDS and last.end - word.start <= MAX_SECONDS


def _cost(words: Sequence[TimedWord], first: int, last: int, sentences: int) -> float:
    final = words[last - 1]
    cost = _CUE_COST + sentences * _SENTENCE_INSIDE_COST
    if last < len(words):
        pause = words[last].start - final.end
        if final.ends_clause or pause > _SHORT_PAUSE_SECONDS:
            cost += _CLAUSE_COST
        elif not final.ends_sentence:
            cost += _BREAK_COST + (_LEADING_COST if final.leads_on else 0.0)
    until = words[last].start if last < len(words) else final.end + HOLD_SECONDS
    return cost + max(0.0, MIN_SECONDS - (until - words[first].start)) * _SHORT_COST


def _fits(words: Sequence[TimedWord], line_em: float) -> bool:
    return _line_width(words) <= line_em or _best_break(words, line_em) is not None


def _lines(words: Line, line_em: float) -> tuple[Line, ...]:
    at = None if _line_width(words) <= line_em else _best_break(words, line_em)
    return (words,) if at is None else (words[:at], words[at:])


def _best_break(words: Sequence[TimedWord], line_em: float) -> int | None:
    """Return the first word of the second line, so that both are of similar width or end a clause."""
    total = _line_width(words)
    best, chosen, width = float("inf"), None, 0.0
    for at in range(1, len(words)):
        width += text_width(words[at - 1].text) + (_SPACE if at > 1 and not words[at - 1].continues else 0.0)
        rest = total - width - (0.0 if words[at].continues else _SPACE)
        if width > line_em or rest > line_em:
            continue
        is_clause = words[at - 1].ends_clause or words[at - 1].ends_sentence
        cost = abs(width - rest) / line_em - (0.3 if is_clause else 0.0) + 0.3 * words[at - 1].leads_on
        if cost < best:
            best, chosen = cost, at
    return chosen


def _line_width(words: Sequence[TimedWord]) -> float:
    spaces = sum(not word.continues for word in words[1:])
    return sum(text_width(word.text) for word in words) + spaces * _SPACE


_SPACE = text_width(" ")
