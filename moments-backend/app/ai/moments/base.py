"""Protocol of the engines that find moments, and their results."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from app.ai.moments.feature_weights import FeatureWeights
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Topic:
    """A section of the video about one subject; times in seconds."""

    start_time: float
    end_time: float
    title: str = ""
    """Set for chapters only."""


@dataclass(frozen=True, slots=True)
class MomentSearchResult:
    """Topics and moments of a video.

    Attributes:
        topics: in order, without gaps.
        moments: in order of time, without overlap.
        reason: why there are no moments, or fewer than requested.
        chapters: topics joined to chapters, with titles; None if the engine did not search for them.
    """

    topics: list[Topic]
    moments: list[Moment]
    reason: str | None = None
    chapters: list[Topic] | None = None


class MomentEngine(Protocol):
    """Engine that finds the parts of a video worth sharing from its transcript."""

    @property
    def name(self) -> str:
        """Engine and model, as stored in `Moment.model`."""
        ...

    @property
    def is_repeatable(self) -> bool:
        """Return whether the same transcript and options always yield the same moments."""
        ...

    async def find(
        self, transcript: Transcript, options: GenerationOptions, weights: FeatureWeights | None = None
    ) -> MomentSearchResult:
        """Find non-overlapping moments of whole sentences within the lengths and numbers of `options`.

        Args:
            weights: multipliers of the features in `Moment.scores`, estimated from what users did.
        """
        ...

    async def find_chapters(self, transcript: Transcript) -> list[Topic]:
        """Find the chapters alone, in order and without gaps; an empty list if there are fewer than two.

        Raises:
            ModelMissingError: the sentence model is not installed.
        """
        ...

    async def refine(self, moment: Moment, transcript: Transcript, options: GenerationOptions) -> Moment:
        """Return `moment` with a better title and better boundaries, from the words of its clip.

        The result has an id of its own; its `parent_id` is the id of `moment`.

        Args:
            transcript: the words of the clip, including padding, with times relative to the video.
        """
        ...

    async def close(self) -> None:
        """Release connections and the model."""
        ...


def moment_id(transcript: Transcript, start_time: float, end_time: float, *salts: str | None) -> str:
    """Return a stable id of 16 hex digits for this range of this transcript.

    Repeating a search, as after a crash, yields the same ids, so existing clips are reused.

    Args:
        salts: engine, version and the like, which distinguish moments of the same range.
    """
    text = hashlib.sha256(transcript.text.encode()).hexdigest()
    parts = [text, f"{start_time:.3f}", f"{end_time:.3f}", *(salt or "" for salt in salts)]
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:16]
