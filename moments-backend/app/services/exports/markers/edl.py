"""Edit decision lists in the format CMX 3600, which nearly every editor imports."""

from app.services.exports.markers.sheet import Event, MarkerSheet, Source
from app.services.exports.markers.timebase import Timebase

REEL = "AX"
"""Reel of material that is not on tape, so editors find the file by the clip's name.

Reels have at most 8 letters and digits, too few for a file name.
"""
RECORD_HOUR = 1
"""The programme starts at 01:00:00:00, as usual."""
MARKER_COLOR = "GREEN"
LINE_END = "\r\n"
MAX_TITLE = 70


def to_edl(sheet: MarkerSheet) -> str:
    """Return one event per moment, cut together without gaps, each with its title as a locator."""
    timebase = sheet.source.timebase
    lines = [
        f"TITLE: {sheet.source.title[:MAX_TITLE].rstrip()}",
        f"FCM: {'DROP FRAME' if timebase.is_drop else 'NON-DROP FRAME'}",
    ]
    record = _hour(timebase)
    for number, event in enumerate(sheet.events, start=1):
        lines += ["", *_event(number, event, sheet.source, record)]
        record += event.frames
    return LINE_END.join([*lines, ""])


def _event(number: int, event: Event, source: Source, record: int) -> list[str]:
    timecode = source.timebase.timecode
    times = (
        source.first_frame + event.start,
        source.first_frame + event.end,
        record,
        record + event.frames,
    )
    return [
        f"{number:03}  {REEL:<8} {_channels(source):<5} C        {' '.join(map(timecode, times))}",
        f"* FROM CLIP NAME: {source.filename}",
        # Locators have colons also in drop-frame timecode; importers skip others.
        f"* LOC: {timecode(record).replace(';', ':')} {MARKER_COLOR:<7} {event.title}",
    ]


def _channels(source: Source) -> str:
    """Return the tracks: V is picture, B picture with one audio track, AA/V picture with two."""
    if not source.has_video:
        return "AA" if source.channels > 1 else "A"
    return {0: "V", 1: "B"}.get(source.channels, "AA/V")


def _hour(timebase: Timebase) -> int:
    frame = timebase.parse(f"{RECORD_HOUR:02}:00:00:00")
    return frame or 0
