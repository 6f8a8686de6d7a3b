"""Transcripts with word and segment times, in seconds from the start of the video."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Confidence = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

TranscriptSource = Literal["user", "sidecar", "embedded", "site", "captions", "whisper", "openai", "http"]
"""Origin of a transcript: a user's import, captions (beside the file, in it, of the site, or of an unknown
one of these), or the engine that recognised the speech."""

SectionKind = Literal["speech", "unintelligible", "music", "silence"]


class Word(BaseModel):
    model_config = ConfigDict(frozen=True)

    word: str = Field(description="The word with its punctuation.")
    start: Seconds
    end: Seconds


class Segment(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str = Field(description="One caption line.")
    start: Seconds
    end: Seconds
    confidence: Confidence | None = Field(
        default=None, description="Mean probability of the recognised words; null if not recognised here."
    )
    language: str | None = Field(
        default=None, description="Language of this segment if it is not the transcript's."
    )
    is_edited: bool = Field(default=False, description="A user corrected the text.")


class RemovedRange(BaseModel):
    """Time of a segment that a user removed; later runs must not restore its text."""

    model_config = ConfigDict(frozen=True)

    start: Seconds
    end: Seconds


class AudioSection(BaseModel):
    """A section of the audio with one kind of content."""

    model_config = ConfigDict(frozen=True)

    start: Seconds
    end: Seconds
    kind: SectionKind = Field(
        description="`unintelligible`: speech whose words were not recognised; `music`; `silence`."
    )


class Transcript(BaseModel):
    """The spoken text of a video. Times are seconds from its start."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(description="The whole text.")
    language: str = Field(description="Language code such as `en`; `und` if unknown.")
    word_timestamps: list[Word]
    segment_timestamps: list[Segment]
    source: TranscriptSource | None = Field(
        default=None, description="Origin of the text; null in documents of earlier versions."
    )
    languages: list[str] = Field(
        default=[], description="All languages spoken, most frequent first; several for a mixed video."
    )
    sections: list[AudioSection] = Field(
        default=[], description="The audio by content, in order, without gaps; empty if it was not analysed."
    )
    removed: list[RemovedRange] = Field(default=[], description="Segments that a user removed.")

    @property
    def is_edited(self) -> bool:
        """True if a user corrected or imported any of the text."""
        return (
            self.source == "user"
            or bool(self.removed)
            or any(segment.is_edited for segment in self.segment_timestamps)
        )
