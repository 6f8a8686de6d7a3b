"""A server that speaks OpenAI's `/v1/audio/transcriptions`: OpenAI, Groq, vLLM, speaches, LocalAI, …

https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from pathlib import Path

import httpx2
import openai

from app.ai.transcription.base import AudioSource, ProgressCallback
from app.ai.transcription.http_errors import CONNECT_SECONDS, MAX_RETRIES, Server
from app.ai.transcription.languages import code_of
from app.ai.transcription.normalization import UNDETERMINED, assemble, offset_times
from app.ai.transcription.response_schema import transcript_in
from app.ai.transcription.wav import SAMPLE_RATE, Wav, as_wav
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import ConfigurationError, EngineError
from app.models.transcript import Segment, Transcript, Word

OPENAI_URL = "https://api.openai.com/v1"

PIECE_SECONDS = 600.0
"""19 MB of WAV. OpenAI takes up to 25 MB: https://platform.openai.com/docs/guides/speech-to-text"""

SEARCH_SECONDS = 60.0


class OpenAITranscriber:
    """Settings: `transcription_*`."""

    def __init__(
        self,
        settings: Settings,
        *,
        piece_seconds: float = PIECE_SECONDS,
        search_seconds: float = SEARCH_SECONDS,
    ) -> None:
        """Raises:
        ConfigurationError: there is neither a server nor a key, or they cannot be used.
        """
        if not settings.transcription_base_url and not settings.transcription_api_key:
            raise ConfigurationError(
                "transcription by OpenAI needs a key",
                remedy="set TRANSCRIPTION_API_KEY, or TRANSCRIPTION_BASE_URL for another server",
            )
        self._server = Server.of(settings.transcription_base_url or OPENAI_URL, settings)
        self._model = settings.transcription_model
        self._language = settings.transcription_language
        self._piece_seconds = piece_seconds
        self._search_seconds = search_seconds
        timeout = self._server.timeout
        # The client itself tries again after 408, 409, 429, 5xx, timeouts and lost connections.
        self._client = openai.AsyncOpenAI(
            base_url=self._server.url,
            api_key=self._server.key or "none",  # else the client takes OPENAI_API_KEY, and sends it there
            max_retries=MAX_RETRIES,
            timeout=httpx2.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)),
        )

    @property
    def name(self) -> str:
        return f"openai {self._model}"

    async def close(self) -> None:
        await self._client.close()

    async def transcribe(
        self, audio: AudioSource, *, on_progress: ProgressCallback | None = None
    ) -> Transcript:
        """The words of the sound; none where nothing is said.

        Raises:
            ModelUnavailableError: the server is away or busy, after the client's retries.
            ModelRequestRejectedError: it says no.
            InvalidModelResponseError: it answers with something else than a transcript with times.
            LocalFileError: the sound cannot be read.
        """
        path = await audio.file()
        wav = await run_in_thread(lambda: Wav.open(path))
        words: list[Word] = []
        segments: list[Segment] = []
        language = None
        first = 0
        while first < wav.length:
            last, content = await run_in_thread(lambda: self._piece(wav, first))  # noqa: B023 -- awaited at once
            part = await self._ask(path, content, seconds=(last - first) / SAMPLE_RATE, language=language)
            offset = first / SAMPLE_RATE
            words += [offset_times(word, offset) for word in part.word_timestamps]
            segments += [offset_times(segment, offset) for segment in part.segment_timestamps]
            if part.word_timestamps and part.language != UNDETERMINED:
                language = part.language
            if on_progress is not None:
                on_progress(last / SAMPLE_RATE, wav.seconds)
            first = last
        return assemble(words, segments, language=language or code_of(self._language), seconds=wav.seconds)

    def _piece(self, wav: Wav, first: int) -> tuple[int, bytes]:
        last = wav.end_of_piece(first, longest=self._piece_seconds, search=self._search_seconds)
        return last, as_wav(wav.read(first, last))

    async def _ask(self, path: Path, content: bytes, *, seconds: float, language: str | None) -> Transcript:
        told = self._language or language
        try:
            answer = await self._client.audio.transcriptions.with_raw_response.create(
                file=(path.name, content, "audio/wav"),
                model=self._model,
                language=told or openai.omit,
                response_format="verbose_json",
                timestamp_granularities=["word", "segment"],
            )
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise self._translated(error) from error
        return transcript_in(
            answer.content, server=self._server.name, language=code_of(told), seconds=seconds
        )

    def _translated(self, error: Exception) -> EngineError:
        if isinstance(error, openai.APIStatusError):
            return self._server.refusal(error.status_code, error.response.content, code=error.code)
        if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
            return self._server.silence()
        return self._server.lost(error.__cause__ or error)
