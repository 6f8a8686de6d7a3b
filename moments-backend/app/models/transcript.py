"""What was said in a video, and when. Times are in seconds from its start."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Word(BaseModel):
    model_config = ConfigDict(frozen=True)

    word: str
    start: Seconds
    end: Seconds


class Segment(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str
    start: Seconds
    end: Seconds


class Transcript(BaseModel):
    """`language` is a code such as `en`."""

    model_config = ConfigDict(frozen=True)

    text: str
    language: str
    word_timestamps: list[Word]
    segment_timestamps: list[Segment]
