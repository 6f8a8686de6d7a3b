"""What the head of a web server's answer says, read and put into words."""

import datetime as dt
import re
import ssl
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Self

import httpx

from app.core.exceptions import DownloadError, SourceRejectedError, SourceUnavailableError

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})

SETTLED_AFTER = dt.timedelta(seconds=60)
"""A file that was changed less than this before the answer may change again within the same second, and its
date tells nobody (RFC 9110, section 8.8.2.2, leaves the margin to us)."""

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_LOGIN = "give a link that needs no login, or one that is signed"
_REFUSALS = {
    HTTPStatus.UNAUTHORIZED: ("asks for a login", _LOGIN),
    HTTPStatus.FORBIDDEN: ("does not let us in", _LOGIN),
    HTTPStatus.NOT_FOUND: ("does not exist", "check the address for typing errors"),
    HTTPStatus.GONE: ("is gone for good", "find another address of the video"),
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: ("is withheld for legal reasons", None),
}


def redact_url(url: httpx.URL) -> str:
    """An address as messages may show it: without login and query, which let their bearer in."""
    bare = url.copy_with(username=None, password=None, query=None, fragment=None)
    return f"{bare}?…" if url.query else str(bare)


def error_for_status(response: httpx.Response) -> DownloadError:
    """The cause that an answer's status stands for."""
    status = response.status_code
    where = redact_url(response.url)
    said = f"{status} {response.reason_phrase}".strip()
    if status in TRANSIENT:
        delay = retry_after(response)
        wait = f"; it asks to come back in {delay:g} s" if delay else ""
        return SourceUnavailableError(
            f"{response.url.host} cannot serve {where} now ({said}){wait}", remedy="try again later"
        )
    if status in _REFUSALS:
        words, remedy = _REFUSALS[HTTPStatus(status)]
        return SourceRejectedError(f"{where} {words} ({said})", remedy=remedy)
    return SourceRejectedError(f"{where} answers {said} instead of a video", remedy="check the address")


def retry_after(response: httpx.Response) -> float | None:
    """Retry-After in seconds, which may also be a date; None without it."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    until = _date(value)
    return max((until - dt.datetime.now(dt.UTC)).total_seconds(), 0.0) if until else None


def content_length(response: httpx.Response) -> int | None:
    value = response.headers.get("content-length", "")
    return int(value) if value.isdecimal() else None


def strong_validator(response: httpx.Response) -> str | None:
    """What names these very bytes, for If-Range; None without it, and then nothing can be resumed."""
    tag = response.headers.get("etag", "")
    if tag.startswith('"'):
        return str(tag)
    changed, sent = (_date(response.headers.get(name, "")) for name in ("last-modified", "date"))
    if not tag and changed and sent and sent - changed >= SETTLED_AFTER:
        return str(response.headers["last-modified"])
    return None


@dataclass(frozen=True, slots=True)
class ContentRange:
    """The first byte of a part, -1 where that is not said, and the size of the whole where it is."""

    start: int
    total: int | None

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
        if found is None:
            return cls(-1, None)
        total = found.group(2)
        return cls(int(found.group(1)), None if total == "*" else int(total))


def has_invalid_certificate(error: BaseException) -> bool:
    """Whether a certificate was the cause, however deep it is wrapped."""
    current: BaseException | None = error
    while current is not None:
        if isinstance(current, ssl.SSLCertVerificationError):
            return True
        current = current.__cause__ or current.__context__
    return False


def _date(value: str) -> dt.datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=dt.UTC)
