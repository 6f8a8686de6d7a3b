"""Moments as a table (RFC 4180) for spreadsheets and scripts."""

import csv
from io import StringIO

from app.services.exports.markers.sheet import Event, MarkerSheet, one_line

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads the file in the system's encoding."""

FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
"""Spreadsheets evaluate cells that start with these; the last letters are the full-width forms."""

COLUMNS = (
    "number",
    "title",
    "start_time",
    "end_time",
    "duration",
    "start_timecode",
    "end_timecode",
    "score",
    "rating",
    "is_kept",
    "reason",
    "quote",
    "moment_id",
)


def to_csv(sheet: MarkerSheet) -> str:
    """Return a header and one row per moment; times in seconds and in timecode of the source."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, event in enumerate(sheet.events, start=1):
        writer.writerow(_row(number, event, sheet))
    return BYTE_ORDER_MARK + text.getvalue()


def plain_cell(text: str) -> str:
    """Return text that spreadsheets show instead of evaluating it."""
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


def _row(number: int, event: Event, sheet: MarkerSheet) -> list[object]:
    moment, source = event.moment, sheet.source
    return [
        number,
        plain_cell(event.title),
        f"{moment.start_time:.3f}",
        f"{moment.end_time:.3f}",
        f"{moment.end_time - moment.start_time:.3f}",
        source.timebase.timecode(source.first_frame + event.start),
        source.timebase.timecode(source.first_frame + event.end),
        f"{moment.score:g}",
        "" if moment.rating is None else moment.rating,
        "yes" if moment.is_kept else "no",
        plain_cell(event.note),
        plain_cell(one_line(moment.quote or "")),
        moment.id,
    ]
