"""Protocol of the transcription engines."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.models.transcript import Transcript

ProgressCallback = Callable[[float, float], None]
"""`(seconds_done, seconds_total)` of the audio; called on the event loop."""


@dataclass(frozen=True, slots=True)
class AudioSource:
    """Audio of one video: 16 kHz mono 16-bit WAV.

    Attributes:
        file: fetches the audio to this machine and returns its path.
        url: returns a signed link to the object; links expire.
    """

    file: Callable[[], Awaitable[Path]]
    url: Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class TranscriptionOptions:
    """Choices for one transcription.

    Attributes:
        language: code of the spoken language; None: the setting, or else detected.
        vocabulary: names and terms that are likely to be spoken, most important first.
    """

    language: str | None = None
    vocabulary: tuple[str, ...] = ()


DEFAULT_OPTIONS = TranscriptionOptions()


class Transcriber(Protocol):
    """Engine that converts speech to words with timestamps."""

    @property
    def name(self) -> str:
        """Engine and model, such as `whisper tiny.en`."""
        ...

    async def transcribe(
        self,
        audio: AudioSource,
        *,
        options: TranscriptionOptions = DEFAULT_OPTIONS,
        on_progress: ProgressCallback | None = None,
    ) -> Transcript:
        """Return the words of the audio, none without speech.

        A cancellation takes effect within seconds and leaves no work running.
        """
        ...

    async def close(self) -> None:
        """Release threads, connections and the model."""
        ...
