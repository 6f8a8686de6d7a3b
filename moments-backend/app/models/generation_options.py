"""What the user asks of the moments."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain half a character") from None
    return text


Text = Annotated[str, AfterValidator(_storable)]
"""What PostgreSQL can keep."""

Length = Annotated[float, Field(ge=1, le=3600)]


class GenerationOptions(BaseModel):
    """Lengths are in seconds. The numbers are limits: a video in which less is found has fewer moments."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    min_moment_length: Length = Field(default=15.0, description="Seconds that a moment has at least.")
    max_moment_length: Length = Field(default=90.0, description="Seconds that a moment has at most.")
    min_moments: int = Field(default=1, ge=0, le=100, description="Fewer are found where there are none.")
    max_moments: int = Field(default=10, ge=1, le=100, description="No more than so many.")
    user_prompt: Text | None = Field(
        default=None, max_length=4000, description="What to look for; only a chat model reads it."
    )

    @model_validator(mode="after")
    def _ordered(self) -> "GenerationOptions":
        if self.min_moment_length > self.max_moment_length:
            raise ValueError("min_moment_length is more than max_moment_length")
        if self.min_moments > self.max_moments:
            raise ValueError("min_moments is more than max_moments")
        return self
