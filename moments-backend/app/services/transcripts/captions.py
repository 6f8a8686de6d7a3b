"""Captions of a transcript as WebVTT (https://www.w3.org/TR/webvtt1/) and SubRip.

At most two lines of 42 characters and seven seconds, with breaks at the ends of sentences and at pauses:
Netflix' English Timed Text Style Guide (https://partnerhelp.netflixstudios.com/hc/en-us/articles/217350977),
in agreement with the BBC's (https://www.bbc.co.uk/accessibility/forproducts/guides/subtitles/).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.ai.sentences import SENTENCE_END
from app.ai.transcription.normalization import interpolate_word_times
from app.models.transcript import Transcript, Word

LINE_LENGTH = 42
MAX_SECONDS = 7.0
MIN_SECONDS = 1.0
"""If the next caption permits. Netflix' minimum is 5/6 s."""

LONG_PAUSE_SECONDS = 1.5
"""No caption spans a pause of this length."""

SHORT_PAUSE_SECONDS = 0.4
CLAUSE_ENDS = (",", ";", ":", "–", "—", "،", "、", "，", "；", "：")
WITHOUT_SPACES = {"ja", "km", "lo", "my", "th", "yue", "zh"}
"""Languages that are written without spaces between words."""

# Cost of a caption in the search for the best split. The cost of each cue keeps their number low.
CUE_COST = 1.0
CLAUSE_BREAK_COST = 0.5
SPLIT_CLAUSE_COST = 2.0
SHORT_CUE_COST = 1.5


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption; times in milliseconds."""

    start: int
    end: int
    lines: tuple[str, ...]


def to_vtt(transcript: Transcript, *, until: float | None = None) -> str:
    """Return the captions as WebVTT, see `build_cues`."""
    cues = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(chr(10).join(cue.lines))}\n"
        for cue in build_cues(transcript, until=until)
    )
    return "\n".join(["WEBVTT\n", *cues])


def to_srt(transcript: Transcript, *, until: float | None = None) -> str:
    """Return the captions as SubRip, which has no escapes: `-->` in the text is replaced by an arrow."""
    cues = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n"
        f"{chr(10).join(cue.lines).replace('-->', '→')}\n"
        for number, cue in enumerate(build_cues(transcript, until=until), start=1)
    )
    return "\n".join(cues)


def build_cues(transcript: Transcript, *, until: float | None = None) -> list[Cue]:
    """Return the captions in order, without overlap.

    Args:
        until: end of the video in seconds, up to which the last caption may be shown longer than spoken.
    """
    space = "" if transcript.language in WITHOUT_SPACES else " "
    words = _short_words(transcript)
    groups = [words[first : last + 1] for first, last in _group_words(words, space)]
    cues: list[Cue] = []
    for index, group in enumerate(groups):
        next_start = groups[index + 1][0].start if index + 1 < len(groups) else None
        start = max(_milliseconds(group[0].start), cues[-1].end if cues else 0)
        end = _milliseconds(_end(group, until if next_start is None else next_start))
        # Words with identical times still need a positive duration.
        cues.append(Cue(start, max(end, start + 1), _lines([word.word for word in group], space)))
    return cues


def _end(group: Sequence[Word], next_start: float | None) -> float:
    start = group[0].start
    end = min(max(group[-1].end, start + MIN_SECONDS), start + MAX_SECONDS)
    return end if next_start is None else min(end, next_start)


def _short_words(transcript: Transcript) -> list[Word]:
    """Split words longer than a line. Missing word times are interpolated from the segments."""
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


def _group_words(words: Sequence[Word], space: str) -> list[tuple[int, int]]:
    """Return the first and last word of each caption: the split of least cost, as a shortest path."""
    breaks = [_cost_of_ending(words, last) for last in range(len(words))]
    costs = [0.0] + [float("inf")] * len(words)
    firsts = [0] * (len(words) + 1)
    for first in range(len(words)):
        for last in _possible_ends(words, first, len(space)):
            short = SHORT_CUE_COST if words[last].end - words[first].start < MIN_SECONDS else 0.0
            cost = costs[first] + CUE_COST + breaks[last] + short
            if cost < costs[last + 1]:
                costs[last + 1], firsts[last + 1] = cost, first
    groups: list[tuple[int, int]] = []
    following = len(words)
    while following:
        groups.append((firsts[following], following - 1))
        following = firsts[following]
    return groups[::-1]


def _possible_ends(words: Sequence[Word], first: int, space: int) -> Iterator[int]:
    """Yield the possible last words of a caption that starts with word `first`."""
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
    """Return the first word of the second line: preferably after punctuation, with similar lengths."""
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


def _clock(milliseconds: int, separator: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{rest:03}"
