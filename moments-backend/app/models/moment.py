"""A part of a video that is worth a clip."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.models.transcript import Seconds

MomentId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Moment(BaseModel):
    """A part of the video that is worth a clip."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    id: MomentId = Field(description="16 hex digits.")
    start_time: Seconds = Field(description="Seconds of the video.")
    end_time: Seconds = Field(description="Seconds of the video.")
    title: str
    score: float = Field(ge=0, le=10, allow_inf_nan=False, description="0 to 10, the best.")
    is_refined: bool = Field(
        default=False, description="Made of another one: its title and edges are those of the clip's words."
    )
    parent_id: MomentId | None = Field(default=None, description="The moment it was made of.")
    quote: str | None = Field(default=None, description="The line that stands for it.")
    reason: str | None = Field(default=None, description="Why it was picked.")
    model: str | None = Field(default=None, description="What picked it.")
    prompt_version: str | None = Field(
        default=None, description="Of the words that a chat model was asked in; else of the method."
    )
