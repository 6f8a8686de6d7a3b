"""A remote transcriber: where it is, what it is told to let us in, and what its refusals mean."""

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
"""Of one request; then the stage of the pipeline decides."""

MAX_QUOTED = 300
"""Characters of a server's own words in an error."""

PASSING = {408, 409, 425, 429}
"""Refusals that a later try may not meet, beside all from 500 on."""

REFUSALS = {
    401: "set TRANSCRIPTION_API_KEY to a key that this server knows",
    403: "this key may not transcribe: check TRANSCRIPTION_API_KEY",
    404: "check TRANSCRIPTION_BASE_URL and TRANSCRIPTION_MODEL",
    413: "the server takes no file of this size: raise its limit",
    429: "the account has no quota left: add credit, or take another key",
}
NO_QUOTA = "insufficient_quota"
"""OpenAI's code for a 429 that waiting does not end."""


@dataclass(frozen=True, slots=True)
class Server:
    """`name` is what errors call it: host and port, without any password in the address."""

    url: str
    name: str
    timeout: float
    key: str | None = field(repr=False)

    @classmethod
    def of(cls, url: str, settings: Settings) -> "Server":
        """Raises:
        ConfigurationError: the address or the key cannot be used.
        """
        key = settings.transcription_api_key.get_secret_value() if settings.transcription_api_key else None
        if key is not None and not (key.isascii() and key.isprintable()):
            raise ConfigurationError(
                "TRANSCRIPTION_API_KEY holds characters that no HTTP header can carry",
                remedy="copy the key again, without quotes and line ends",
            )
        try:
            parts = urlsplit(url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ConfigurationError(
                "TRANSCRIPTION_BASE_URL is no address of a web server",
                remedy="set it to one such as http://127.0.0.1:8000/v1",
            )
        name = parts.netloc.rpartition("@")[2]
        return cls(url, name, settings.transcription_timeout_seconds, key)

    def refusal(self, status: int, body: bytes, *, code: str | None = None) -> EngineError:
        """The error for a status that is no success."""
        said = self._quoted(_words_in(body)) or _phrase(status)
        cause = f"{self.name} answers {status}: {said}"
        if is_passing(status) and code != NO_QUOTA:
            return ModelUnavailableError(cause, remedy="retry once the server has recovered")
        return ModelRequestRejectedError(
            cause, remedy=REFUSALS.get(status, "check TRANSCRIPTION_BASE_URL and TRANSCRIPTION_MODEL")
        )

    def silence(self) -> ModelUnavailableError:
        return ModelUnavailableError(
            f"{self.name} had not answered after {self.timeout:g} s",
            remedy="retry; raise TRANSCRIPTION_TIMEOUT_SECONDS where the model is slow",
        )

    def lost(self, error: BaseException) -> ModelUnavailableError:
        """The connection failed."""
        return ModelUnavailableError(
            f"the connection to {self.name} failed: {self._quoted(str(error)) or type(error).__name__}",
            remedy="retry once the server answers again; is TRANSCRIPTION_BASE_URL right?",
        )

    def _quoted(self, words: str) -> str:
        """One line, without the marks of a web page and without the key, which some servers repeat."""
        plain = " ".join(re.sub(r"<[^>]*>", " ", words).split())
        if self.key:
            plain = plain.replace(self.key, "…")
        return plain if len(plain) <= MAX_QUOTED else plain[:MAX_QUOTED] + "…"


def is_passing(status: int) -> bool:
    return status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _words_in(body: bytes) -> str:
    """A refusal's own words: OpenAI's `error.message`, FastAPI's `detail`, or whatever there is."""
    try:
        said = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    for name in ("error", "message", "detail"):
        if isinstance(said, dict) and name in said:
            said = said[name]
    return said if isinstance(said, str) else json.dumps(said)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "without a word"
