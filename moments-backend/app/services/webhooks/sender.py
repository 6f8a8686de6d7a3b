"""Sends one event to one target."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol

import httpx
import orjson

from app.core.exceptions import InvalidRequestError, VideoMomentsError
from app.services.webhooks.signatures import signed_headers

TIMEOUT_SECONDS = 10.0
"""Limit of an attempt, from the look-up of the name to the head of the response."""

HEADERS = {"content-type": "application/json", "user-agent": "VideoMoments-Webhooks"}
DEFAULT_PORTS = {"http": 80, "https": 443}


class AddressGuard(Protocol):
    """Resolves a name to addresses that may be reached; see `app.services.downloads.ssrf_guard`."""

    async def addresses(self, host: str, port: int) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Response:
    """Result of an attempt.

    Attributes:
        error: why the delivery failed; None if it succeeded.
        retry_after: seconds that the target asks for before the next attempt.
    """

    status_code: int | None = None
    error: str | None = None
    retry_after: float | None = None

    @property
    def is_gone(self) -> bool:
        """True if the target wants no further events."""
        return self.status_code == HTTPStatus.GONE


class WebhookSender:
    """Sends events to checked addresses, without redirects.

    Args:
        transport: connects only to addresses that `guard` allows.
        timeout: limit of an attempt in seconds.
    """

    def __init__(
        self, transport: httpx.AsyncBaseTransport, guard: AddressGuard, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._guard = guard
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            transport=transport, headers=HEADERS, timeout=timeout, trust_env=False, follow_redirects=False
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def check(self, url: str) -> None:
        """Check the addresses of a target.

        Raises:
            InvalidRequestError: it is not a URL that can be requested.
            BlockedAddressError: it is in a private network.
            SourceUnavailableError: its name cannot be resolved.
        """
        try:
            parsed = httpx.URL(url)
            host = parsed.host
        except (httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: an `xn--` name
            raise InvalidRequestError(
                f"{url} cannot be requested: {error}", remedy="use a URL such as https://example.org/hook"
            ) from error
        await self._guard.addresses(host, parsed.port or DEFAULT_PORTS[parsed.scheme])

    async def send(self, url: str, secret: str, *, message_id: str, payload: Mapping[str, Any]) -> Response:
        """Send a payload once; errors are part of the result. The body of the response is not read."""
        body = orjson.dumps(payload)
        headers = signed_headers(secret, message_id=message_id, timestamp=int(time.time()), body=body)
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream("POST", url, content=body, headers=headers) as response,
            ):
                return _evaluate(response)
        except VideoMomentsError as error:
            return Response(error=error.cause)
        except (TimeoutError, httpx.TimeoutException):
            return Response(error=f"the target did not respond within {self._timeout:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return Response(error=f"the target cannot be reached: {str(error) or type(error).__name__}")


def _evaluate(response: httpx.Response) -> Response:
    status = response.status_code
    if response.is_success:
        return Response(status)
    reason = f"{status} {response.reason_phrase}".strip()
    if response.is_redirect:
        return Response(status, f"the target redirects ({reason}); redirects are not followed")
    return Response(status, f"the target returned {reason}", _retry_after(response.headers))


def _retry_after(headers: httpx.Headers) -> float | None:
    """Return the delay of `Retry-After`, in seconds or as a date; None without a valid one."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
