"""Captions of a transcript, as WebVTT (https://www.w3.org/TR/webvtt1/) and as SubRip.

At most two lines of 42 characters and seven seconds: Netflix' English Timed Text Style Guide
(https://partnerhelp.netflixstudios.com/hc/en-us/articles/217350977), which BBC's guidelines bear out
(https://www.bbc.co.uk/accessibility/forproducts/guides/subtitles/). Both ask for breaks where the sentence or
the speaker makes one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.ai.sentences import SENTENCE_END
from app.ai.transcription.normalization import interpolate_word_times
from app.models.transcript import Transcript, Word

LINE_LENGTH = 42
MAX_SECONDS = 7.0
MIN_SECONDS = 1.0
"""Where the next caption leaves room for it. Netflix' own minimum is 5/6 s."""

LONG_PAUSE_SECONDS = 1.5
"""No caption stands over a silence of this length."""

SHORT_PAUSE_SECONDS = 0.4
CLAUSE_ENDS = (",", ";", ":", "–", "—", "،", "、", "，", "；", "：")
WITHOUT_SPACES = {"ja", "km", "lo", "my", "th", "yue", "zh"}
"""Languages that write their words together."""

# What a caption costs: one for itself, so that there are few; more for a bad place to end, and for haste.
CUE_COST = 1.0
CLAUSE_BREAK_COST = 0.5
SPLIT_CLAUSE_COST = 2.0
SHORT_CUE_COST = 1.5


@dataclass(frozen=True, slots=True)
class Cue:
    """Times are in milliseconds."""

    start: int
    end: int
    lines: tuple[str, ...]


def to_vtt(transcript: Transcript) -> str:
    cues = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(chr(10).join(cue.lines))}\n"
        for cue in cues_of(transcript)
    )
    return "\n".join(["WEBVTT\n", *cues])


def to_srt(transcript: Transcript) -> str:
    """SubRip knows no escapes: an arrow in the text, which would look like times, becomes another one."""
    cues = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n"
        f"{chr(10).join(cue.lines).replace('-->', '→')}\n"
        for number, cue in enumerate(cues_of(transcript), start=1)
    )
    return "\n".join(cues)


def cues_of(transcript: Transcript) -> list[Cue]:
    """The captions, in order, none over another."""
    space = "" if transcript.language in WITHOUT_SPACES else " "
    words = _short_words(transcript)
    groups = [words[first : last + 1] for first, last in _grouped(words, space)]
    cues: list[Cue] = []
    for index, group in enumerate(groups):
        free = groups[index + 1][0].start if index + 1 < len(groups) else None
        start = max(_milliseconds(group[0].start), cues[-1].end if cues else 0)
        end = _milliseconds(_end(group, free))
        # Words that all carry one time still need captions that last.
        cues.append(Cue(start, max(end, start + 1), _lines([word.word for word in group], space)))
    return cues


def _end(group: Sequence[Word], free: float | None) -> float:
    start = group[0].start
    end = min(max(group[-1].end, start + MIN_SECONDS), start + MAX_SECONDS)
    return end if free is None else min(end, free)


def _short_words(transcript: Transcript) -> list[Word]:
    """The words, none of them longer than a line. A transcript without word times yields those it implies."""
    words = transcript.word_timestamps or [
        word for segment in transcript.segment_timestamps for word in interpolate_word_times(segment)
    ]
    short: list[Word] = []
    for word in words:
        text = " ".join(word.word.split())
        parts = [text[at : at + LINE_LENGTH] for at in range(0, len(text), LINE_LENGTH)]
        step = (word.end - word.start) / max(1, len(parts))
        for number, part in enumerate(parts):
            start = word.start + number * step
            short.append(Word(word=part, start=start, end=start + step))
    return short


def _grouped(words: Sequence[Word], space: str) -> list[tuple[int, int]]:
    """First and last word of each caption: the cheapest way to part them all (a shortest path)."""
    breaks = [_cost_of_ending(words, last) for last in range(len(words))]
    costs = [0.0] + [float("inf")] * len(words)
    firsts = [0] * (len(words) + 1)
    for first in range(len(words)):
        for last in _possible_ends(words, first, len(space)):
            haste = SHORT_CUE_COST if words[last].end - words[first].start < MIN_SECONDS else 0.0
            cost = costs[first] + CUE_COST + breaks[last] + haste
            if cost < costs[last + 1]:
                costs[last + 1], firsts[last + 1] = cost, first
    groups: list[tuple[int, int]] = []
    following = len(words)
    while following:
        groups.append((firsts[following], following - 1))
        following = firsts[following]
    return groups[::-1]


def _possible_ends(words: Sequence[Word], first: int, space: int) -> Iterator[int]:
    """The words that a caption from `first` on may end with."""
    yield first
    length, is_second_line = len(words[first].word), False
    for last in range(first + 1, len(words)):
        word = words[last]
        if (
            word.end - words[first].start > MAX_SECONDS
            or word.start - words[last - 1].end >= LONG_PAUSE_SECONDS
        ):
            return
        if length + space + len(word.word) <= LINE_LENGTH:
            length += space + len(word.word)
        elif is_second_line:
            return
        else:
            length, is_second_line = len(word.word), True
        yield last


def _cost_of_ending(words: Sequence[Word], last: int) -> float:
    if last + 1 == len(words) or words[last + 1].start - words[last].end >= SHORT_PAUSE_SECONDS:
        return 0.0
    return _cost_of_break(words[last].word)


def _cost_of_break(before: str) -> float:
    if SENTENCE_END.search(before):
        return 0.0
    return CLAUSE_BREAK_COST if before.endswith(CLAUSE_ENDS) else SPLIT_CLAUSE_COST


def _lines(texts: Sequence[str], space: str) -> tuple[str, ...]:
    whole = space.join(texts)
    if len(whole) <= LINE_LENGTH:
        return (whole,)
    cut = _best_break(texts, space)
    return space.join(texts[:cut]), space.join(texts[cut:])


def _best_break(texts: Sequence[str], space: str) -> int:
    """The first word of the second line: after punctuation where possible, with lines of like length."""
    lengths = [len(space.join(texts[:cut])) for cut in range(len(texts) + 1)]
    possible = [
        (_cost_of_break(texts[cut - 1]) * LINE_LENGTH / 4 + abs(second - lengths[cut]), cut)
        for cut in range(1, len(texts))
        if lengths[cut] <= LINE_LENGTH and (second := lengths[-1] - lengths[cut] - len(space)) <= LINE_LENGTH
    ]
    return min(possible)[1]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _clock(milliseconds: int, mark: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{rest:03}"
