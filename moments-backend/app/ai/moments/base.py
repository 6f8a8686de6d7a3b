"""What every engine for moments does."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Topic:
    """A stretch about one thing, in seconds."""

    start_time: float
    end_time: float


@dataclass(frozen=True, slots=True)
class MomentSearchResult:
    """What an engine found: all topics in order, without gaps, and the moments in order of time.

    `reason` says why there are no moments, or fewer than were asked for.
    """

    topics: list[Topic]
    moments: list[Moment]
    reason: str | None = None


class MomentEngine(Protocol):
    """Finds the parts of a video that are worth sharing, by its words."""

    @property
    def name(self) -> str:
        """Engine and model, as it stands in `Moment.model`."""
        ...

    async def find(self, transcript: Transcript, options: GenerationOptions) -> MomentSearchResult:
        """Moments of whole sentences, within the lengths and numbers of `options`, without overlap.

        Raises:
            EngineError: see `app.core.exceptions`.
        """
        ...

    async def refine(self, moment: Moment, transcript: Transcript, options: GenerationOptions) -> Moment:
        """A better title and better edges for `moment`, by the words of its clip alone.

        Args:
            transcript: the words of the clip, padding included, with the video's times.

        Returns:
            A moment of its own id, `is_refined`, whose `parent_id` is the id of `moment`.
        """
        ...

    async def close(self) -> None:
        """Give connections and the model's memory back."""
        ...


def moment_id(transcript: Transcript, start_time: float, end_time: float, *marks: str | None) -> str:
    """16 hex digits that stand for this part of this text, found in this way.

    The same work done twice, as after a crash, gives the same id, so clips are not made twice.
    """
    text = hashlib.sha256(transcript.text.encode()).hexdigest()
    parts = [text, f"{start_time:.3f}", f"{end_time:.3f}", *(mark or "" for mark in marks)]
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:16]
