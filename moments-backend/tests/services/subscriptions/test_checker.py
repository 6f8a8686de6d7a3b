"""Checks of real feeds and lists on loopback, with a real database."""

import gzip
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.exceptions import (
    BlockedAddressError,
    InvalidFeedError,
    QueueFullError,
    SourceRejectedError,
    SourceUnavailableError,
    SubscriptionExistsError,
    TooLargeError,
)
from app.models.pipeline import GenerateMomentsRequest
from app.models.subscription import SubscriptionCreate, SubscriptionRecord, SubscriptionUpdate
from app.services.downloads.listing import list_site
from app.services.subscriptions import feeds
from app.services.subscriptions.checker import SubscriptionChecker
from app.services.subscriptions.service import SubscriptionService
from tests.fixtures.library import Library
from tests.services.downloads.support.web_server import Handler, Web, endless, redirect, respond, web_server
from tests.services.subscriptions.support import item, rss

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("session_factory")]

LOOPBACK = IPv4Network("127.0.0.0/8")
XML = "application/rss+xml"


@dataclass
class Run:
    """A submitted run."""

    request_id: str


@dataclass
class Subscribed:
    """Subscriptions with a queue that records the requests."""

    settings: Settings
    web: Web
    requests: list[GenerateMomentsRequest] = field(default_factory=list)
    error: Exception | None = None

    def __post_init__(self) -> None:
        self.checker = SubscriptionChecker(self.settings, self.submit)
        self.service = SubscriptionService(self.settings, self.checker)

    async def submit(self, request: GenerateMomentsRequest) -> Run:
        if self.error is not None:
            raise self.error
        self.requests.append(request)
        return Run(f"{len(self.requests):032x}")

    async def to(self, path: str, **options: Any) -> SubscriptionRecord:
        return await self.service.create(SubscriptionCreate(url=self.web.url(path), **options))

    async def state(self) -> SubscriptionRecord:
        return (await self.service.list_all())[0]

    def links(self) -> list[str | None]:
        return [request.video_url for request in self.requests]


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


@pytest.fixture
def subscribed(settings: Settings, web: Web, session_factory: async_sessionmaker[AsyncSession]) -> Subscribed:
    allowing = settings.model_copy(update={"video_download_allowed_networks": [LOOPBACK]})
    return Subscribed(allowing, web)


def feed(*urls: str, **options: Any) -> bytes:
    return rss(item(url, title=f"Talk {number}", **options) for number, url in enumerate(urls))


def urls(*names: str) -> list[str]:
    return [f"https://example.org/{name}.mp4" for name in names]


async def test_new_videos_are_queued_once(subscribed: Subscribed, web: Web, library: Library) -> None:
    web.on("/feed", respond(feed(*urls("a", "b")), content_type=XML))
    made = await subscribed.to("/feed", moments=False, tags=["talks"])
    result = await subscribed.checker.check(made.id)
    assert [(entry.action, entry.title) for entry in result.items] == [("add", "Talk 0"), ("add", "Talk 1")]
    assert subscribed.links() == urls("a", "b")
    assert subscribed.requests[0].stages == ["video_download"]
    web.on("/feed", respond(feed(*urls("c", "a", "b")), content_type=XML))
    await subscribed.checker.check(made.id)
    assert subscribed.links() == urls("a", "b", "c")
    state = await subscribed.state()
    assert (state.title, state.queued, state.error) == ("Talks", 3, None)
    # one download has been registered, one has failed, and one video was deleted together with its run
    library.execute(
        "INSERT INTO videos (identifier, cloud_url, source_url, tags) VALUES ('a', 'gs://b/a', %s, '{old}')",
        urls("a")[0],
    )
    library.execute(
        "INSERT INTO pipeline_runs (request_id, video_identifier, source_url, options, status, stages, error)"
        " VALUES (%s, 'b', %s, '{}', 'failed', '{}', %s)",
        f"{2:032x}",
        urls("b")[0],
        '{"detail": "the source is away"}',
    )
    await subscribed.checker.check_due()
    items = await subscribed.service.list_items(made.id, limit=10)
    assert {(entry.title, entry.state, entry.reason) for entry in items} == {
        ("Talk 0", "added", None),
        ("Talk 1", "failed", "the source is away"),
    } | {(next(entry.title for entry in items if entry.url == urls("c")[0]), "added", None)}
    assert library.rows()["a"]["tags"] == ["old", "talks"]
    library.execute("DELETE FROM videos")
    await subscribed.checker.check(made.id)
    assert len(subscribed.requests) == 3  # a deleted video is not added again


async def test_dry_run_changes_nothing(subscribed: Subscribed, web: Web, library: Library) -> None:
    library.execute(
        "INSERT INTO videos (identifier, cloud_url, source_url, deleted_at)"
        " VALUES ('a', 'gs://b/a', %s, now())",
        urls("a")[0],
    )
    audio = item("https://example.org/p.mp3", "Podcast", kind="audio/mpeg")
    content = rss([item(urls("a")[0]), item(urls("b")[0]), audio])
    web.on("/feed", respond(content, content_type=XML))
    made = await subscribed.to("/feed")
    result = await subscribed.checker.check(made.id, dry_run=True)
    assert [(entry.action, entry.reason) for entry in result.items] == [
        ("add", None),
        ("skip", "in the trash as 'a'"),
        ("skip", "contains only audio"),
    ]
    preview = await subscribed.service.preview(SubscriptionCreate(url=web.url("/feed"), max_items=1))
    assert preview.items == result.items
    state = await subscribed.state()
    assert (subscribed.requests, state.last_checked_at, state.queued) == ([], None, 0)


async def test_ten_thousand_items(subscribed: Subscribed, web: Web, library: Library) -> None:
    now = time.time()
    entries = (item(f"https://example.org/{n}.mp4", f"Talk {n}", published=now - n) for n in range(10_000))
    web.on("/feed", respond(rss(entries), content_type=XML))
    made = await subscribed.to("/feed", max_items=3)
    result = await subscribed.checker.check(made.id)
    assert (result.found, len(result.items)) == (10_000, 1000)
    assert subscribed.links() == urls("0", "1", "2")  # the latest ones
    with library.connection() as connection:
        states = connection.execute("SELECT state, count(*) FROM subscription_items GROUP BY 1").fetchall()
    assert sorted(states) == [("queued", 3), ("skipped", 9997)]


async def test_unchanged_feed_is_not_sent_again(subscribed: Subscribed, web: Web) -> None:
    content = feed(*urls("a"))

    def act(handler: Handler) -> None:
        if handler.headers["If-None-Match"] == '"v1"':
            handler.send(304, b"")
        else:
            handler.send(200, content, {"Content-Type": XML, "ETag": '"v1"'})

    web.on("/feed", act)
    made = await subscribed.to("/feed")
    await subscribed.checker.check(made.id)
    result = await subscribed.checker.check(made.id)
    assert (result.found, [request.headers["If-None-Match"] for request in web.seen]) == (0, [None, '"v1"'])
    assert (await subscribed.state()).title == "Talks"


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE bomb [<!ENTITY a0 "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b']><rss version="2.0"><channel><title>&a9;</title></channel></rss>'
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b'<rss version="2.0"><channel><title>&e;</title></channel></rss>'
)


async def test_entities_are_not_expanded(subscribed: Subscribed, web: Web) -> None:
    for path, content in (("/bomb", BOMB), ("/external", EXTERNAL)):
        web.on(path, respond(content, content_type=XML))
        preview = await subscribed.service.preview(SubscriptionCreate(url=web.url(path)))
        assert len(preview.title or "") < 100
        assert "root:" not in (preview.title or "")


async def test_sitemap_is_not_a_feed(subscribed: Subscribed, web: Web) -> None:
    web.on("/map", respond(b'<?xml version="1.0"?><urlset><url/></urlset>', content_type="text/xml"))
    with pytest.raises(InvalidFeedError, match="is not an RSS or Atom feed"):
        await subscribed.service.preview(SubscriptionCreate(url=web.url("/map")))


async def test_page_without_videos_is_named_with_a_remedy(subscribed: Subscribed, web: Web) -> None:
    web.on("/page", respond(b"<html><title>x</title><p>text</p>", content_type="text/html"))
    made = await subscribed.to("/page")
    with pytest.raises(InvalidFeedError) as caught:
        await subscribed.checker.check(made.id)
    error = (await subscribed.state()).error
    assert error is not None
    assert error.detail == caught.value.cause
    assert "is neither a feed nor a list of videos" in error.detail
    assert "Traceback" not in error.detail
    assert error.remedy


async def test_site_lists_videos_without_opening_them(subscribed: Subscribed, web: Web) -> None:
    """yt-dlp reads a feed as a list of pages; none of them is requested."""
    pages = [item(web.url(f"/talk-{number}"), f"Talk {number}", kind=None) for number in range(3)]
    web.on("/list", respond(rss(pages), content_type=XML))
    found = await list_site(web.url("/list"), subscribed.settings, limit=2)
    assert [video.url for video in found.videos] == [web.url("/talk-0"), web.url("/talk-1")]
    assert {request.path for request in web.seen} == {"/list"}


async def test_endless_body_and_gzip_bomb_end(
    subscribed: Subscribed, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MAX_FEED_BYTES", 2 * 1024**2)
    bomb = gzip.compress(b"<?xml" + b" " * 50 * 1024**2)
    web.on("/endless", endless(b"<?xml", XML))
    web.on("/bomb", respond(bomb, content_type=XML, content_encoding="gzip"))
    for path in ("/endless", "/bomb"):
        with pytest.raises(TooLargeError, match="exceeds the limit of 2 MiB"):
            await subscribed.service.preview(SubscriptionCreate(url=web.url(path)))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:PORT/feed", "http://localhost:PORT/feed", "http://169.254.169.254/latest"]
)
async def test_feeds_inside_are_refused(settings: Settings, web: Web, url: str) -> None:
    closed = Subscribed(settings, web)
    with pytest.raises(BlockedAddressError):
        await closed.service.preview(SubscriptionCreate(url=url.replace("PORT", str(web.port))))
    assert web.seen == []


async def test_redirect_inside_is_refused(subscribed: Subscribed, web: Web) -> None:
    web.on("/feed", redirect("http://10.0.0.1/feed"))
    with pytest.raises(BlockedAddressError, match=r"10\.0\.0\.1"):
        await subscribed.service.preview(SubscriptionCreate(url=web.url("/feed")))
    web.on("/file", redirect("file:///etc/passwd"))
    with pytest.raises(BlockedAddressError, match="not http or https"):
        await subscribed.service.preview(SubscriptionCreate(url=web.url("/file")))


async def test_failures_lengthen_the_interval(
    subscribed: Subscribed, web: Web, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    web.on("/feed", respond(b"", status=503))
    made = await subscribed.to("/feed", interval_minutes=60)
    delays = []
    for _ in range(7):
        started = utc_now()
        await subscribed.checker.check_due()
        next_check = (await subscribed.state()).next_check_at
        assert next_check is not None
        delays.append(round((next_check - started).total_seconds() / 3600))
        library.execute("UPDATE subscriptions SET next_check_at = now()")
    assert delays == [1, 2, 4, 8, 16, 24, 24]
    assert sum(record.levelname == "WARNING" for record in caplog.records) == 1
    web.on("/feed", respond(feed(*urls("a")), content_type=XML))
    await subscribed.checker.check_due()
    state = await subscribed.state()
    assert (state.failures, state.error, made.id) == (0, None, state.id)


@pytest.mark.parametrize("target", ["http://xn--a.invalid/feed", "http://xn--/feed", "http://[::1/feed"])
async def test_hostile_redirect_does_not_stop_other_checks(
    subscribed: Subscribed, web: Web, target: str
) -> None:
    web.on("/hostile", redirect(target))
    await subscribed.to("/hostile")
    web.on("/feed", respond(feed(*urls("a")), content_type=XML))
    await subscribed.to("/feed")
    await subscribed.checker.check_due()
    assert subscribed.links() == urls("a")
    hostile, other = await subscribed.service.list_all()
    assert hostile.error is not None
    assert hostile.next_check_at is not None
    assert other.error is None


@pytest.mark.parametrize("url", ["http://\N{SNOWMAN}.invalid/feed", "http://xn--a.invalid/feed"])
async def test_invalid_host_names_are_refused(subscribed: Subscribed, url: str) -> None:
    with pytest.raises(SourceRejectedError, match="cannot be requested"):
        await subscribed.service.preview(SubscriptionCreate(url=url))


async def test_unexpected_error_is_recorded(subscribed: Subscribed, web: Web) -> None:
    web.on("/feed", respond(feed(*urls("a")), content_type=XML))
    await subscribed.to("/feed")
    subscribed.error = RuntimeError("a bug")
    await subscribed.checker.check_due()
    state = await subscribed.state()
    assert (state.failures, state.error and state.error.type) == (1, "internal-error")


async def test_rate_limit_is_respected(subscribed: Subscribed, web: Web) -> None:
    web.on("/feed", respond(b"", status=429, retry_after="40000"))
    made = await subscribed.to("/feed", interval_minutes=5)
    started = utc_now()
    with pytest.raises(SourceUnavailableError):
        await subscribed.checker.check(made.id)
    next_check = (await subscribed.state()).next_check_at
    assert next_check is not None
    assert 39_990 < (next_check - started).total_seconds() < 40_060
    web.on("/feed", respond(b"", status=429, retry_after="9" * 400))
    with pytest.raises(SourceUnavailableError):
        await subscribed.checker.check(made.id)


async def test_paused_subscription_is_not_due(subscribed: Subscribed, web: Web) -> None:
    web.on("/feed", respond(feed(*urls("a")), content_type=XML))
    made = await subscribed.to("/feed", is_paused=True)
    await subscribed.checker.check_due()
    assert web.seen == []
    await subscribed.service.change(made.id, SubscriptionUpdate(is_paused=False))
    await subscribed.checker.check_due()
    await subscribed.checker.check_due()
    assert len(web.seen) == 1


async def test_full_queue_leaves_videos_to_the_next_check(subscribed: Subscribed, web: Web) -> None:
    web.on("/feed", respond(feed(*urls("a", "b")), content_type=XML, etag='"v1"'))
    made = await subscribed.to("/feed")
    subscribed.error = QueueFullError(5)
    result = await subscribed.checker.check(made.id)
    assert [entry.action for entry in result.items] == ["later", "later"]
    subscribed.error = None
    await subscribed.checker.check(made.id)
    assert subscribed.links() == urls("a", "b")


async def test_address_is_subscribed_to_once(subscribed: Subscribed) -> None:
    await subscribed.to("/feed")
    with pytest.raises(SubscriptionExistsError):
        await subscribed.to("/feed#top")


def test_logins_and_single_videos_are_refused() -> None:
    with pytest.raises(ValueError, match="user name or password"):
        SubscriptionCreate(url="https://user:secret@example.org/feed")
    with pytest.raises(ValueError, match="single video"):
        SubscriptionCreate(url="https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1")
