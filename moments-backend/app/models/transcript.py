"""Transcripts with word and segment times, in seconds from the start of the video."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


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


class Transcript(BaseModel):
    """The spoken text of a video. Times are seconds from its start."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(description="The whole text.")
    language: str = Field(description="Language code such as `en`.")
    word_timestamps: list[Word]
    segment_timestamps: list[Segment]
