"""Parsers for the response headers of web servers."""

import datetime as dt
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Self

import httpx

STRONG_AFTER = dt.timedelta(seconds=60)
"""A file modified more recently than this before the response may change again within the same second, so
its date is a weak validator (RFC 9110, section 8.8.2.2, leaves the margin to us)."""

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


def retry_after(response: httpx.Response) -> float | None:
    """Return Retry-After, a number or a date, in seconds; None if missing."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value[:9])  # a longer number may be infinite
    until = _date(value)
    return max((until - dt.datetime.now(dt.UTC)).total_seconds(), 0.0) if until else None


def content_length(response: httpx.Response) -> int | None:
    value = response.headers.get("content-length", "")
    return int(value) if value.isdecimal() else None


def strong_validator(response: httpx.Response) -> str | None:
    """Return the strong validator for If-Range; without one a download cannot be resumed."""
    tag = response.headers.get("etag", "")
    if tag.startswith('"'):
        return str(tag)
    changed, sent = (_date(response.headers.get(name, "")) for name in ("last-modified", "date"))
    if not tag and changed and sent and sent - changed >= STRONG_AFTER:
        return str(response.headers["last-modified"])
    return None


@dataclass(frozen=True, slots=True)
class ContentRange:
    """First byte of a range (-1 if missing) and size of the whole (None if unknown)."""

    start: int
    total: int | None

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
        if found is None:
            return cls(-1, None)
        total = found.group(2)
        return cls(int(found.group(1)), None if total == "*" else int(total))


def _date(value: str) -> dt.datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=dt.UTC)
