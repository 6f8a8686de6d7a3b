"""A plain file from a web server, in one stream that is taken up again where it was cut."""

import asyncio
import logging
import random
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from app.core.exceptions import (
    BlockedAddressError,
    DownloadError,
    IncompleteDownloadError,
    SourceRejectedError,
    SourceUnavailableError,
)
from app.services.downloads.content_sniffing import (
    SNIFF_BYTES,
    ContentDecoder,
    ContentKind,
    extension_for,
    kind_of,
)
from app.services.downloads.http_headers import (
    ContentRange,
    content_length,
    error_for_status,
    has_invalid_certificate,
    redact_url,
    retry_after,
    strong_validator,
)
from app.services.downloads.partial_file import OnProgress, PartialFile
from app.services.downloads.pinned_transport import PinnedTransport
from app.services.downloads.ssrf_guard import SsrfGuard

logger = logging.getLogger(__name__)


MAX_REDIRECTS = 10
WORTHWHILE_BYTES = 1024**2
"""So much more than ever before, and the count of failures in a row starts anew."""

HEADERS = {
    "Accept": "video/*, application/octet-stream;q=0.9, */*;q=0.8",
    "Accept-Encoding": "identity",  # a film does not shrink, and ranges of a compressed one are of little use
    "User-Agent": "Mozilla/5.0 (compatible; VideoMoments)",
}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long a source is waited for; the times are seconds.

    Attributes:
        tries: failures in a row, without anything new in between, that are forgiven.
        base_delay: before the second try; doubled before each further one, with jitter.
        longest_delay: a source that asks for more is left to a later retry.
        stall: a connection without a byte for so long is given up.
    """

    tries: int = 5
    base_delay: float = 1.0
    longest_delay: float = 60.0
    connect: float = 10.0
    stall: float = 60.0


class _RetryableError(Exception):
    """`error` may be gone at the next try, in `delay` seconds where the source named a time."""

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
    patience: RetryPolicy = RetryPolicy(),
    verify: ssl.SSLContext | bool = True,
) -> Path | None:
    """Fetch what the address leads to as `{video_id}.{ext}` in `folder`; None when that is a web page.

    Args:
        limit: the most bytes that are taken.
        verify: what certificates are checked against; the public authorities unless a test has its own.

    Raises:
        DownloadError, DiskFullError, LocalFileError.
    """
    timeout = httpx.Timeout(patience.stall, connect=patience.connect)
    async with (
        httpx.AsyncClient(
            transport=PinnedTransport(guard, verify), headers=HEADERS, timeout=timeout, trust_env=False
        ) as client,
        PartialFile(folder, limit=limit) as part,
    ):
        fetching = _Fetch(client, url, part, on_progress, patience)
        if await fetching.run() is ContentKind.PAGE:
            return None
        return await part.finish(f"{video_id}{fetching.extension}")


class _Fetch:
    """The tries to fetch one address."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        part: PartialFile,
        on_progress: OnProgress,
        patience: RetryPolicy,
    ) -> None:
        self.extension = ""
        self._client = client
        self._given = _parsed(url)
        # Never a part of an address again, so that they get into no message and to no other host.
        self._auth = (
            httpx.BasicAuth(self._given.username, self._given.password) if self._given.userinfo else None
        )
        self._url = self._given.copy_with(username=None, password=None, fragment=None)
        self._part = part
        self._on_progress = on_progress
        self._patience = patience
        self._received = 0  # as they came, which are not the part's when they came compressed
        self._total: int | None = None
        self._validator: str | None = None
        self._decoder = ContentDecoder("")
        self._beginning: bytes | None = b""  # until it is judged

    async def run(self) -> ContentKind:
        failures = most = 0
        while True:
            try:
                return await self._attempt()
            except _RetryableError as again:
                failure = again
            if self._received >= most + WORTHWHILE_BYTES:
                most, failures = self._received, 0
            failures += 1
            logger.info("%s: failure %d: %s", redact_url(self._url), failures, failure)
            if failures > self._patience.tries:
                raise failure.error
            backoff = self._patience.base_delay * 2 ** (failures - 1) * random.uniform(0.5, 1)  # noqa: S311 - jitter
            await asyncio.sleep(max(min(backoff, self._patience.longest_delay), failure.delay or 0))

    async def _attempt(self) -> ContentKind:
        response = await self._open()
        try:
            await self._begin(response)
            return await self._receive(response)
        except httpx.TransportError as error:
            raise _RetryableError(self._cut(error)) from error
        finally:
            await response.aclose()

    async def _open(self) -> httpx.Response:
        """The first answer that leads nowhere else. Each address on the way is looked at anew."""
        url = self._url
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._send(url)
            if not response.has_redirect_location:
                return response
            await response.aclose()
            url = _redirected(url, response.headers["location"])
        raise SourceRejectedError(
            f"{redact_url(self._url)} redirects more than {MAX_REDIRECTS} times", remedy="check the address"
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
        except SourceUnavailableError as error:  # no such name: a typing error, unless it was there before
            if self._received:
                raise _RetryableError(error) from error
            raise
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as error:
            raise SourceRejectedError(f"{redact_url(url)} cannot be asked: {error}") from error
        except httpx.TransportError as error:
            if has_invalid_certificate(error):
                raise SourceRejectedError(
                    f"the certificate of {url.host} is not valid: {error}",
                    remedy="check the address; an intranet's authority belongs into SSL_CERT_FILE",
                ) from error
            raise _RetryableError(_unreachable(url, error)) from error

    async def _begin(self, response: httpx.Response) -> None:
        """Read the head of an answer, and set the part to where its body goes on."""
        status = response.status_code
        if status == HTTPStatus.PARTIAL_CONTENT:
            await self._go_on(response)
        elif status == HTTPStatus.OK:
            await self._start_over(response)
        elif status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and self._received:
            await self._forget()
            raise _RetryableError(IncompleteDownloadError("the source no longer has the rest of the video"))
        else:
            error = error_for_status(response)
            delay = retry_after(response)
            if error.retryable and (delay or 0) <= self._patience.longest_delay:
                raise _RetryableError(error, delay)
            raise error

    async def _go_on(self, response: httpx.Response) -> None:
        content_range = ContentRange.of(response)
        if not self._continues(content_range, strong_validator(response)):
            await self._forget()
            raise _RetryableError(
                IncompleteDownloadError("the source sent another part than it was asked for")
            )
        if not self._received:
            await self._start_over(response)
        if content_range.total is not None:
            self._total = content_range.total
            await self._expect()

    def _continues(self, content_range: ContentRange, validator: str | None) -> bool:
        """Whether a part is the rest of what we have; some servers do not know If-Range."""
        return (
            content_range.start == self._received
            and (not self._total or content_range.total in {None, self._total})
            and (not self._validator or validator in {None, self._validator})
        )

    async def _start_over(self, response: httpx.Response) -> None:
        await self._forget()
        self._decoder = ContentDecoder(response.headers.get("content-encoding", ""))
        self._validator = strong_validator(response)
        self._total = content_length(response)
        await self._expect()
        self.extension = extension_for(
            [str(self._url), str(response.url)],
            disposition=response.headers.get("content-disposition", ""),
            content_type=response.headers.get("content-type", ""),
        )

    async def _forget(self) -> None:
        self._received = 0
        self._total = self._validator = None
        self._beginning = b""
        await self._part.restart()

    async def _expect(self) -> None:
        if self._total is not None:
            await self._part.expect(self._total)

    async def _receive(self, response: httpx.Response) -> ContentKind:
        async for block in response.aiter_raw():
            self._received += len(block)
            for piece in self._decoder.pieces(block):
                if await self._take(piece, response) is ContentKind.PAGE:
                    return ContentKind.PAGE
            if self._beginning is None:
                self._on_progress(self._part.size, self._total if self._decoder.is_identity else None)
        if self._total is not None and self._received < self._total:
            raise _RetryableError(self._cut(None))
        if not self._decoder.is_complete:
            await self._forget()
            raise _RetryableError(IncompleteDownloadError("the end of what was sent is missing"))
        if self._beginning and await self._take(b"", response, is_last=True) is ContentKind.PAGE:
            return ContentKind.PAGE
        self._on_progress(self._part.size, self._part.size)
        return ContentKind.VIDEO

    async def _take(self, piece: bytes, response: httpx.Response, *, is_last: bool = False) -> ContentKind:
        """Write a piece, once there was enough to judge by what the answer begins with."""
        if self._beginning is None:
            await self._part.write(piece)
            return ContentKind.VIDEO
        self._beginning += piece
        if len(self._beginning) < SNIFF_BYTES and not is_last:
            return ContentKind.VIDEO
        kind = _judged(self._beginning, response)
        if kind is ContentKind.VIDEO:
            await self._part.write(self._beginning)
            self._beginning = None
        return kind

    def _cut(self, error: httpx.TransportError | None) -> IncompleteDownloadError:
        of_all = f" of {self._total}" if self._total is not None else ""
        how = "went silent" if isinstance(error, httpx.TimeoutException) else "was cut"
        return IncompleteDownloadError(
            f"the connection to {self._url.host} {how} after {self._received}{of_all} bytes",
            remedy="try again later; the source or the line to it breaks off",
        )


def _judged(beginning: bytes, response: httpx.Response) -> ContentKind:
    """Raises:
    SourceRejectedError: it is neither a video nor a page.
    """
    content_type = response.headers.get("content-type", "")
    kind = kind_of(beginning, content_type)
    if kind is ContentKind.OTHER:
        raise SourceRejectedError(
            f"{redact_url(response.url)} answers with no video (it says {content_type or 'nothing of its type'})",
            remedy="give the address of the video itself",
        )
    return kind


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BlockedAddressError(f"the address cannot be used: {error}") from error
    return _ensure_web(parsed)


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    try:
        target = url.join(location).copy_with(username=None, password=None, fragment=None)
    except httpx.InvalidURL as error:
        raise SourceRejectedError(f"{redact_url(url)} redirects to what is no address: {error}") from error
    return _ensure_web(target)


def _ensure_web(url: httpx.URL) -> httpx.URL:
    if url.scheme not in {"http", "https"} or not url.host:
        raise BlockedAddressError(
            f"{redact_url(url)} is no http or https address", remedy="give one that begins with https://"
        )
    return url


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port


def _unreachable(url: httpx.URL, error: httpx.TransportError) -> SourceUnavailableError:
    words = "it did not answer in time" if isinstance(error, httpx.TimeoutException) else str(error)
    return SourceUnavailableError(
        f"{url.host} cannot be reached: {words or type(error).__name__}", remedy="try again later"
    )
