"""Selection of the videos of a list that a check adds; without I/O."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from app.core.exceptions import InvalidRequestError
from app.core.urls.normalization import normalise_source_url
from app.models.text import clean_line
from app.services.downloads.listing import ListedVideo
from app.services.downloads.ssrf_guard import SsrfGuard

MAX_TITLE = 500
MAX_LINK_LENGTH = 8192

Action = Literal["add", "skip", "later", "fail"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a subscription."""

    max_items: int
    max_age_days: int | None = None
    max_duration_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A video, and the action of the check.

    Attributes:
        link: the address as the list states it, for the download.
        url: the normalised address, or the link if it is invalid.
    """

    key: str
    link: str
    url: str
    video: ListedVideo
    action: Action
    reason: str | None = None

    @property
    def title(self) -> str | None:
        return clean_line(self.video.title or "", MAX_TITLE) or None


def addresses(videos: Iterable[ListedVideo]) -> list[str]:
    """Return the normalised addresses of the videos that have a valid one."""
    found = []
    for video in videos:
        try:
            found.append(normalise_source_url(video.url))
        except InvalidRequestError:
            continue
    return list(dict.fromkeys(found))


def select(
    videos: Iterable[ListedVideo],
    *,
    known: Collection[str],
    registered: Mapping[str, str],
    limits: Limits,
    is_first: bool,
    now: datetime,
    guard: SsrfGuard,
) -> list[Choice]:
    """Return a choice for each new video, in the order of the list.

    The first check skips what exceeds `max_items`, so that a long archive is not added little by little;
    later ones leave it to the following check.

    Args:
        known: keys of the videos that earlier checks found.
        registered: by normalised address, where the library has a video of it.
    """
    choices, seen, added = list[Choice](), set(known), 0
    for video in videos:
        link = video.url.strip()
        url, problem = _normalised(link, guard)
        key = sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
        if key in seen:
            continue
        seen.add(key)
        action, reason = _decide(video, problem or registered.get(url), limits, now)
        if action == "add" and added >= limits.max_items:
            action = "skip" if is_first else "later"
            reason = f"more than {limits.max_items} new videos in one check"
        added += action == "add"
        shown = clean_line(url, MAX_LINK_LENGTH)
        choices.append(Choice(key, link, shown, video, action, reason))
    return choices


def _decide(
    video: ListedVideo, problem: str | None, limits: Limits, now: datetime
) -> tuple[Action, str | None]:
    reason = problem or video.unusable
    if reason is not None:
        return "skip", reason
    if video.is_upcoming:
        return "later", "a live stream that has not ended"
    if limits.max_age_days is not None and video.published_at is not None:
        oldest = (now - timedelta(days=limits.max_age_days)).timestamp()
        if video.published_at < oldest:
            return "skip", f"published more than {limits.max_age_days} days ago"
    longest = limits.max_duration_seconds
    if longest is not None and (video.duration_seconds or 0) > longest:
        return "skip", f"longer than {longest} s"
    return "add", None


def _normalised(link: str, guard: SsrfGuard) -> tuple[str, str | None]:
    """Return the normalised address, and why it cannot be downloaded."""
    if len(link) > MAX_LINK_LENGTH:
        return link, f"its link is longer than {MAX_LINK_LENGTH} characters"
    try:
        url = normalise_source_url(link)
    except InvalidRequestError as error:
        return link, error.cause
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return url, "its link is not an http or https URL"
    if _is_blocked(parts.hostname or "", guard):
        return url, "its link leads into a private network"
    return url, None


def _is_blocked(host: str, guard: SsrfGuard) -> bool:
    """Return whether a literal address is private; names are checked when the download resolves them."""
    if host == "localhost" or host.endswith(".localhost"):
        return not guard.may_reach("127.0.0.1")
    try:
        ip_address(host)
    except ValueError:
        return False
    return not guard.may_reach(host)
