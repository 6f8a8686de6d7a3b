"""Local transcription by faster-whisper; the bundled models need no network.

English is transcribed by tiny.en and every other language by the multilingual model base, which also detects
the language. Options and measurements: docs/decisions/0010 and 0025.
"""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.ai.transcription.base import DEFAULT_OPTIONS, AudioSource, ProgressCallback, TranscriptionOptions
from app.ai.transcription.whisper_model import ModelSource, has_bundled_multilingual, load
from app.ai.transcription.whisper_result import build_transcript
from app.ai.transcription.whisper_run import PIECE_SECONDS, SEARCH_SECONDS, Models, Step, TranscriptionRun
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import EngineError, ModelMissingError, VideoMomentsError
from app.core.languages import language_code
from app.models.transcript import Transcript

if TYPE_CHECKING:
    from app.ai.transcription.inventions import DecodedSegment

IDLE_SECONDS = 600.0
"""Models that were not used for this long are released; loading them again takes 1–2 s."""


class Whisper:
    """Local transcriber with the `whisper_*` settings; loads its models on first use."""

    def __init__(
        self,
        settings: Settings,
        *,
        piece_seconds: float = PIECE_SECONDS,
        search_seconds: float = SEARCH_SECONDS,
    ) -> None:
        self._source = ModelSource.from_settings(settings)
        self._language = settings.transcription_language
        self._beam_size = settings.whisper_beam_size
        self._piece_seconds = piece_seconds
        self._search_seconds = search_seconds
        self._models = _LoadedModels(self._source)
        self._users = 0
        self._release: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        return f"whisper {self._source.name}"

    async def close(self) -> None:
        """Release the models, unless another transcriber of this process still uses them."""
        if self._release is not None:
            self._release.cancel()
        self._models.clear()

    async def transcribe(
        self,
        audio: AudioSource,
        *,
        options: TranscriptionOptions = DEFAULT_OPTIONS,
        on_progress: ProgressCallback | None = None,
    ) -> Transcript:
        """Return the words of the audio, none without speech.

        A cancelled call first completes the current window of 30 s, which takes two cores about 2 s.

        Raises:
            ModelMissingError: a model is not installed, or none supports the language.
            ConfigurationError: device or compute type are not supported.
            EngineError: the model failed.
            LocalFileError: the audio file cannot be read.
        """
        path = await audio.file()
        if self._release is not None:
            self._release.cancel()
        self._users += 1
        try:
            return await self._transcribe(path, options, on_progress)
        finally:
            self._users -= 1
            if not self._users:
                self._release = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._models.clear)

    async def _transcribe(
        self, path: Path, options: TranscriptionOptions, on_progress: ProgressCallback | None
    ) -> Transcript:
        stop = threading.Event()
        run = self._run(path, options, stop)
        steps = run.steps()
        segments: list[DecodedSegment] = []
        while step := await run_in_thread(_next, steps, stop=stop.set):
            segments += step.segments
            if on_progress is not None:
                on_progress(step.done, step.total)
        detected = run.languages.first if run.languages else None
        language = options.language or self._language or detected
        return build_transcript(segments, run.content, language=language, seconds=run.seconds)

    def _run(self, path: Path, options: TranscriptionOptions, stop: threading.Event) -> TranscriptionRun:
        return TranscriptionRun(
            path,
            self._models,
            language=options.language or self._language,
            vocabulary=options.vocabulary,
            beam_size=self._beam_size,
            piece_seconds=self._piece_seconds,
            search_seconds=self._search_seconds,
            stop=stop,
        )


class _LoadedModels(Models):
    """Models of one transcriber: the configured one, and the bundled one for other languages."""

    def __init__(self, source: ModelSource) -> None:
        self._source = source
        self._configured: Any = None
        self._bundled: Any = None

    def clear(self) -> None:
        self._configured = self._bundled = None

    @property
    def configured(self) -> Any:
        if self._configured is None:
            self._configured = load(self._source)
        return self._configured

    @property
    def workers(self) -> int:
        return self._source.workers

    @property
    def multilingual(self) -> Any:
        if len(self.configured.supported_languages) > 1:
            return self.configured
        if not has_bundled_multilingual():
            return None
        if self._bundled is None:
            self._bundled = load(self._source.multilingual)
        return self._bundled

    def supporting(self, language: str) -> tuple[Any, str]:
        code = _whisper_code(language_code(language))
        if code in self.configured.supported_languages:
            return self.configured, code
        multilingual = self.multilingual
        if multilingual is None or code not in multilingual.supported_languages:
            name = self._source.name if multilingual is None else self._source.multilingual.name
            raise ModelMissingError(
                f"whisper {name} does not support the language {language!r}",
                remedy="set WHISPER_MODEL to a multilingual model (a name without .en), or leave "
                "TRANSCRIPTION_LANGUAGE and the language of the video empty",
            )
        return multilingual, code


def _whisper_code(code: str | None) -> str:
    """Return Whisper's code of a language, which deviates from ISO 639-1 for Javanese."""
    return "jw" if code == "jv" else code or ""


def _next(steps: Iterator[Step]) -> Step | None:
    try:
        return next(steps, None)
    except VideoMomentsError:
        raise
    except Exception as error:
        raise EngineError(
            f"Whisper failed: {str(error) or type(error).__name__}",
            remedy="retry; if memory is short, use a smaller model or fewer concurrent transcriptions",
        ) from error
