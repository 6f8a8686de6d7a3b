"""A service that fetches the sound itself: it is sent a signed link, and answers with the transcript.

So a machine with a large model, such as NVIDIA's Parakeet, needs no credentials of the bucket.
"""

import asyncio
import random
from http import HTTPStatus

import httpx

from app.ai.transcription.base import AudioSource, ProgressCallback
from app.ai.transcription.http_errors import CONNECT_SECONDS, MAX_RETRIES, Server, is_passing
from app.ai.transcription.languages import code_of
from app.ai.transcription.response_schema import transcript_in
from app.core.config import Settings
from app.core.exceptions import ConfigurationError, InvalidModelResponseError
from app.models.transcript import Transcript

MAX_ANSWER_BYTES = 64 * 1024**2
"""Ten hours of talk are some 10 MB."""

FIRST_DELAY_SECONDS = 0.5
MAX_DELAY_SECONDS = 60.0


class HTTPTranscriber:
    """Settings: `transcription_*`. The base URL is asked as it stands."""

    def __init__(self, settings: Settings) -> None:
        """Raises:
        ConfigurationError: there is no address, or one that cannot be used.
        """
        if not settings.transcription_base_url:
            raise ConfigurationError(
                "no transcription service is named",
                remedy="set TRANSCRIPTION_BASE_URL to its address, or TRANSCRIPTION_ENGINE to whisper",
            )
        self._server = Server.of(settings.transcription_base_url, settings)
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
        self, audio: AudioSource, *, on_progress: ProgressCallback | None = None
    ) -> Transcript:  # noqa: ARG002 -- the service tells nothing before its answer
        """The words of the sound; none where nothing is said.

        Raises:
            ModelUnavailableError: the service is away or busy, after some retries.
            ModelRequestRejectedError: it says no.
            InvalidModelResponseError: it answers with something else than a transcript with times.
        """
        for attempt in range(MAX_RETRIES + 1):
            may_retry = attempt < MAX_RETRIES
            try:
                status, headers, body = await self._post(
                    await audio.url()
                )  # each link lives for a while only
            except (httpx.TimeoutException, TimeoutError) as error:
                raise self._server.silence() from error
            except httpx.HTTPError as error:
                if not may_retry:
                    raise self._server.lost(error) from error
                delay = _backoff(attempt)
            else:
                if HTTPStatus(200) <= status < HTTPStatus(300):
                    return transcript_in(body, server=self._server.name, language=code_of(self._language))
                if not (may_retry and is_passing(status)):
                    raise self._server.refusal(status, body)
                delay = _retry_after(headers) or _backoff(attempt)
            await asyncio.sleep(delay)
        raise AssertionError("the last attempt ends the loop")  # pragma: no cover

    async def _post(self, url: str) -> tuple[int, httpx.Headers, bytes]:
        question = {"audio_url": url} | ({"language": self._language} if self._language else {})
        body = bytearray()
        async with (
            asyncio.timeout(self._server.timeout),
            self._client.stream("POST", self._server.url, json=question) as answer,
        ):
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise InvalidModelResponseError(
                        f"{self._server.name} answers with more than {MAX_ANSWER_BYTES // 1024**2} MiB",
                        remedy="is TRANSCRIPTION_BASE_URL the address of a transcription service?",
                    )
            return answer.status_code, answer.headers, bytes(body)


def _backoff(attempt: int) -> float:
    """Seconds, doubled at every attempt; up to a quarter less, so that workers do not come back together."""
    jitter = random.uniform(0.75, 1)  # noqa: S311 -- no secret
    return FIRST_DELAY_SECONDS * float(2**attempt) * jitter


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that the server asks for, within reason. Its other form, a date, is left to the backoff."""
    try:
        return min(max(float(headers["retry-after"]), 0.0), MAX_DELAY_SECONDS)
    except (KeyError, ValueError):
        return None
