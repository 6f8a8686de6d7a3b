"""Downloads a file from a web server, resuming after lost connections."""

import logging
import ssl
from http import HTTPStatus
from pathlib import Path

import httpx

from app.core.concurrency import run_in_thread
from app.core.exceptions import (
    BlockedAddressError,
    DownloadError,
    IncompleteDownloadError,
    SourceRejectedError,
    SourceUnavailableError,
)
from app.core.files.partial import PartialFile
from app.core.retry import FailureCounter, RetryPolicy
from app.services.downloads.content_sniffing import (
    SNIFF_BYTES,
    ContentDecoder,
    ContentKind,
    extension_for,
    kind_of,
)
from app.services.downloads.errors import error_for_status, map_error, redact_url
from app.services.downloads.http_headers import ContentRange, content_length, retry_after, strong_validator
from app.services.downloads.limits import OnProgress, ensure_allowed
from app.services.downloads.pinned_transport import PinnedTransport
from app.services.downloads.ssrf_guard import SsrfGuard

logger = logging.getLogger(__name__)

MAX_REDIRECTS = 10
PROGRESS_BYTES = 1024**2
"""Bytes beyond the previous maximum that reset the count of failures."""

RETRY_POLICY = RetryPolicy(attempts=6)
TIMEOUT = httpx.Timeout(60.0, connect=10.0)

HEADERS = {
    "Accept": "video/*, application/octet-stream;q=0.9, */*;q=0.8",
    "Accept-Encoding": "identity",  # videos do not compress, and compressed ranges are hard to resume
    "User-Agent": "Mozilla/5.0 (compatible; VideoMoments)",
}


class _RetryableError(Exception):
    """Wraps a transient `error`; `delay` is the server's Retry-After in seconds."""

    def __init__(self, error: DownloadError, delay: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.delay = delay


async def fetch(
    url: str,
    folder: Path,
    *,
    video_id: str,
    limit: int,
    guard: SsrfGuard,
    on_progress: OnProgress,
    retry_policy: RetryPolicy = RETRY_POLICY,
    timeout: httpx.Timeout = TIMEOUT,  # noqa: ASYNC109 - per connection and read, not for the whole call
    verify: ssl.SSLContext | bool = True,
) -> Path | None:
    """Download `url` to `{video_id}.{ext}` in `folder`; return None if it is a web page.

    Args:
        limit: maximum size in bytes.
        retry_policy: a server that asks for more than its `max_delay` is not retried.
        verify: certificate authorities; the public ones by default.
    """
    async with (
        httpx.AsyncClient(
            transport=PinnedTransport(guard, verify), headers=HEADERS, timeout=timeout, trust_env=False
        ) as client,
        PartialFile(folder / video_id) as part,
    ):
        download = _HttpDownload(client, url, part, limit, on_progress, retry_policy)
        if await download.run() is ContentKind.PAGE:
            return None
        if part.size == 0:
            raise DownloadError("the URL returned an empty response", remedy="check the URL")
        return await run_in_thread(part.finish, f"{video_id}{download.extension}")


class _HttpDownload:
    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        part: PartialFile,
        limit: int,
        on_progress: OnProgress,
        retry_policy: RetryPolicy,
    ) -> None:
        self.extension = ""
        self._client = client
        parsed = _parse_url(url)
        # Kept apart from the URL, so that the login appears in no message and reaches no other host.
        self._auth = httpx.BasicAuth(parsed.username, parsed.password) if parsed.userinfo else None
        self._url = parsed.copy_with(username=None, password=None, fragment=None)
        self._part = part
        self._limit = limit
        self._on_progress = on_progress
        self._retry_policy = retry_policy
        self._received = 0  # bytes on the wire, which differ from the file's if the response is compressed
        self._total: int | None = None
        self._validator: str | None = None
        self._decoder = ContentDecoder("")
        self._beginning: bytes | None = b""  # None once the content kind is known

    async def run(self) -> ContentKind:
        retrying = self._retry_policy.async_retrying(
            lambda error: isinstance(error, _RetryableError),
            delay_of=lambda error: getattr(error, "delay", None),
            counter=FailureCounter(lambda: self._received, step=PROGRESS_BYTES),
            on_retry=lambda error, failures: logger.info(
                "%s: failure %d: %s", redact_url(self._url), failures, error
            ),
        )
        try:
            return await retrying(self._attempt)
        except _RetryableError as failure:
            raise failure.error from failure.__cause__

    async def _attempt(self) -> ContentKind:
        response = await self._open()
        try:
            await self._begin(response)
            return await self._receive(response)
        except httpx.TransportError as error:
            raise _RetryableError(self._interrupted(error)) from error
        finally:
            await response.aclose()

    async def _open(self) -> httpx.Response:
        """Follow redirects and return the final response; every address on the way is checked."""
        url = self._url
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._send(url)
            if not response.has_redirect_location:
                return response
            await response.aclose()
            url = _redirect_target(url, response.headers["location"])
        raise SourceRejectedError(
            f"{redact_url(self._url)} redirects more than {MAX_REDIRECTS} times", remedy="check the URL"
        )

    async def _send(self, url: httpx.URL) -> httpx.Response:
        headers = {}
        if self._received and self._validator:
            headers = {"Range": f"bytes={self._received}-", "If-Range": self._validator}
        try:
            return await self._client.send(
                self._client.build_request("GET", url, headers=headers),
                auth=self._auth if _origin(url) == _origin(self._url) else None,
                stream=True,
            )
        except SourceUnavailableError as error:  # unknown host: a typing error, unless it worked before
            if self._received:
                raise _RetryableError(error) from error
            raise
        except (httpx.TransportError, httpx.InvalidURL) as error:
            mapped = map_error(error, url)
            if mapped.retryable:
                raise _RetryableError(mapped) from error
            raise mapped from error

    async def _begin(self, response: httpx.Response) -> None:
        """Read the response head and set the position of its body in the file."""
        status = response.status_code
        if status == HTTPStatus.PARTIAL_CONTENT:
            await self._resume(response)
        elif status == HTTPStatus.OK:
            await self._start_over(response)
        elif status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and self._received:
            await self._discard()
            raise _RetryableError(
                IncompleteDownloadError("the source no longer has the remaining bytes of the video")
            )
        else:
            error = error_for_status(response)
            delay = retry_after(response)
            if error.retryable and (delay or 0) <= self._retry_policy.max_delay:
                raise _RetryableError(error, delay)
            raise error

    async def _resume(self, response: httpx.Response) -> None:
        content_range = ContentRange.of(response)
        if not self._continues(content_range, strong_validator(response)):
            await self._discard()
            raise _RetryableError(IncompleteDownloadError("the source sent a different range than requested"))
        if not self._received:
            await self._start_over(response)
        if content_range.total is not None:
            self._total = content_range.total
            await self._check_size()

    def _continues(self, content_range: ContentRange, validator: str | None) -> bool:
        """Return whether the range follows the received bytes; some servers ignore If-Range."""
        return (
            content_range.start == self._received
            and (not self._total or content_range.total in {None, self._total})
            and (not self._validator or validator in {None, self._validator})
        )

    async def _start_over(self, response: httpx.Response) -> None:
        await self._discard()
        self._decoder = ContentDecoder(response.headers.get("content-encoding", ""))
        self._validator = strong_validator(response)
        self._total = content_length(response)
        await self._check_size()
        self.extension = extension_for(
            [str(self._url), str(response.url)],
            disposition=response.headers.get("content-disposition", ""),
            content_type=response.headers.get("content-type", ""),
        )

    async def _discard(self) -> None:
        self._received = 0
        self._total = self._validator = None
        self._beginning = b""
        await run_in_thread(self._part.restart)

    async def _check_size(self) -> None:
        if self._total is not None:
            ensure_allowed(self._total, self._limit)
            await run_in_thread(self._part.expect, self._total)

    async def _receive(self, response: httpx.Response) -> ContentKind:
        async for block in response.aiter_raw():
            self._received += len(block)
            for piece in self._decoder.pieces(block):
                if await self._accept(piece, response) is ContentKind.PAGE:
                    return ContentKind.PAGE
            if self._beginning is None:
                self._on_progress(self._part.size, self._total if self._decoder.is_identity else None)
        if self._total is not None and self._received < self._total:
            raise _RetryableError(self._interrupted(None))
        if not self._decoder.is_complete:
            await self._discard()
            raise _RetryableError(IncompleteDownloadError("the end of the compressed response is missing"))
        if self._beginning and await self._accept(b"", response, is_last=True) is ContentKind.PAGE:
            return ContentKind.PAGE
        self._on_progress(self._part.size, self._part.size)
        return ContentKind.VIDEO

    async def _accept(self, piece: bytes, response: httpx.Response, *, is_last: bool = False) -> ContentKind:
        """Write a piece; hold the first bytes back until they show the content kind."""
        if self._beginning is None:
            await self._write(piece)
            return ContentKind.VIDEO
        self._beginning += piece
        if len(self._beginning) < SNIFF_BYTES and not is_last:
            return ContentKind.VIDEO
        kind = _ensure_expected_kind(self._beginning, response)
        if kind is ContentKind.VIDEO:
            await self._write(self._beginning)
            self._beginning = None
        return kind

    async def _write(self, block: bytes) -> None:
        ensure_allowed(self._part.size + len(block), self._limit)
        await self._part.append(block)

    def _interrupted(self, error: httpx.TransportError | None) -> IncompleteDownloadError:
        total = f" of {self._total}" if self._total is not None else ""
        event = "timed out" if isinstance(error, httpx.TimeoutException) else "was lost"
        return IncompleteDownloadError(
            f"the connection to {self._url.host} {event} after {self._received}{total} bytes",
            remedy="retry later; the server or the network is unreliable",
        )


def _ensure_expected_kind(beginning: bytes, response: httpx.Response) -> ContentKind:
    """Return the kind of the content; raise unless it is a video or a page."""
    content_type = response.headers.get("content-type", "")
    kind = kind_of(beginning, content_type)
    if kind is ContentKind.OTHER:
        raise SourceRejectedError(
            f"{redact_url(response.url)} is not a video (Content-Type: {content_type or 'none'})",
            remedy="use the URL of the video file itself",
        )
    return kind


def _parse_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BlockedAddressError(f"invalid URL: {error}") from error
    return _ensure_web_url(parsed)


def _redirect_target(url: httpx.URL, location: str) -> httpx.URL:
    try:
        target = url.join(location).copy_with(username=None, password=None, fragment=None)
    except httpx.InvalidURL as error:
        raise SourceRejectedError(f"{redact_url(url)} redirects to an invalid URL: {error}") from error
    return _ensure_web_url(target)


def _ensure_web_url(url: httpx.URL) -> httpx.URL:
    try:
        host = url.host
    except UnicodeError as error:  # a name that starts with `xn--` and cannot be decoded
        raise SourceRejectedError(
            f"{redact_url(url)} has an invalid host name: {error}", remedy="check the URL"
        ) from error
    if url.scheme not in {"http", "https"} or not host:
        raise BlockedAddressError(
            f"{redact_url(url)} is not an http or https URL", remedy="use one that starts with https://"
        )
    return url


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port
