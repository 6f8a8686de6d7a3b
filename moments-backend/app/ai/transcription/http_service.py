"""Transcription service that fetches the audio itself, by a signed link, and returns the transcript.

A machine with a large model, such as NVIDIA's Parakeet, needs no credentials for the bucket this way.
"""

import asyncio
from http import HTTPStatus

import httpx

from app.ai.transcription.base import DEFAULT_OPTIONS, AudioSource, ProgressCallback, TranscriptionOptions
from app.ai.transcription.http_errors import CONNECT_SECONDS, MAX_RETRIES, RemoteServer, is_transient_status
from app.ai.transcription.response_schema import parse_transcript
from app.core.config import Settings
from app.core.exceptions import ConfigurationError, InvalidModelResponseError
from app.core.languages import language_code
from app.core.retry import RetryPolicy
from app.models.transcript import Transcript

MAX_RESPONSE_BYTES = 64 * 1024**2
"""Ten hours of speech take about 10 MB."""
MAX_REQUESTED_DELAY_SECONDS = 60.0
"""Upper bound of a server's Retry-After."""
RETRY = RetryPolicy(attempts=MAX_RETRIES + 1, base_delay=0.5, jitter=(0.75, 1.0))


class HTTPTranscriber:
    """Transcriber with the `transcription_*` settings; requests go to the base URL unchanged."""

    def __init__(self, settings: Settings) -> None:
        """Create the client.

        Raises:
            ConfigurationError: the URL is missing, or URL or key are invalid.
        """
        if not settings.transcription_base_url:
            raise ConfigurationError(
                "TRANSCRIPTION_BASE_URL is not set",
                remedy="set it to the transcription service's URL, or TRANSCRIPTION_ENGINE to whisper",
            )
        self._server = RemoteServer.from_settings(settings.transcription_base_url, settings)
        self._language = settings.transcription_language
        timeout = self._server.timeout
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self._server.key}"} if self._server.key else {},
            timeout=httpx.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)),
        )

    @property
    def name(self) -> str:
        return f"http {self._server.name}"

    async def close(self) -> None:
        await self._client.aclose()

    async def transcribe(
        self,
        audio: AudioSource,
        *,
        options: TranscriptionOptions = DEFAULT_OPTIONS,
        on_progress: ProgressCallback | None = None,  # noqa: ARG002 - the service reports no progress
    ) -> Transcript:
        """Return the words of the audio, none without speech.

        Raises:
            ModelUnavailableError: timeout, or connection failure or busy server after the retries.
            ModelRequestRejectedError: the server rejected the request.
            InvalidModelResponseError: the response is not a transcript with timestamps.
        """
        request = RETRY.async_retrying(_is_transient, delay_of=_retry_after)
        try:
            body: bytes = await request(self._request, audio, options)
        except _StatusError as error:
            raise self._server.error_for_status(error.status, error.body) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise self._server.timeout_error() from error
        except httpx.HTTPError as error:
            raise self._server.connection_error(error) from error
        language = language_code(options.language or self._language)
        return parse_transcript(body, server=self._server.name, language=language, source="http")

    async def _request(self, audio: AudioSource, options: TranscriptionOptions) -> bytes:
        # A new link per attempt, since links expire.
        payload: dict[str, str | list[str]] = {"audio_url": await audio.url()}
        if language := options.language or self._language:
            payload["language"] = language
        if options.vocabulary:
            payload["vocabulary"] = list(options.vocabulary)
        body = bytearray()
        async with (
            asyncio.timeout(self._server.timeout),
            self._client.stream("POST", self._server.url, json=payload) as response,
        ):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_RESPONSE_BYTES:
                    raise InvalidModelResponseError(
                        f"{self._server.name} returned more than {MAX_RESPONSE_BYTES // 1024**2} MiB",
                        remedy="check that TRANSCRIPTION_BASE_URL is a transcription service",
                    )
        if not HTTPStatus(200) <= response.status_code < HTTPStatus(300):
            raise _StatusError(response, bytes(body))
        return bytes(body)


class _StatusError(Exception):
    def __init__(self, response: httpx.Response, body: bytes) -> None:
        super().__init__(response.status_code)
        self.status, self.headers, self.body = response.status_code, response.headers, body


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, _StatusError):
        return is_transient_status(error.status)
    return isinstance(error, httpx.HTTPError) and not isinstance(error, httpx.TimeoutException)


def _retry_after(error: BaseException) -> float | None:
    """Return the seconds of a Retry-After header; dates are ignored."""
    if not isinstance(error, _StatusError):
        return None
    try:
        return min(max(float(error.headers["retry-after"]), 0.0), MAX_REQUESTED_DELAY_SECONDS)
    except (KeyError, ValueError):
        return None
