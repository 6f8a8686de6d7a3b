"""Address of a remote transcription server, and the mapping of its failures to errors."""

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from app.core.config import Settings
from app.core.exceptions import (
    ConfigurationError,
    EngineError,
    ModelRequestRejectedError,
    ModelUnavailableError,
)

CONNECT_SECONDS = 10.0
MAX_RETRIES = 3
"""Retries of one request; the pipeline retries the stage afterwards."""

MAX_QUOTED = 300
"""Characters of a server's message quoted in an error."""

TRANSIENT_STATUSES = {408, 409, 425, 429}
"""Statuses worth a retry, in addition to all from 500."""

STATUS_REMEDIES = {
    401: "set TRANSCRIPTION_API_KEY to a valid key",
    403: "check that TRANSCRIPTION_API_KEY may use transcription",
    404: "check TRANSCRIPTION_BASE_URL and TRANSCRIPTION_MODEL",
    413: "raise the server's upload limit",
    429: "the quota is used up: add credit or use another key",
}
NO_QUOTA = "insufficient_quota"
"""OpenAI's error code for a 429 that is permanent."""


@dataclass(frozen=True, slots=True)
class RemoteServer:
    """Connection settings of a server.

    Attributes:
        name: host and port, without credentials in the URL; used in errors.
        timeout: seconds per request.
    """

    url: str
    name: str
    timeout: float
    key: str | None = field(repr=False)

    @classmethod
    def from_settings(cls, url: str, settings: Settings) -> "RemoteServer":
        """Return the server at `url` with the key and the timeout of the settings.

        Raises:
            ConfigurationError: the URL or the key is invalid.
        """
        key = settings.transcription_api_key.get_secret_value() if settings.transcription_api_key else None
        if key is not None and not (key.isascii() and key.isprintable()):
            raise ConfigurationError(
                "TRANSCRIPTION_API_KEY contains characters that are not allowed in an HTTP header",
                remedy="copy the key again, without quotes and line breaks",
            )
        try:
            parts = urlsplit(url)
            is_valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_valid = False
        if not is_valid:
            raise ConfigurationError(
                "TRANSCRIPTION_BASE_URL is not an HTTP URL",
                remedy="set it to a URL such as http://127.0.0.1:8000/v1",
            )
        name = parts.netloc.rpartition("@")[2]
        return cls(url, name, settings.transcription_timeout_seconds, key)

    def error_for_status(self, status: int, body: bytes, *, code: str | None = None) -> EngineError:
        message = self._quote(_message(body)) or _phrase(status)
        cause = f"{self.name} returned {status}: {message}"
        if is_transient_status(status) and code != NO_QUOTA:
            return ModelUnavailableError(cause, remedy="retry when the server has recovered")
        return ModelRequestRejectedError(
            cause, remedy=STATUS_REMEDIES.get(status, "check TRANSCRIPTION_BASE_URL and TRANSCRIPTION_MODEL")
        )

    def timeout_error(self) -> ModelUnavailableError:
        return ModelUnavailableError(
            f"{self.name} did not respond within {self.timeout:g} s",
            remedy="retry; for a slow model raise TRANSCRIPTION_TIMEOUT_SECONDS",
        )

    def connection_error(self, error: BaseException) -> ModelUnavailableError:
        return ModelUnavailableError(
            f"the connection to {self.name} failed: {self._quote(str(error)) or type(error).__name__}",
            remedy="check TRANSCRIPTION_BASE_URL, or retry when the server is up again",
        )

    def _quote(self, message: str) -> str:
        """Return one line without HTML tags and without the key, which some servers repeat."""
        plain = " ".join(re.sub(r"<[^>]*>", " ", message).split())
        if self.key:
            plain = plain.replace(self.key, "…")
        return plain if len(plain) <= MAX_QUOTED else plain[:MAX_QUOTED] + "…"


def is_transient_status(status: int) -> bool:
    return status in TRANSIENT_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _message(body: bytes) -> str:
    """Return the message of an error response: OpenAI's `error.message`, FastAPI's `detail`, or all of it."""
    try:
        content = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    for name in ("error", "message", "detail"):
        if isinstance(content, dict) and name in content:
            content = content[name]
    return content if isinstance(content, str) else json.dumps(content)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no message"
