"""Transcripts as the API shows them, and the corrections that it accepts."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.models.text import clean_line, ensure_storable
from app.models.transcript import AudioSection, Confidence, Seconds, Transcript, TranscriptSource, Word

MAX_SEGMENT_CHARACTERS = 10_000
MAX_FIND_CHARACTERS = 1_000
MAX_SEGMENTS = 10_000


def _line(text: str) -> str:
    ensure_storable(text)
    return clean_line(text, MAX_SEGMENT_CHARACTERS)


def _part_of_line(text: str) -> str:
    """Clean a text whose spaces at the ends count: replacing `um ` must not change `umbrella`."""
    cleaned = _line(text)
    if not cleaned:
        return " " if text else ""
    return f"{' ' * text[0].isspace()}{cleaned}{' ' * text[-1].isspace()}"


SegmentText = Annotated[str, Field(max_length=MAX_SEGMENT_CHARACTERS), AfterValidator(_line)]
"""Text of one segment: line breaks and control characters become spaces."""


PartOfText = Annotated[str, Field(max_length=MAX_FIND_CHARACTERS), AfterValidator(_part_of_line)]


class SegmentRead(BaseModel):
    """One caption line of a transcript."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    index: int = Field(ge=0, description="Position in the transcript, from 0; corrections name it.")
    text: str
    start: Seconds
    end: Seconds
    confidence: Confidence | None = Field(
        description="Mean probability of the recognised words; null if not recognised here."
    )
    language: str | None = Field(description="Language of this segment if it is not the transcript's.")
    edited: bool = Field(description="A user corrected the text.")


class TranscriptRead(BaseModel):
    """The spoken text of a video with the user's corrections. Times are seconds from its start."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    text: str = Field(description="The whole text.")
    language: str = Field(description="Language code such as `en`; `und` if unknown.")
    languages: list[str] = Field(description="All languages spoken, most frequent first.")
    source: TranscriptSource | None = Field(
        description="Origin of the text; null in documents of earlier versions."
    )
    edited: bool = Field(description="A user corrected or imported any of the text.")
    word_timestamps: list[Word]
    segment_timestamps: list[SegmentRead]
    sections: list[AudioSection] = Field(
        description="The audio by content, in order, without gaps; empty if it was not analysed."
    )

    @classmethod
    def of(cls, transcript: Transcript) -> Self:
        return cls(**cls._fields_of(transcript))

    @staticmethod
    def _fields_of(transcript: Transcript) -> dict[str, object]:
        segments = [
            SegmentRead.model_construct(
                index=index,
                text=segment.text,
                start=segment.start,
                end=segment.end,
                confidence=segment.confidence,
                language=segment.language,
                edited=segment.is_edited,
            )
            for index, segment in enumerate(transcript.segment_timestamps)
        ]
        return {
            "text": transcript.text,
            "language": transcript.language,
            "languages": transcript.languages or ([transcript.language] if transcript.text else []),
            "source": transcript.source,
            "edited": transcript.is_edited,
            "word_timestamps": transcript.word_timestamps,
            "segment_timestamps": segments,
            "sections": transcript.sections,
        }


class TranscriptChanged(TranscriptRead):
    """The transcript after a change."""

    replacements: int = Field(description="Number of replaced matches; 0 for changes of other kinds.")
    can_undo: bool = Field(description="The video has a change that can be undone.")

    @classmethod
    def after(cls, transcript: Transcript, *, replacements: int, can_undo: bool) -> Self:
        return cls(**cls._fields_of(transcript), replacements=replacements, can_undo=can_undo)


class SegmentCorrection(BaseModel):
    """New text of one segment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: Annotated[int, Field(ge=0, le=2**31 - 1)]
    text: SegmentText = Field(description="An empty text removes the segment.")
    before: SegmentText | None = Field(
        default=None,
        description="Text that the correction replaces; if the segment has another one, the answer is 409.",
    )


class Replacement(BaseModel):
    """Find and replace in all segments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    find: PartOfText = Field(description="Text inside a segment; a space matches any spacing.")
    replacement: PartOfText = Field(alias="with")
    match_case: bool = False
    whole_word: bool = Field(default=False, description="Match no part of a longer word.")

    @model_validator(mode="after")
    def _ensure_searchable(self) -> Self:
        if not self.find.strip():
            raise ValueError("find must contain a visible character")
        return self


class TranscriptPatch(BaseModel):
    """Corrections of segments, or a replacement in all of them: exactly one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segments: list[SegmentCorrection] | None = Field(default=None, min_length=1, max_length=MAX_SEGMENTS)
    replace: Replacement | None = None

    @model_validator(mode="after")
    def _ensure_one_kind(self) -> Self:
        if (self.segments is None) == (self.replace is None):
            raise ValueError("give either segments or replace")
        indices = [correction.index for correction in self.segments or ()]
        if len(set(indices)) != len(indices):
            raise ValueError("segments must not name an index twice")
        return self
