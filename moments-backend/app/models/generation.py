"""What the user asks of the moments."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator


class GenerationOptions(BaseModel):
    """Lengths are in seconds. The numbers are limits: a video in which less is found has fewer moments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_moment_length: Annotated[float, Field(ge=1, le=3600, description="Seconds.")] = 15.0
    max_moment_length: Annotated[float, Field(ge=1, le=3600, description="Seconds.")] = 90.0
    min_moments: Annotated[int, Field(ge=0, le=100)] = 1
    max_moments: Annotated[int, Field(ge=1, le=100)] = 10
    user_prompt: Annotated[
        str | None, Field(max_length=4000, description="What to look for; only a chat model reads it.")
    ] = None

    @model_validator(mode="after")
    def _ordered(self) -> "GenerationOptions":
        if self.min_moment_length > self.max_moment_length:
            raise ValueError("min_moment_length is more than max_moment_length")
        if self.min_moments > self.max_moments:
            raise ValueError("min_moments is more than max_moments")
        return self
