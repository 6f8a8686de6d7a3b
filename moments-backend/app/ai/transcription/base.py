"""What every transcriber does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.models.transcript import Transcript

ProgressCallback = Callable[[float, float], None]
"""`(seconds_done, seconds_total)` of the audio, on the event loop."""


@dataclass(frozen=True, slots=True)
class AudioSource:
    """The sound of one video: 16 kHz, mono, 16 bit WAV.

    Each way to it is taken only by the transcriber that needs it: `file` brings it to this machine, `url`
    signs a link to the object.
    """

    file: Callable[[], Awaitable[Path]]
    url: Callable[[], Awaitable[str]]


class Transcriber(Protocol):
    """Turns sound into words with times."""

    @property
    def name(self) -> str:
        """Engine and model, such as `whisper tiny.en`."""
        ...

    async def transcribe(
        self, audio: AudioSource, *, on_progress: ProgressCallback | None = None
    ) -> Transcript:
        """The words of the sound; none where nothing is said.

        A caller that is cancelled gets control back within seconds, and nothing runs on.

        Raises:
            EngineError: see `app.core.exceptions`.
        """
        ...

    async def close(self) -> None:
        """Give threads, connections and the model's memory back."""
        ...
