"""A part of a video that is worth a clip."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.models.generation_options import Text
from app.models.transcript import Seconds

Rating = Annotated[int, Field(ge=1, le=5)]
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


class MomentRead(Moment):
    """A moment as people see it: with what they have said of it."""

    rating: Rating | None = Field(default=None, description="The user's: 1 to 5, the best.")
    is_kept: bool = Field(default=False, description="It stays when others are looked for.")
    is_edited: bool = Field(default=False, description="Its edges are the user's.")


class MomentUpdate(BaseModel):
    """What is to change of a moment; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_time: Seconds | None = Field(default=None, description="Seconds of the video.")
    end_time: Seconds | None = Field(default=None, description="Seconds of the video.")
    title: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    rating: Rating | None = Field(default=None, description="1 to 5, the best; null takes it back.")
    is_kept: bool = False

    def edges_of(self, moment: Moment) -> tuple[float, float]:
        """Start and end, as they are to be."""
        start = moment.start_time if self.start_time is None else self.start_time
        end = moment.end_time if self.end_time is None else self.end_time
        return round(start, 3), round(end, 3)
