"""Transcription by servers with OpenAI's `/v1/audio/transcriptions`: OpenAI, Groq, vLLM and others.

https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from collections.abc import Sequence
from pathlib import Path

import httpx2
import openai

from app.ai.transcription.base import DEFAULT_OPTIONS, AudioSource, ProgressCallback, TranscriptionOptions
from app.ai.transcription.http_errors import CONNECT_SECONDS, MAX_RETRIES, RemoteServer
from app.ai.transcription.normalization import UNDETERMINED, assemble, offset_times
from app.ai.transcription.response_schema import parse_transcript
from app.ai.transcription.wav import SAMPLE_RATE, Wav, as_wav
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import ConfigurationError, EngineError
from app.core.languages import language_code
from app.models.transcript import Segment, Transcript, Word

OPENAI_URL = "https://api.openai.com/v1"

PIECE_SECONDS = 600.0
"""19 MB of WAV. OpenAI takes up to 25 MB: https://platform.openai.com/docs/guides/speech-to-text"""

SEARCH_SECONDS = 60.0
"""Last part of a piece in which a quiet position for the cut is searched."""


MAX_PROMPT_LENGTH = 600
"""Characters of vocabulary: about 220 tokens, of which OpenAI uses 224."""


def prompt_of(vocabulary: Sequence[str]) -> str:
    """Return the terms as a prompt, the most important ones if not all fit."""
    prompt = ""
    for term in vocabulary:
        longer = f"{prompt}, {term}" if prompt else term
        if len(longer) <= MAX_PROMPT_LENGTH:
            prompt = longer
    return prompt


class OpenAITranscriber:
    """Transcriber with the `transcription_*` settings."""

    def __init__(
        self,
        settings: Settings,
        *,
        piece_seconds: float = PIECE_SECONDS,
        search_seconds: float = SEARCH_SECONDS,
    ) -> None:
        """Create the client.

        Raises:
            ConfigurationError: both URL and key are missing, or one of them is invalid.
        """
        if not settings.transcription_base_url and not settings.transcription_api_key:
            raise ConfigurationError(
                "TRANSCRIPTION_API_KEY is not set",
                remedy="set it for OpenAI, or set TRANSCRIPTION_BASE_URL for another server",
            )
        self._server = RemoteServer.from_settings(settings.transcription_base_url or OPENAI_URL, settings)
        self._model = settings.transcription_model
        self._language = settings.transcription_language
        self._piece_seconds = piece_seconds
        self._search_seconds = search_seconds
        timeout = self._server.timeout
        # The client retries after 408, 409, 429, 5xx, timeouts and connection failures.
        self._client = openai.AsyncOpenAI(
            base_url=self._server.url,
            api_key=self._server.key or "none",  # without a key, the client sends OPENAI_API_KEY
            max_retries=MAX_RETRIES,
            timeout=httpx2.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)),
        )

    @property
    def name(self) -> str:
        return f"openai {self._model}"

    async def close(self) -> None:
        await self._client.close()

    async def transcribe(
        self,
        audio: AudioSource,
        *,
        options: TranscriptionOptions = DEFAULT_OPTIONS,
        on_progress: ProgressCallback | None = None,
    ) -> Transcript:
        """Return the words of the audio, none without speech.

        Raises:
            ModelUnavailableError: timeout, connection failure or busy server, after the client's retries.
            ModelRequestRejectedError: the server rejected the request.
            InvalidModelResponseError: the response is not a transcript with timestamps.
            LocalFileError: the audio file cannot be read.
        """
        path = await audio.file()
        wav = await run_in_thread(Wav.open, path)
        words: list[Word] = []
        segments: list[Segment] = []
        chosen = options.language or self._language
        language, prompt = chosen, prompt_of(options.vocabulary)
        spoken: str | None = None
        first = 0
        while first < wav.length:
            last, content = await run_in_thread(self._piece, wav, first)
            seconds = (last - first) / SAMPLE_RATE
            part = await self._request(path, content, seconds=seconds, language=language, prompt=prompt)
            offset = first / SAMPLE_RATE
            words += [offset_times(word, offset) for word in part.word_timestamps]
            segments += [offset_times(segment, offset) for segment in part.segment_timestamps]
            if part.word_timestamps and part.language != UNDETERMINED:
                spoken = part.language
                language = chosen or spoken
            if on_progress is not None:
                on_progress(last / SAMPLE_RATE, wav.seconds)
            first = last
        return assemble(
            words,
            segments,
            language=spoken or language_code(chosen),
            seconds=wav.seconds,
            source="openai",
        )

    def _piece(self, wav: Wav, first: int) -> tuple[int, bytes]:
        last = wav.end_of_piece(first, longest=self._piece_seconds, search=self._search_seconds)
        return last, as_wav(wav.read(first, last))

    async def _request(
        self, path: Path, content: bytes, *, seconds: float, language: str | None, prompt: str
    ) -> Transcript:
        try:
            response = await self._client.audio.transcriptions.with_raw_response.create(
                file=(path.name, content, "audio/wav"),
                model=self._model,
                language=language or openai.omit,
                prompt=prompt or openai.omit,
                response_format="verbose_json",
                timestamp_granularities=["word", "segment"],
            )
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise self._map_error(error) from error
        return parse_transcript(
            response.content,
            server=self._server.name,
            language=language_code(language),
            source="openai",
            seconds=seconds,
        )

    def _map_error(self, error: Exception) -> EngineError:
        if isinstance(error, openai.APIStatusError):
            return self._server.error_for_status(error.status_code, error.response.content, code=error.code)
        if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
            return self._server.timeout_error()
        return self._server.connection_error(error.__cause__ or error)
