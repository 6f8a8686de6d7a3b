"""Options of the moment search."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.models.text import NoNulStr

Length = Annotated[float, Field(ge=1, le=3600)]


class GenerationOptions(BaseModel):
    """Limits on lengths (seconds) and number of moments; fewer are found if the video has no more."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    min_moment_length: Length = Field(default=15.0, description="Minimum length of a moment in seconds.")
    max_moment_length: Length = Field(default=90.0, description="Maximum length of a moment in seconds.")
    min_moments: int = Field(
        default=1, ge=0, le=100, description="Minimum number; fewer if not enough exist."
    )
    max_moments: int = Field(default=10, ge=1, le=100, description="Maximum number.")
    user_prompt: NoNulStr | None = Field(
        default=None, max_length=4000, description="Topics to prefer. Used only with an LLM engine."
    )

    @model_validator(mode="after")
    def _ordered(self) -> "GenerationOptions":
        if self.min_moment_length > self.max_moment_length:
            raise ValueError("min_moment_length is more than max_moment_length")
        if self.min_moments > self.max_moments:
            raise ValueError("min_moments is more than max_moments")
        return self
