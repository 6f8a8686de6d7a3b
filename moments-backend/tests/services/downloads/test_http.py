"""Downloads from real web servers on loopback, correct and faulty ones."""

import gzip
import os
from pathlib import Path
from typing import Any

import httpx
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
from app.core.files import disk_space, partial
from app.core.retry import RetryPolicy
from app.services.downloads.http import TIMEOUT, fetch
from app.services.downloads.ssrf_guard import SsrfGuard
from tests.services.downloads.support.web_server import (
    ETAG,
    Action,
    Handler,
    Web,
    chunked_cut,
    endless,
    redirect,
    respond,
    serve,
    stall,
)

MIB = 1024**2
LIMIT = 64 * MIB


class Fetching:
    """Calls `fetch` with the arguments that all tests share."""

    def __init__(
        self, folder: Path, guard: SsrfGuard, retry_policy: RetryPolicy, timeout: httpx.Timeout = TIMEOUT
    ) -> None:
        self.folder = folder
        self.guard = guard
        self.retry_policy = retry_policy
        self.timeout = timeout
        self.reported: list[tuple[int, int | None]] = []

    async def __call__(self, url: str, *, limit: int = LIMIT) -> Path | None:
        return await fetch(
            url,
            self.folder,
            video_id="talk",
            limit=limit,
            guard=self.guard,
            on_progress=lambda done, total: self.reported.append((done, total)),
            retry_policy=self.retry_policy,
            timeout=self.timeout,
        )

    async def bytes_of(self, url: str) -> bytes:
        path = await self(url)
        assert path is not None
        assert path.parent == self.folder
        assert [entry.name for entry in self.folder.iterdir()] == [path.name]
        return path.read_bytes()

    @property
    def max_requests(self) -> int:
        assert self.retry_policy.attempts is not None
        return self.retry_policy.attempts

    def is_empty(self) -> bool:
        return not self.folder.exists() or not list(self.folder.iterdir())


@pytest.fixture
def fetching(folder: Path, open_guard: SsrfGuard, retry_policy: RetryPolicy) -> Fetching:
    return Fetching(folder, open_guard, retry_policy)


@pytest.fixture
def big(video: bytes) -> bytes:
    """Return 5 MiB that begin with a real video."""
    return video + os.urandom(5 * MIB - len(video))


async def test_file_is_downloaded_with_progress(fetching: Fetching, web: Web, big: bytes) -> None:
    url = web.on("/a/Some%20Talk.webm", serve(big))
    assert await fetching.bytes_of(url) == big
    assert (fetching.folder / "talk.webm").exists()
    assert fetching.reported[-1] == (len(big), len(big))
    assert fetching.reported == sorted(fetching.reported)
    assert web.seen[0].headers["Accept-Encoding"] == "identity"
    assert web.seen[0].headers["Host"] == f"127.0.0.1:{web.port}"


# Lost connections


@pytest.mark.parametrize("clean", [False, True])
async def test_lost_connections_are_resumed(fetching: Fetching, web: Web, big: bytes, clean: bool) -> None:
    cut = serve(big, cut_after=2 * MIB, clean=clean)
    assert await fetching.bytes_of(web.on("/v.mp4", cut, cut, serve(big))) == big
    first, *later = web.ranges()
    assert first is None
    assert len(later) == 2
    assert all(wanted and wanted != "bytes=0-" for wanted in later)
    assert web.seen[1].headers["If-Range"] == ETAG


async def test_progress_resets_the_failure_count(fetching: Fetching, web: Web, video: bytes) -> None:
    long = video + os.urandom(12 * MIB)
    cut = serve(long, cut_after=2 * MIB, clean=True)
    assert await fetching.bytes_of(web.on("/v.mp4", *[cut] * 6, serve(long))) == long
    assert len(web.seen) == 7 > fetching.max_requests


async def test_server_without_ranges_starts_over(fetching: Fetching, web: Web, big: bytes) -> None:
    cut, whole = serve(big, cut_after=3 * MIB, ranges=False), serve(big, ranges=False)
    assert await fetching.bytes_of(web.on("/v.mp4", cut, whole)) == big


async def test_missing_strong_validator_starts_over(fetching: Fetching, web: Web, big: bytes) -> None:
    for etag in (None, 'W/"v1"'):
        url = web.on("/v.mp4", serve(big, etag=etag, cut_after=3 * MIB), serve(big, etag=etag))
        assert await fetching.bytes_of(url) == big
    assert web.ranges() == [None] * 4


async def test_changed_file_starts_over(fetching: Fetching, web: Web, big: bytes) -> None:
    other = big[:4096] + os.urandom(4 * MIB)
    url = web.on("/v.mp4", serve(big, cut_after=3 * MIB), serve(other, etag='"v2"'))
    assert await fetching.bytes_of(url) == other


async def test_ignored_if_range_is_detected(fetching: Fetching, web: Web, big: bytes) -> None:
    other = big[:4096] + os.urandom(5 * MIB - 4096)

    def ignores_if_range(handler: Handler) -> None:
        if handler.headers["If-Range"]:
            handler.headers.replace_header("If-Range", '"v2"')
        serve(other, etag='"v2"')(handler)

    url = web.on("/v.mp4", serve(big, cut_after=3 * MIB), ignores_if_range)
    assert await fetching.bytes_of(url) == other
    assert [wanted is None for wanted in web.ranges()] == [True, False, True]


async def test_connection_lost_in_the_first_bytes_resumes(fetching: Fetching, web: Web, big: bytes) -> None:
    cut = serve(big, cut_after=100, clean=True)
    assert await fetching.bytes_of(web.on("/v.mp4", cut, cut, serve(big))) == big
    assert web.ranges() == [None, "bytes=100-", "bytes=200-"]


@pytest.mark.parametrize("kind", ["length", "reset", "chunked"])
async def test_permanently_truncated_response_fails(
    fetching: Fetching, web: Web, big: bytes, kind: str
) -> None:
    actions: dict[str, Action] = {
        "length": serve(big, cut_after=MIB // 2, ranges=False, clean=True),
        "reset": serve(big, cut_after=MIB // 2, ranges=False),
        "chunked": chunked_cut(big[: MIB // 2]),
    }
    with pytest.raises(IncompleteDownloadError, match="was lost after") as raised:
        await fetching(web.on("/v.mp4", actions[kind]))
    assert raised.value.retryable
    assert len(web.seen) == fetching.max_requests
    assert fetching.is_empty()


@pytest.mark.slow
async def test_stalled_connection_is_resumed(
    folder: Path, open_guard: SsrfGuard, web: Web, big: bytes
) -> None:
    fetching = Fetching(folder, open_guard, RetryPolicy(attempts=2, base_delay=0.01), httpx.Timeout(0.5))
    url = web.on("/v.mp4", stall(big[:MIB], announced=len(big)), serve(big))
    assert await fetching.bytes_of(url) == big
    assert web.ranges() == [None, f"bytes={MIB}-"]

    with pytest.raises(IncompleteDownloadError, match="timed out after"):
        await fetching(web.on("/w.mp4", stall(big[:MIB], announced=len(big))))


# Limits


async def test_content_length_over_the_limit_is_rejected(fetching: Fetching, web: Web, video: bytes) -> None:
    with pytest.raises(TooLargeError, match="exceeds the limit") as raised:
        await fetching(web.on("/v.mp4", stall(video, announced=20 * 1024**3)), limit=10 * 1024**3)
    assert raised.value.remedy == "raise VIDEO_DOWNLOAD_MAX_SIZE_BYTES"
    assert len(web.seen) == 1
    assert fetching.is_empty()


async def test_endless_stream_ends_at_the_limit(fetching: Fetching, web: Web, video: bytes) -> None:
    with pytest.raises(TooLargeError):
        await fetching(web.on("/v.mp4", endless(video[:4096])), limit=8 * MIB)
    assert fetching.reported[-1][0] <= 8 * MIB
    assert fetching.is_empty()


async def test_file_larger_than_the_disk_is_rejected(fetching: Fetching, web: Web, video: bytes) -> None:
    announced = 10**18
    with pytest.raises(DiskFullError, match="not enough disk space"):
        await fetching(web.on("/v.mp4", stall(video, announced=announced)), limit=announced)
    assert fetching.is_empty()


async def test_disk_that_fills_up_ends_the_download(
    fetching: Fetching, web: Web, video: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reserve_more(handler: Handler) -> None:
        monkeypatch.setattr(disk_space, "RESERVED_BYTES", 10**18)
        endless(video[:4096])(handler)

    monkeypatch.setattr(partial, "SYNC_EVERY_BYTES", 4 * MIB)
    with pytest.raises(DiskFullError):
        await fetching(web.on("/v.mp4", reserve_more))
    assert fetching.is_empty()


@pytest.mark.slow
async def test_compressed_response_is_decompressed(fetching: Fetching, web: Web, video: bytes) -> None:
    sparse = video + bytes(20 * MIB)
    url = web.on("/v.mp4", respond(gzip.compress(sparse), content_encoding="gzip"))
    assert await fetching.bytes_of(url) == sparse
    with pytest.raises(TooLargeError):
        await fetching(url, limit=10 * MIB)
    with pytest.raises(SourceRejectedError, match="'br'"):
        await fetching(web.on("/b.mp4", respond(video, content_encoding="br")))
    with pytest.raises(IncompleteDownloadError):
        await fetching(web.on("/c.mp4", respond(gzip.compress(sparse)[:-20], content_encoding="gzip")))


# Rejected responses


@pytest.mark.parametrize(
    ("status", "cause"),
    [(401, "login"), (403, "denies access"), (404, "does not exist"), (410, "removed"), (418, "418")],
)
async def test_permanent_errors_are_not_retried(
    fetching: Fetching, web: Web, status: int, cause: str
) -> None:
    with pytest.raises(SourceRejectedError, match=cause) as raised:
        await fetching(web.on("/v.mp4", respond(b"no", status=status)))
    assert not raised.value.retryable
    assert str(status) in raised.value.cause
    assert raised.value.remedy
    assert len(web.seen) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_transient_statuses_are_retried(
    fetching: Fetching, web: Web, video: bytes, status: int
) -> None:
    busy = respond(b"busy", status=status, retry_after="0")
    assert await fetching.bytes_of(web.on("/v.mp4", busy, busy, serve(video))) == video
    with pytest.raises(SourceUnavailableError, match=str(status)) as raised:
        await fetching(web.on("/w.mp4", busy))
    assert raised.value.retryable


async def test_long_retry_after_fails_at_once(fetching: Fetching, web: Web) -> None:
    with pytest.raises(SourceUnavailableError, match="3600 s"):
        await fetching(web.on("/v.mp4", respond(b"", status=503, retry_after="3600")))
    assert len(web.seen) == 1


async def test_refused_connection_is_reported(fetching: Fetching, web: Web) -> None:
    with pytest.raises(SourceUnavailableError, match="cannot be reached"):
        await fetching("http://127.0.0.1:1/v.mp4")
    assert fetching.is_empty()


async def test_empty_response_is_an_error(fetching: Fetching, web: Web) -> None:
    with pytest.raises(DownloadError, match="empty response"):
        await fetching(web.on("/v.mp4", respond(b"")))
    assert fetching.is_empty()


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/octet-stream", ""])
async def test_web_page_is_detected_by_content(fetching: Fetching, web: Web, content_type: str) -> None:
    page = endless(b"\n <!DOCTYPE html><html><body>hello", content_type)
    assert await fetching(web.on("/v.mp4", page)) is None
    assert fetching.reported == []
    assert fetching.is_empty()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'{"error": "no"}', "application/json"),
        (b"%PDF-1.7", "video/mp4"),
        (b"<html>", "video/mp4"),
        (b"\x89PNG\r\n", "image/png"),
    ],
)
async def test_other_content_is_rejected(
    fetching: Fetching, web: Web, content: bytes, content_type: str
) -> None:
    with pytest.raises(SourceRejectedError, match="is not a video"):
        await fetching(web.on("/v.mp4", respond(content.ljust(3000), content_type=content_type)))


async def test_video_with_wrong_content_type_is_accepted(fetching: Fetching, web: Web, video: bytes) -> None:
    assert await fetching.bytes_of(web.on("/v.mp4", respond(video, content_type="text/plain"))) == video


# Redirects, file names, logins


async def test_ten_redirects_are_followed(fetching: Fetching, web: Web, video: bytes) -> None:
    for step in range(10):
        web.on(f"/{step}", redirect(f"/{step + 1}", status=(301, 302, 303, 307, 308)[step % 5]))
    web.on("/10", serve(video))
    assert await fetching.bytes_of(web.url("/0")) == video
    with pytest.raises(SourceRejectedError, match="more than 10 times"):
        await fetching(web.on("/loop", redirect("/loop")))


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]/", "file:///etc/passwd",
     "gopher://127.0.0.1/", "http://[fd00:ec2::254]/"],
)  # fmt: skip
async def test_redirects_to_private_addresses_are_blocked(fetching: Fetching, web: Web, target: str) -> None:
    with pytest.raises(BlockedAddressError):
        await fetching(web.on("/v.mp4", redirect(target)))
    assert len(web.seen) == 1
    assert fetching.is_empty()


@pytest.mark.parametrize(
    "url", ["ftp://example.com/v.mp4", "file:///etc/passwd", "http:///v.mp4", "http://h:port/"]
)
async def test_other_schemes_are_rejected(fetching: Fetching, url: str) -> None:
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
async def test_only_the_extension_of_the_name_is_kept(
    fetching: Fetching, web: Web, video: bytes, path: str, headers: dict[str, Any], extension: str
) -> None:
    found = await fetching(web.on(path, respond(video, **headers)))
    assert found == fetching.folder / f"talk{extension}"
    assert [entry.name for entry in fetching.folder.parent.iterdir()] == [fetching.folder.name]


async def test_login_is_sent_to_its_own_server_only(
    fetching: Fetching, web: Web, video: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def with_login(url: str) -> str:
        return url.replace("://", "://me:secret@")

    web.on("/same", redirect("/v.mp4"))
    web.on("/v.mp4", serve(video))
    assert await fetching.bytes_of(with_login(web.url("/same"))) == video
    assert all(request.headers["Authorization"] for request in web.seen)

    web.seen.clear()
    web.on("/other", redirect(f"http://localhost:{web.port}/v.mp4"))
    assert await fetching.bytes_of(with_login(web.url("/other"))) == video
    assert [bool(request.headers["Authorization"]) for request in web.seen] == [True, False]

    with pytest.raises(SourceRejectedError) as raised:
        await fetching(with_login(web.url("/missing")) + "?token=hidden")
    assert "secret" not in raised.value.cause
    assert "hidden" not in raised.value.cause
    assert "secret" not in caplog.text
