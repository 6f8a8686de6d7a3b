"""Reads transcripts in common formats: SRT, WebVTT, plain text and JSON.

Files are read as well as possible: cues may overlap, be out of order, lack their number or their end, and use
any common encoding. What cannot be read is refused with the number of its line.
"""

import math
from dataclasses import replace
from enum import StrEnum

from app.ai.transcription.normalization import assemble
from app.core.exceptions import InvalidCaptionsError
from app.models.transcript import Segment, Transcript
from app.services.transcripts.caption_text import decode, plain_text
from app.services.transcripts.cue_reader import MAX_CUES, Cue, read_cues
from app.services.transcripts.json_reader import read_json
from app.services.transcripts.plain_text_reader import read_plain_text
from app.services.transcripts.text_language import language_of

MAX_CHARACTERS = 3_000_000
"""Maximum text of a file without its markup: about 50 hours of speech."""

SAME_TIME_SECONDS = 0.05
"""Cues with both times this close are shown together, such as those of two speakers."""

TOLERANCE_SECONDS = 5.0
"""Cues that start this long after the end of the video are not part of it."""

SECONDS_PER_CHARACTER = 0.06
MIN_SECONDS, MAX_SECONDS = 1.0, 7.0
"""Duration of a cue whose end is not after its start, unless the next cue begins earlier."""


HEAD_BYTES = 4096
"""Bytes that are examined to determine the format of plain text."""


class CaptionFormat(StrEnum):
    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"
    JSON = "json"


_MEDIA_TYPES = {
    "text/vtt": CaptionFormat.VTT,
    "application/x-subrip": CaptionFormat.SRT,
    "application/srt": CaptionFormat.SRT,
    "text/srt": CaptionFormat.SRT,
    "text/plain": CaptionFormat.TXT,
    "application/json": CaptionFormat.JSON,
}
MEDIA_TYPES = tuple(_MEDIA_TYPES)


def format_of(content: bytes, *, media_type: str = "", filename: str = "") -> CaptionFormat | None:
    """Return the format by the media type, else by the name; plain text may contain any of the formats."""
    extension = filename.rpartition(".")[2].lower()
    named = _MEDIA_TYPES.get(media_type) or next((f for f in CaptionFormat if f == extension), None)
    if named is not CaptionFormat.TXT:
        return named
    head = decode(content[:HEAD_BYTES]).lstrip()
    if head.startswith("WEBVTT"):
        return CaptionFormat.VTT
    if head.startswith("{"):
        return CaptionFormat.JSON
    return CaptionFormat.SRT if "-->" in head else CaptionFormat.TXT


def parse_captions(
    content: bytes,
    file_format: CaptionFormat,
    *,
    seconds: float | None = None,
    language: str | None = None,
    spoken: Transcript | None = None,
) -> Transcript:
    """Return the transcript of a file; blocks for seconds if it is large. The source is not set.

    Args:
        seconds: length of the video; None if unknown.
        language: language of the text; by default the file's, else the one that the text seems to be in.
        spoken: transcript with times for a text without times.

    Raises:
        InvalidCaptionsError: it cannot be read, or contains no text.
    """
    text = decode(content)
    length = seconds or math.inf
    if file_format is CaptionFormat.JSON:
        found, own_language = read_json(text, seconds=length)
    elif file_format is CaptionFormat.TXT:
        found, own_language = read_plain_text(text, seconds=length, spoken=spoken), None
    else:
        cues, own_language = read_cues(text, is_vtt=file_format is CaptionFormat.VTT)
        found = assemble([], _segments(_within(cues, length)), language=None, seconds=length)
    if not found.text:
        raise InvalidCaptionsError(
            "the file contains no text", remedy="send SRT, WebVTT, plain text or JSON with text and times"
        )
    if len(found.segment_timestamps) > MAX_CUES:
        raise InvalidCaptionsError(
            f"the file has {len(found.segment_timestamps)} segments; the limit is {MAX_CUES}"
        )
    code = language or own_language or language_of(found.text) or (spoken.language if spoken else None)
    if code is None:
        return found
    return found.model_copy(update={"language": code, "languages": found.languages or [code]})


def _within(cues: list[Cue], seconds: float) -> list[Cue]:
    """Return the cues inside the video, such as all but the credits of a translator at hour 99.

    Raises:
        InvalidCaptionsError: most cues are outside, so that the file belongs to another video.
    """
    outside = [cue for cue in cues if cue.start > seconds + TOLERANCE_SECONDS]
    if 2 * len(outside) > len(cues):
        raise InvalidCaptionsError(
            f"the cue at {outside[0].start:.1f} s is after the end of the video at {seconds:.1f} s",
            line=outside[0].line,
            remedy="check that the file belongs to this video",
        )
    return [cue for cue in cues if cue.start < seconds]


def _segments(cues: list[Cue]) -> list[Segment]:
    """Return one segment per cue, without the lines that scrolling captions repeat."""
    ordered = sorted(cues, key=lambda cue: (cue.start, cue.line))
    merged: list[Cue] = []
    for cue in ordered:
        if merged and _is_same_time(merged[-1], cue):
            lines = [*merged[-1].lines, *(line for line in cue.lines if line not in merged[-1].lines)]
            merged[-1] = replace(merged[-1], lines=tuple(lines))
        else:
            merged.append(cue)
    shown = _plain(merged)
    segments: list[Segment] = []
    previous: list[str] = []
    previous_end = -math.inf
    for index, (cue, lines) in enumerate(shown):
        end = cue.end
        if end <= cue.start:
            characters = sum(map(len, lines))
            end = cue.start + min(max(MIN_SECONDS, SECONDS_PER_CHARACTER * characters), MAX_SECONDS)
            if index + 1 < len(shown) and cue.start < shown[index + 1][0].start:
                end = min(end, shown[index + 1][0].start)
        new = _without_repeated(lines, previous) if cue.start <= previous_end + SAME_TIME_SECONDS else lines
        if new:
            segments.append(Segment(text=" ".join(new), start=cue.start, end=end))
        elif lines and segments:
            segments[-1] = segments[-1].model_copy(update={"end": max(segments[-1].end, end)})
        if lines:
            previous, previous_end = lines, end
    return segments


def _plain(cues: list[Cue]) -> list[tuple[Cue, list[str]]]:
    """Return the cues with their lines as plain text.

    Raises:
        InvalidCaptionsError: there are more than `MAX_CHARACTERS`.
    """
    shown, total = [], 0
    for cue in cues:
        lines = [line for line in map(plain_text, cue.lines) if line]
        total += sum(map(len, lines))
        if total > MAX_CHARACTERS:
            raise InvalidCaptionsError(
                f"the file has more than {MAX_CHARACTERS} characters of text",
                line=cue.line,
                remedy="import a shorter file",
            )
        shown.append((cue, lines))
    return shown


def _is_same_time(one: Cue, other: Cue) -> bool:
    return abs(one.start - other.start) <= SAME_TIME_SECONDS and abs(one.end - other.end) <= SAME_TIME_SECONDS


def _without_repeated(lines: list[str], previous: list[str]) -> list[str]:
    """Return the lines without those that captions which scroll up repeat from the previous cue."""
    for size in range(min(len(lines), len(previous)), 0, -1):
        if lines[:size] == previous[-size:]:
            return lines[size:]
    return lines
