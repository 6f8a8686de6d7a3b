"""Plain files from real servers on loopback, good ones and bad ones."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from app.core.exceptions import (
    BlockedAddressError,
    DiskFullError,
    DownloadError,
    IncompleteDownloadError,
    SourceRejectedError,
    SourceUnavailableError,
    TooLargeError,
)
from app.core.files import disk_space
from app.services.downloads import partial_file
from app.services.downloads.http import RetryPolicy, fetch
from app.services.downloads.ssrf_guard import SsrfGuard
from tests.services.downloads.support.web_server import (
    ETAG,
    Action,
    Handler,
    Web,
    answer,
    chunked_cut,
    endless,
    redirect,
    serve,
    stall,
)

MIB = 1024**2
LIMIT = 64 * MIB


class Fetching:
    """`fetch` with what every test here gives it."""

    def __init__(self, folder: Path, guard: SsrfGuard, patience: RetryPolicy) -> None:
        self.folder = folder
        self.guard = guard
        self.patience = patience
        self.heard: list[tuple[int, int | None]] = []

    async def __call__(self, url: str, *, limit: int = LIMIT) -> Path | None:
        return await fetch(
            url,
            self.folder,
            video_id="talk",
            limit=limit,
            guard=self.guard,
            on_progress=lambda done, total: self.heard.append((done, total)),
            patience=self.patience,
        )

    async def bytes_of(self, url: str) -> bytes:
        path = await self(url)
        assert path is not None
        assert path.parent == self.folder
        assert [entry.name for entry in self.folder.iterdir()] == [path.name]
        return path.read_bytes()

    def nothing_left(self) -> bool:
        return not self.folder.exists() or not list(self.folder.iterdir())


@pytest.fixture
def fetching(folder: Path, open_guard: SsrfGuard, patience: RetryPolicy) -> Fetching:
    return Fetching(folder, open_guard, patience)


@pytest.fixture
def big(film: bytes) -> bytes:
    """Begins as a film does, 5 MiB."""
    return film + os.urandom(5 * MIB - len(film))


async def test_a_file_arrives_whole_with_its_progress(fetching: Fetching, web: Web, big: bytes) -> None:
    url = web.on("/a/Some%20Talk.webm", serve(big))
    assert await fetching.bytes_of(url) == big
    assert (fetching.folder / "talk.webm").exists()
    assert fetching.heard[-1] == (len(big), len(big))
    assert fetching.heard == sorted(fetching.heard)
    assert web.seen[0].headers["Accept-Encoding"] == "identity"
    assert web.seen[0].headers["Host"] == f"127.0.0.1:{web.port}"


# Cuts


@pytest.mark.parametrize("clean", [False, True])
async def test_after_cuts_it_goes_on_where_it_was(
    fetching: Fetching, web: Web, big: bytes, clean: bool
) -> None:
    cut = serve(big, cut_after=2 * MIB, clean=clean)
    assert await fetching.bytes_of(web.on("/v.mp4", cut, cut, serve(big))) == big
    first, *later = web.ranges()
    assert first is None
    assert len(later) == 2
    assert all(wanted and wanted != "bytes=0-" for wanted in later)
    assert web.seen[1].headers["If-Range"] == ETAG


async def test_more_cuts_than_tries_are_forgiven_while_it_goes_on(
    fetching: Fetching, web: Web, film: bytes
) -> None:
    long = film + os.urandom(12 * MIB)
    cut = serve(long, cut_after=2 * MIB, clean=True)
    assert await fetching.bytes_of(web.on("/v.mp4", *[cut] * 6, serve(long))) == long
    assert len(web.seen) == 7 > fetching.patience.tries + 1


async def test_a_server_that_knows_no_ranges_starts_again(fetching: Fetching, web: Web, big: bytes) -> None:
    cut, whole = serve(big, cut_after=3 * MIB, ranges=False), serve(big, ranges=False)
    assert await fetching.bytes_of(web.on("/v.mp4", cut, whole)) == big


async def test_without_a_strong_validator_it_starts_again(fetching: Fetching, web: Web, big: bytes) -> None:
    for etag in (None, 'W/"v1"'):
        url = web.on("/v.mp4", serve(big, etag=etag, cut_after=3 * MIB), serve(big, etag=etag))
        assert await fetching.bytes_of(url) == big
    assert web.ranges() == [None] * 4


async def test_another_version_is_not_glued_to_the_first(fetching: Fetching, web: Web, big: bytes) -> None:
    other = big[:4096] + os.urandom(4 * MIB)
    url = web.on("/v.mp4", serve(big, cut_after=3 * MIB), serve(other, etag='"v2"'))
    assert await fetching.bytes_of(url) == other


async def test_a_server_that_ignores_the_condition_is_seen_through(
    fetching: Fetching, web: Web, big: bytes
) -> None:
    other = big[:4096] + os.urandom(5 * MIB - 4096)

    def ignores_if_range(handler: Handler) -> None:
        if handler.headers["If-Range"]:
            handler.headers.replace_header("If-Range", '"v2"')
        serve(other, etag='"v2"')(handler)

    url = web.on("/v.mp4", serve(big, cut_after=3 * MIB), ignores_if_range)
    assert await fetching.bytes_of(url) == other
    assert [wanted is None for wanted in web.ranges()] == [True, False, True]


async def test_a_cut_within_the_first_bytes_loses_none(fetching: Fetching, web: Web, big: bytes) -> None:
    cut = serve(big, cut_after=100, clean=True)
    assert await fetching.bytes_of(web.on("/v.mp4", cut, cut, serve(big))) == big
    assert web.ranges() == [None, "bytes=100-", "bytes=200-"]


@pytest.mark.parametrize("kind", ["length", "reset", "chunked"])
async def test_an_answer_that_always_stops_half_way_is_given_up(
    fetching: Fetching, web: Web, big: bytes, kind: str
) -> None:
    actions: dict[str, Action] = {
        "length": serve(big, cut_after=MIB // 2, ranges=False, clean=True),
        "reset": serve(big, cut_after=MIB // 2, ranges=False),
        "chunked": chunked_cut(big[: MIB // 2]),
    }
    with pytest.raises(IncompleteDownloadError, match="was cut after") as caught:
        await fetching(web.on("/v.mp4", actions[kind]))
    assert caught.value.retryable
    assert len(web.seen) == fetching.patience.tries + 1
    assert fetching.nothing_left()


async def test_a_silent_connection_is_taken_up_again(
    folder: Path, open_guard: SsrfGuard, web: Web, big: bytes
) -> None:
    fetching = Fetching(folder, open_guard, RetryPolicy(tries=1, base_delay=0.01, stall=0.5))
    url = web.on("/v.mp4", stall(big[:MIB], announced=len(big)), serve(big))
    assert await fetching.bytes_of(url) == big
    assert web.ranges() == [None, f"bytes={MIB}-"]

    with pytest.raises(IncompleteDownloadError, match="went silent after"):
        await fetching(web.on("/w.mp4", stall(big[:MIB], announced=len(big))))


# Limits


async def test_20_gigabytes_are_refused_by_their_announcement(
    fetching: Fetching, web: Web, film: bytes
) -> None:
    with pytest.raises(TooLargeError, match="allowed") as caught:
        await fetching(web.on("/v.mp4", stall(film, announced=20 * 1024**3)), limit=10 * 1024**3)
    assert caught.value.remedy == "raise VIDEO_DOWNLOAD_MAX_SIZE_BYTES"
    assert len(web.seen) == 1
    assert fetching.nothing_left()


async def test_an_endless_stream_ends_at_the_limit(fetching: Fetching, web: Web, film: bytes) -> None:
    with pytest.raises(TooLargeError):
        await fetching(web.on("/v.mp4", endless(film[:4096])), limit=8 * MIB)
    assert fetching.heard[-1][0] <= 8 * MIB
    assert fetching.nothing_left()


async def test_what_the_disk_cannot_hold_is_not_begun(fetching: Fetching, web: Web, film: bytes) -> None:
    announced = 10**18
    with pytest.raises(DiskFullError, match="not enough disk space"):
        await fetching(web.on("/v.mp4", stall(film, announced=announced)), limit=announced)
    assert fetching.nothing_left()


async def test_a_disk_that_fills_up_meanwhile_ends_it(
    fetching: Fetching, web: Web, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reserve_more(handler: Handler) -> None:
        monkeypatch.setattr(disk_space, "RESERVED_BYTES", 10**18)
        endless(film[:4096])(handler)

    monkeypatch.setattr(partial_file, "LOOK_EVERY_BYTES", 4 * MIB)
    with pytest.raises(DiskFullError):
        await fetching(web.on("/v.mp4", reserve_more))
    assert fetching.nothing_left()


async def test_a_compressed_answer_is_decompressed_within_the_limit(
    fetching: Fetching, web: Web, film: bytes
) -> None:
    sparse = film + bytes(20 * MIB)
    url = web.on("/v.mp4", answer(gzip.compress(sparse), content_encoding="gzip"))
    assert await fetching.bytes_of(url) == sparse
    with pytest.raises(TooLargeError):
        await fetching(url, limit=10 * MIB)
    with pytest.raises(SourceRejectedError, match="'br'"):
        await fetching(web.on("/b.mp4", answer(film, content_encoding="br")))
    with pytest.raises(IncompleteDownloadError):
        await fetching(web.on("/c.mp4", answer(gzip.compress(sparse)[:-20], content_encoding="gzip")))


# Refusals


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "login"), (403, "does not let us in"), (404, "does not exist"), (410, "gone"), (418, "418")],
)
async def test_refusals_are_named_at_once(fetching: Fetching, web: Web, status: int, words: str) -> None:
    with pytest.raises(SourceRejectedError, match=words) as caught:
        await fetching(web.on("/v.mp4", answer(b"no", status=status)))
    assert not caught.value.retryable
    assert str(status) in caught.value.cause
    assert caught.value.remedy
    assert len(web.seen) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_server_is_asked_again(fetching: Fetching, web: Web, film: bytes, status: int) -> None:
    busy = answer(b"busy", status=status, retry_after="0")
    assert await fetching.bytes_of(web.on("/v.mp4", busy, busy, serve(film))) == film
    with pytest.raises(SourceUnavailableError, match=str(status)) as caught:
        await fetching(web.on("/w.mp4", busy))
    assert caught.value.retryable


async def test_a_long_retry_after_is_left_to_a_later_retry(fetching: Fetching, web: Web) -> None:
    with pytest.raises(SourceUnavailableError, match="3600 s"):
        await fetching(web.on("/v.mp4", answer(b"", status=503, retry_after="3600")))
    assert len(web.seen) == 1


async def test_nobody_there(fetching: Fetching, web: Web) -> None:
    with pytest.raises(SourceUnavailableError, match="cannot be reached"):
        await fetching("http://127.0.0.1:1/v.mp4")
    assert fetching.nothing_left()


async def test_an_empty_answer_is_no_video(fetching: Fetching, web: Web) -> None:
    with pytest.raises(DownloadError, match="0 bytes"):
        await fetching(web.on("/v.mp4", answer(b"")))
    assert fetching.nothing_left()


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/octet-stream", ""])
async def test_a_web_page_is_told_from_a_video_by_its_beginning(
    fetching: Fetching, web: Web, content_type: str
) -> None:
    page = endless(b"\n <!DOCTYPE html><html><body>hello", content_type)
    assert await fetching(web.on("/v.mp4", page)) is None
    assert fetching.heard == []
    assert fetching.nothing_left()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'{"error": "no"}', "application/json"),
        (b"%PDF-1.7", "video/mp4"),
        (b"<html>", "video/mp4"),
        (b"\x89PNG\r\n", "image/png"),
    ],
)
async def test_other_things_are_refused_by_what_they_are(
    fetching: Fetching, web: Web, content: bytes, content_type: str
) -> None:
    with pytest.raises(SourceRejectedError, match="answers with no video"):
        await fetching(web.on("/v.mp4", answer(content.ljust(3000), content_type=content_type)))


async def test_a_film_is_one_though_it_is_said_to_be_text(fetching: Fetching, web: Web, film: bytes) -> None:
    assert await fetching.bytes_of(web.on("/v.mp4", answer(film, content_type="text/plain"))) == film


# Redirects, names, logins


async def test_redirects_are_followed_ten_times(fetching: Fetching, web: Web, film: bytes) -> None:
    for step in range(10):
        web.on(f"/{step}", redirect(f"/{step + 1}", status=(301, 302, 303, 307, 308)[step % 5]))
    web.on("/10", serve(film))
    assert await fetching.bytes_of(web.url("/0")) == film
    with pytest.raises(SourceRejectedError, match="more than 10 times"):
        await fetching(web.on("/loop", redirect("/loop")))


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]/", "file:///etc/passwd",
     "gopher://127.0.0.1/", "http://[fd00:ec2::254]/"],
)  # fmt: skip
async def test_redirects_inside_are_refused(fetching: Fetching, web: Web, target: str) -> None:
    with pytest.raises(BlockedAddressError):
        await fetching(web.on("/v.mp4", redirect(target)))
    assert len(web.seen) == 1
    assert fetching.nothing_left()


@pytest.mark.parametrize(
    "url", ["ftp://example.com/v.mp4", "file:///etc/passwd", "http:///v.mp4", "http://h:port/"]
)
async def test_other_schemes_are_refused(fetching: Fetching, url: str) -> None:
    with pytest.raises(BlockedAddressError):
        await fetching(url)


@pytest.mark.parametrize(
    ("path", "headers", "extension"),
    [
        ("/a.MKV", {}, ".mkv"),
        ("/get", {"content_disposition": 'attachment; filename="../../etc/evil.mov"'}, ".mov"),
        ("/get", {"content_disposition": "attachment; filename*=UTF-8''caf%C3%A9.avi"}, ".avi"),
        ("/get.php", {"content_type": "video/webm"}, ".webm"),
        ("/get", {"content_type": "application/octet-stream"}, ".mp4"),
        ("/..%2f..%2fetc%2fpasswd", {}, ".mp4"),
    ],
)
async def test_the_file_keeps_its_kind_and_nothing_else_of_its_name(
    fetching: Fetching, web: Web, film: bytes, path: str, headers: dict[str, Any], extension: str
) -> None:
    found = await fetching(web.on(path, answer(film, **headers)))
    assert found == fetching.folder / f"talk{extension}"
    assert [entry.name for entry in fetching.folder.parent.iterdir()] == [fetching.folder.name]


async def test_a_login_goes_to_its_own_server_only(
    fetching: Fetching, web: Web, film: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def with_login(url: str) -> str:
        return url.replace("://", "://me:secret@")

    web.on("/here", redirect("/v.mp4"))
    web.on("/v.mp4", serve(film))
    assert await fetching.bytes_of(with_login(web.url("/here"))) == film
    assert all(request.headers["Authorization"] for request in web.seen)

    web.seen.clear()
    web.on("/away", redirect(f"http://localhost:{web.port}/v.mp4"))
    assert await fetching.bytes_of(with_login(web.url("/away"))) == film
    assert [bool(request.headers["Authorization"]) for request in web.seen] == [True, False]

    with pytest.raises(SourceRejectedError) as caught:
        await fetching(with_login(web.url("/missing")) + "?token=hidden")
    assert "secret" not in caught.value.cause
    assert "hidden" not in caught.value.cause
    assert "secret" not in caplog.text
