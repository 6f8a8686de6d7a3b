"""Points in time as command options: durations and dates."""

import re
from datetime import UTC, datetime, timedelta

import typer

_DURATION = re.compile(r"(\d{1,6})([hdwy])")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}
FORMATS = "a duration such as 12h, 90d, 4w or 1y, or a date such as 2027-01-31"


def parse_distance(text: str, *, now: datetime, sign: int) -> datetime:
    """Return the time that `text` names: a date, or a duration from now.

    Args:
        sign: 1 for durations into the future, -1 for the past.

    Raises:
        typer.BadParameter: it is neither.
    """
    if found := _DURATION.fullmatch(text):
        try:
            return now + sign * timedelta(hours=int(found[1]) * _HOURS[found[2]])
        except OverflowError:
            raise typer.BadParameter(f"{text!r} is too long") from None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not {FORMATS}") from None
    return parsed if parsed.tzinfo else parsed.astimezone(UTC)
