"""Reads RSS and Atom feeds: a guarded request of limited size, and a parser without network."""

import asyncio
import json
import sys
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from app.core.config import BACKEND_DIR
from app.core.exceptions import (
    BlockedAddressError,
    FFmpegError,
    InvalidFeedError,
    SourceRejectedError,
    SourceUnavailableError,
    TooLargeError,
)
from app.media import process
from app.media.limits import PYTHON_VARIABLES, ProcessLimits
from app.services.downloads.content_sniffing import ContentDecoder
from app.services.downloads.errors import error_for_status, map_error, redact_url
from app.services.downloads.http_headers import retry_after
from app.services.downloads.listing import Listing, ListingOutput
from app.services.downloads.pinned_transport import PinnedTransport
from app.services.downloads.ssrf_guard import SsrfGuard

MAX_FEED_BYTES = 32 * 1024**2
"""A feed of 10,000 entries with descriptions has about 10 MB."""
MAX_REDIRECTS = 5
MAX_VALIDATOR = 500
FETCH_SECONDS = 60.0
PARSE_SECONDS = 120.0
MEMORY_BYTES = 2 * 1024**3
TIMEOUT = httpx.Timeout(20.0, connect=10.0)
HEADERS = {
    "Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/html;q=0.5, */*;q=0.1",
    "Accept-Encoding": "gzip",
    "User-Agent": "Mozilla/5.0 (compatible; VideoMoments)",
}
_XML_STARTS = (b"<?xml", b"<rss", b"<feed", b"<rdf")
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from app.services.subscriptions.feed_process import main; main()"
)


@dataclass(frozen=True, slots=True)
class FeedResponse:
    """The response of a feed's server.

    Attributes:
        content: None if it has not changed.
        validators: headers of the next conditional request.
    """

    url: str
    content: bytes | None
    validators: dict[str, str]

    @property
    def is_xml(self) -> bool:
        beginning = (self.content or b"")[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        is_utf16 = beginning.startswith((b"\xff\xfe<\0", b"\xfe\xff\0<"))
        return is_utf16 or beginning.startswith(_XML_STARTS)


async def fetch_feed(url: str, guard: SsrfGuard, validators: dict[str, str]) -> FeedResponse:
    """Request a feed; every address on the way is checked.

    Args:
        validators: of the last response, so that an unchanged feed is not sent again.

    Raises:
        DownloadError: see its subclasses; with `retry_after` if the server asks for a delay.
    """
    try:
        start = httpx.URL(url)
        async with (
            asyncio.timeout(FETCH_SECONDS),
            httpx.AsyncClient(
                transport=PinnedTransport(guard), headers=HEADERS, timeout=TIMEOUT, trust_env=False
            ) as client,
        ):
            return await _follow(client, start, validators)
    except TimeoutError as error:
        raise SourceUnavailableError(
            f"the server did not send the feed within {FETCH_SECONDS:g} s", remedy="retry later"
        ) from error
    except httpx.TransportError as error:
        raise map_error(error, start) from error
    except (httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: an `xn--` name that cannot be decoded
        raise SourceRejectedError(
            f"the feed's address, or that of a redirect, cannot be requested: {error}", remedy="check the URL"
        ) from error


async def _follow(client: httpx.AsyncClient, url: httpx.URL, validators: dict[str, str]) -> FeedResponse:
    start = url
    for _ in range(MAX_REDIRECTS + 1):
        async with client.stream("GET", url, headers=_conditions(validators)) as response:
            if response.has_redirect_location:
                url = _target(url, response.headers["location"])
                continue
            if response.status_code == HTTPStatus.NOT_MODIFIED and validators:
                return FeedResponse(str(url), None, validators)
            if response.status_code != HTTPStatus.OK:
                error = error_for_status(response)
                error.retry_after = int(retry_after(response) or 0) or None
                raise error
            return FeedResponse(str(url), await _read(response), _validators(response))
    raise SourceRejectedError(f"{redact_url(start)} redirects more than {MAX_REDIRECTS} times")


def _target(url: httpx.URL, location: str) -> httpx.URL:
    target = url.join(location).copy_with(username=None, password=None, fragment=None)
    if target.scheme not in {"http", "https"} or not target.host:
        raise BlockedAddressError(f"{redact_url(url)} redirects to an address that is not http or https")
    return target


async def _read(response: httpx.Response) -> bytes:
    decoder = ContentDecoder(response.headers.get("content-encoding", ""))
    content = bytearray()
    async for block in response.aiter_raw():
        for piece in decoder.pieces(block):
            content += piece
            if len(content) > MAX_FEED_BYTES:
                raise TooLargeError(
                    f"the feed exceeds the limit of {MAX_FEED_BYTES // 1024**2} MiB",
                    remedy="use a feed with fewer entries",
                )
    return bytes(content)


def _conditions(validators: dict[str, str]) -> dict[str, str]:
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {names[name]: value for name, value in validators.items() if name in names}


def _validators(response: httpx.Response) -> dict[str, str]:
    found = {name: response.headers.get(name, "") for name in ("etag", "last-modified")}
    return {
        name: value for name, value in found.items() if 0 < len(value) <= MAX_VALIDATOR and value.isascii()
    }


async def parse_feed(content: bytes, url: str) -> Listing:
    """Return the entries of a feed, latest first.

    Raises:
        InvalidFeedError: it is not a feed, or too complex to be read.
    """
    output = ListingOutput()
    try:
        completed = await process.run(
            [sys.executable, "-P", "-c", _START, BACKEND_DIR],
            timeout=PARSE_SECONDS,
            limits=ProcessLimits(memory_bytes=MEMORY_BYTES, variables=PYTHON_VARIABLES),
            stdin=json.dumps({"url": url}).encode() + b"\n" + content,
            on_output=output.add_line,
        )
    except FFmpegError as error:
        raise InvalidFeedError(f"the feed at {_shown(url)} cannot be read: {error.cause}") from error
    if completed.returncode != 0:
        raise InvalidFeedError(f"the feed at {_shown(url)} cannot be read: the parser failed")
    if not output.result.get("version"):
        raise InvalidFeedError(
            f"the document at {_shown(url)} is not an RSS or Atom feed",
            remedy="use the address of a feed, a channel or a playlist",
        )
    output.videos.sort(key=lambda video: -(video.published_at or 0.0))
    return Listing(output.result["title"], tuple(output.videos))


def _shown(url: str) -> str:
    return redact_url(httpx.URL(url))
