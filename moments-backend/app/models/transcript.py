"""What was said in a video, and when. Times are in seconds from its start."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Word(BaseModel):
    model_config = ConfigDict(frozen=True)

    word: str = Field(description="As it is written, with its punctuation.")
    start: Seconds
    end: Seconds


class Segment(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str = Field(description="A line, as captions show it.")
    start: Seconds
    end: Seconds


class Transcript(BaseModel):
    """What is said, word by word. Times are in seconds from the video's start."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(description="All of it.")
    language: str = Field(description="A code such as `en`.")
    word_timestamps: list[Word]
    segment_timestamps: list[Segment]
