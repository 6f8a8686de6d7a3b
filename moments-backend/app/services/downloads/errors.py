"""Maps HTTP statuses and errors of httpx to download errors."""

import ssl
from http import HTTPStatus

import httpx

from app.core.exceptions import DownloadError, SourceRejectedError, SourceUnavailableError
from app.services.downloads.http_headers import retry_after

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})

_LOGIN_REMEDY = "use a link that requires no login, or a signed link"
_PERMANENT = {
    HTTPStatus.UNAUTHORIZED: ("requires a login", _LOGIN_REMEDY),
    HTTPStatus.FORBIDDEN: ("denies access", _LOGIN_REMEDY),
    HTTPStatus.NOT_FOUND: ("does not exist", "check the URL for typing errors"),
    HTTPStatus.GONE: ("was removed permanently", "find another URL of the video"),
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: ("is blocked for legal reasons", None),
}


def redact_url(url: httpx.URL) -> str:
    """Remove login and query, which may grant access, from a URL for messages."""
    bare = url.copy_with(username=None, password=None, query=None, fragment=None)
    return f"{bare}?…" if url.query else str(bare)


def error_for_status(response: httpx.Response) -> DownloadError:
    status = response.status_code
    url = redact_url(response.url)
    reason = f"{status} {response.reason_phrase}".strip()
    if status in TRANSIENT_STATUSES:
        delay = retry_after(response)
        wait = f"; the server asks for a delay of {delay:g} s" if delay else ""
        return SourceUnavailableError(
            f"{response.url.host} cannot serve {url} now ({reason}){wait}", remedy="retry later"
        )
    if status in _PERMANENT:
        cause, remedy = _PERMANENT[HTTPStatus(status)]
        return SourceRejectedError(f"{url} {cause} ({reason})", remedy=remedy)
    return SourceRejectedError(f"{url} returned {reason} instead of a video", remedy="check the URL")


def map_error(error: httpx.TransportError | httpx.InvalidURL, url: httpx.URL) -> DownloadError:
    """Map an error of httpx on a request to `url`; the result's `retryable` decides about a retry."""
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)):
        return SourceRejectedError(f"invalid request to {redact_url(url)}: {error}")
    if has_invalid_certificate(error):
        return SourceRejectedError(
            f"the certificate of {url.host} is not valid: {error}",
            remedy="check the URL; for a private certificate authority set SSL_CERT_FILE",
        )
    reason = "timeout" if isinstance(error, httpx.TimeoutException) else str(error)
    return SourceUnavailableError(
        f"{url.host} cannot be reached: {reason or type(error).__name__}", remedy="retry later"
    )


def has_invalid_certificate(error: BaseException) -> bool:
    """Return whether a failed certificate check is the cause, at any depth of wrapping."""
    current: BaseException | None = error
    while current is not None:
        if isinstance(current, ssl.SSLCertVerificationError):
            return True
        current = current.__cause__ or current.__context__
    return False
