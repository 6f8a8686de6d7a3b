"""Selection of the videos that a check adds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.services.downloads.listing import ListedVideo
from app.services.downloads.ssrf_guard import SsrfGuard
from app.services.subscriptions.selection import Choice, Limits, select

NOW = datetime(2026, 1, 31, tzinfo=UTC)
DAY = 86400.0


def choices(*videos: ListedVideo, is_first: bool = False, **limits: Any) -> list[Choice]:
    return select(
        videos,
        known=(),
        registered={"https://example.org/known.mp4": "in the library as 'known'"},
        limits=Limits(**{"max_items": 10} | limits),
        is_first=is_first,
        now=NOW,
        guard=SsrfGuard([]),
    )


def video(url: str = "https://example.org/a.mp4", **fields: Any) -> ListedVideo:
    return ListedVideo(url, **fields)


@pytest.mark.parametrize(
    ("listed", "action", "reason"),
    [
        (video(), "add", None),
        (video(published_at=NOW.timestamp() - 6 * DAY), "add", None),
        (video(published_at=NOW.timestamp() - 8 * DAY), "skip", "published more than 7 days ago"),
        (video(duration_seconds=3600), "add", None),
        (video(duration_seconds=3601), "skip", "longer than 3600 s"),
        (video("https://example.org/known.mp4"), "skip", "in the library as 'known'"),
        (video(unusable="contains only audio"), "skip", "contains only audio"),
        (video(is_upcoming=True), "later", "a live stream that has not ended"),
        (video("http://127.0.0.1/a.mp4"), "skip", "its link leads into a private network"),
        (video("http://localhost/a.mp4"), "skip", "its link leads into a private network"),
        (video("http://[::1]/a.mp4"), "skip", "its link leads into a private network"),
        (video("http://169.254.169.254/latest"), "skip", "its link leads into a private network"),
        (video("gs://bucket/a.mp4"), "skip", "its link is not an http or https URL"),
        (video(f"https://example.org/{'a' * 9000}"), "skip", "its link is longer than 8192 characters"),
    ],
)
def test_limits(listed: ListedVideo, action: str, reason: str | None) -> None:
    (choice,) = choices(listed, max_age_days=7, max_duration_seconds=3600)
    assert (choice.action, choice.reason) == (action, reason)


@pytest.mark.parametrize("link", ["file:///etc/passwd", "javascript:alert(1)", "", "no link", "https://[::1"])
def test_invalid_links_are_named(link: str) -> None:
    (choice,) = choices(video(link))
    assert choice.action == "skip"
    assert (choice.reason or "").startswith("invalid link")


@pytest.mark.parametrize(("is_first", "action"), [(True, "skip"), (False, "later")])
def test_archive_is_skipped_by_the_first_check(is_first: bool, action: str) -> None:
    listed = [video(f"https://example.org/{number}.mp4") for number in range(4)]
    assert [choice.action for choice in choices(*listed, is_first=is_first, max_items=2)] == [
        "add",
        "add",
        action,
        action,
    ]


def test_known_and_repeated_videos_are_left_out() -> None:
    first = choices(video("https://example.org/a.mp4?utm_source=x"), video("https://EXAMPLE.org/a.mp4#t=5"))
    assert [choice.url for choice in first] == ["https://example.org/a.mp4"]
    again = select(
        [video()],
        known={first[0].key},
        registered={},
        limits=Limits(10),
        is_first=False,
        now=NOW,
        guard=SsrfGuard([]),
    )
    assert again == []


def test_titles_are_one_clean_line() -> None:
    (choice,) = choices(video(title="a\nb\u202ec\0" + "x" * 1000))
    assert choice.title is not None
    assert choice.title.startswith("a bc")
    assert len(choice.title) == 500
