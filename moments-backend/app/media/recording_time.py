"""Time of a recording, from the file's tags or its name.

Never the time of the import or of the file itself: copies change it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

WITH_ZONE_TAGS = ("com.apple.quicktime.creationdate", "date_recorded", "datetimeoriginal")
"""Set by cameras and users; local time, mostly with its zone."""

CREATION_TAGS = ("creation_time",)
"""UTC by specification. Encoders set it as well, so the tags above take precedence."""

DATE_TAGS = ("date", "creation_date", "date_digitized", "icrd", "idit", "year")
"""Dates entered by users; often only a year, which is ignored."""

_FIRST_CREATION_YEAR = 1990
"""Older creation times come from unset clocks: MP4 counts from 1904, Unix from 1970, FAT from 1980."""

_FIRST_YEAR = 1888
"""Dates of digitised recordings may be this old."""

_NAME_YEARS = range(1990, 2100)
_TOLERANCE = timedelta(days=1, hours=1)
"""Clocks without a zone may be ahead of UTC by 14 hours."""

_DATE = re.compile(
    r"(\d{4})[-:/.]?(\d{2})[-:/.]?(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_WRITTEN, _NAMED = "%Y-%m-%d %H:%M:%S.%f", "%Y %m %d %H %M %S"
_IDIT = "%a %b %d %H:%M:%S %Y"
"""Date of AVI files of cameras, as C's `ctime` writes it."""

_NAME_PATTERNS = tuple(
    re.compile(rf"(?<!\d){pattern}")
    for pattern in (
        # 20240131_142233, VID_20240131_142233, PXL_20240131_142233123, 20240131T142233, 20240131142233
        r"(\d{4})(\d{2})(\d{2})[_\-T .]?(\d{2})(\d{2})(\d{2})(?:\d{3})?(?!\d)",
        # 2024-01-31 14.22.33, 2024-01-31_14-22-33, WhatsApp Video 2024-01-31 at 14.22.33
        r"(\d{4})[-_.](\d{2})[-_.](\d{2})(?:[_\-T ,.]{1,2}| at )(\d{2})[-_.:h](\d{2})[-_.:m](\d{2})(?!\d)",
        # signal-2024-01-31-142233
        r"(\d{4})[-_.](\d{2})[-_.](\d{2})[_\-T ](\d{2})(\d{2})(\d{2})(?!\d)",
        # 20240131, 2024-01-31
        r"(\d{4})(\d{2})(\d{2})(?!\d)",
        r"(\d{4})[-_.](\d{2})[-_.](\d{2})(?!\d)",
    )
)
_UTC_NAME = re.compile(r"^PXL_\d{8}_\d{9}")
"""Google's Pixel names files in UTC."""


def from_tags(tags: Mapping[str, str]) -> datetime | None:
    """Return the recording time of tags with lower-case names, with its zone.

    A time without a zone is local time of this machine, except `creation_time`, which is UTC.
    """
    for name in WITH_ZONE_TAGS:
        if (found := parse(tags.get(name, ""))) is not None:
            return found
    for name in CREATION_TAGS:
        found = parse(tags.get(name, ""), utc=True)
        if found is not None and found.year >= _FIRST_CREATION_YEAR and not _is_unset(found):
            return found
    for name in DATE_TAGS:
        if (found := parse(tags.get(name, ""))) is not None:
            return found
    return None


def parse(text: str, *, utc: bool = False) -> datetime | None:
    """Parse a complete date; None for others and for the future. A date without time is its noon."""
    text = text.strip()
    if not text:
        return None
    found = _DATE.match(text)
    if found is None:
        try:
            parsed = datetime.strptime(text, _IDIT)  # noqa: DTZ007 - the zone follows
        except ValueError:
            return None
        return _plausible(_with_zone(parsed, utc=utc))
    zone, fraction = found[8], (found[7] or "0").ljust(6, "0")
    clock = f"{found[4] or '12'}:{found[5] or '00'}:{found[6] or '00'}.{fraction}"
    is_offset = zone is not None and zone not in {"Z", "UTC"}
    written = f"{found[1]}-{found[2]}-{found[3]} {clock}{zone if is_offset else ''}"
    try:
        parsed = datetime.strptime(written, _WRITTEN + ("%z" if is_offset else ""))  # noqa: DTZ007 - see below
    except ValueError:
        return None
    return _plausible(parsed if is_offset else _with_zone(parsed, utc=utc or zone is not None))


def from_name(name: str) -> datetime | None:
    """Return the recording time in a file name, as local time of this machine; a date alone is its noon.

    Examples: `VID_20240131_142233.mp4`, `2024-01-31 14.22.33.mov`, `PXL_20240131_142233123.mp4` (UTC).
    """
    for pattern in _NAME_PATTERNS:
        for found in pattern.finditer(name):
            # Noon is the same date in most zones.
            year, *rest = (*found.groups(), "12", "00", "00")[:6]
            if int(year) not in _NAME_YEARS:
                continue
            try:
                plain = datetime.strptime(" ".join([year, *rest]), _NAMED)  # noqa: DTZ007 - the zone follows
            except ValueError:
                continue
            if (time := _plausible(_with_zone(plain, utc=bool(_UTC_NAME.match(name))))) is not None:
                return time
    return None


def _with_zone(plain: datetime, *, utc: bool) -> datetime | None:
    try:
        return plain.replace(tzinfo=UTC) if utc else plain.astimezone()
    except (OverflowError, OSError, ValueError):
        return None


def _plausible(time: datetime | None) -> datetime | None:
    if time is None or time.year < _FIRST_YEAR or time > datetime.now(UTC) + _TOLERANCE:
        return None
    return time


def _is_unset(time: datetime) -> bool:
    """Return whether it is the start of a year, as clocks show after a reset."""
    return (time.month, time.day, time.hour, time.minute, time.second) == (1, 1, 0, 0, 0)
