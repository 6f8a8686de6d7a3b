"""Cues of SRT and WebVTT files (https://www.w3.org/TR/webvtt1/), with the lines that they begin on."""

import re
from dataclasses import dataclass

from app.core.exceptions import InvalidCaptionsError
from app.core.languages import language_code
from app.services.transcripts.caption_text import split_lines

MAX_CUES = 50_000
MAX_LINES = 500_000
MAX_QUOTED = 60

_TIME = r"(-?)\s*(?:(\d{1,4})\s*:\s*)?(\d{1,3})\s*:\s*(\d{1,2})(?:\s*[.,:]\s*(\d{1,9}))?"
_TIMING = re.compile(rf"^{_TIME}\s*(?:-{{1,3}}\s*>|→|—>)\s*{_TIME}(?![\d:])")
_LIKE_TIMING = re.compile(r"^-?\d.*-->|-->\s*-?\d{1,4}\s*:")
MAX_TIMING_CHARACTERS = 200
"""Times are at the beginning of a line; longer beginnings would make hostile files slow to read."""
_NUMBER = re.compile(r"\d{1,7}")
_LANGUAGE = re.compile(r"^Language:\s*([\w-]{2,})", re.IGNORECASE)

REMEDY = "write the times as 00:00:01,000 --> 00:00:02,500"


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue with its markup; times in seconds, the end possibly not after the start."""

    line: int
    """Number of the line with the times, from 1."""
    start: float
    end: float
    lines: tuple[str, ...]


def read_cues(text: str, *, is_vtt: bool) -> tuple[list[Cue], str | None]:
    """Return the cues in the order of the file, and the language that a WebVTT header names.

    Raises:
        InvalidCaptionsError: times cannot be read, or the file has none or too many.
    """
    lines = split_lines(text)
    if len(lines) > MAX_LINES:
        raise InvalidCaptionsError(
            f"the file has more than {MAX_LINES} lines", line=MAX_LINES + 1, remedy="import a shorter file"
        )
    reader = _Reader(is_vtt=is_vtt)
    for number, line in enumerate(lines, start=1):
        reader.read(number, line)
    reader.end_cue()
    if not reader.cues:
        raise InvalidCaptionsError("the file contains no times", line=1, remedy=REMEDY)
    return reader.cues, reader.language


class _Reader:
    def __init__(self, *, is_vtt: bool) -> None:
        self.cues: list[Cue] = []
        self.language: str | None = None
        self._is_vtt = is_vtt
        self._times: tuple[int, float, float] | None = None
        self._lines: list[str] = []
        self._is_open = False

    def read(self, number: int, line: str) -> None:
        beginning = " ".join(line[:MAX_TIMING_CHARACTERS].split())
        if found := _TIMING.match(beginning):
            self._drop_number()
            self.end_cue()
            if len(self.cues) >= MAX_CUES:
                raise InvalidCaptionsError(
                    f"the file has more than {MAX_CUES} cues", line=number, remedy="import a shorter file"
                )
            groups = found.groups()
            self._times = (number, _seconds(*groups[:5]), _seconds(*groups[5:]))
            self._is_open = True
        elif _LIKE_TIMING.search(beginning):
            quoted = beginning[:MAX_QUOTED]
            raise InvalidCaptionsError(f"invalid times {quoted!r}", line=number, remedy=REMEDY)
        elif self._times is None:
            header = _LANGUAGE.match(line) if self._is_vtt and self.language is None else None
            self.language = language_code(header[1]) if header else self.language
        elif self._is_open:
            self._lines.append(line)
            # Comments, styles and regions of WebVTT are blocks of their own. SRT files contain blank lines.
            self._is_open = bool(line.strip()) or not self._is_vtt

    def end_cue(self) -> None:
        """Add the cue that was read last."""
        if self._times is not None:
            line, start, end = self._times
            self.cues.append(Cue(line, start, end, tuple(part for part in self._lines if part.strip())))
        self._times, self._lines = None, []

    def _drop_number(self) -> None:
        """Remove the number of the next cue from the lines of the last one."""
        if self._lines and _NUMBER.fullmatch(self._lines[-1].strip()):
            follows_blank = len(self._lines) == 1 or not self._lines[-2].strip()
            if follows_blank or int(self._lines[-1]) == len(self.cues) + 2:
                self._lines.pop()


def _seconds(sign: str, hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    if sign:
        return 0.0
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + (int(fraction) / 10 ** len(fraction) if fraction else 0.0)
