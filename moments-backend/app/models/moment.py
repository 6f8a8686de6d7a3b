"""Moments: parts of a video that are worth a clip. Times are seconds from the start of the video."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.models.text import GeneratedText, Line
from app.models.transcript import Seconds

Rating = Annotated[int, Field(ge=1, le=5)]
MomentTitle = Annotated[Line, Field(min_length=1, max_length=200)]
MomentId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Moment(BaseModel):
    """A part of the video that is worth a clip."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    id: MomentId = Field(description="16 hex digits.")
    start_time: Seconds = Field(description="Start in seconds of the video.")
    end_time: Seconds = Field(description="End in seconds of the video.")
    title: GeneratedText
    score: float = Field(ge=0, le=10, allow_inf_nan=False, description="0 to 10; 10 is best.")
    is_refined: bool = Field(
        default=False, description="Title and boundaries were refined from those of `parent_id`."
    )
    parent_id: MomentId | None = Field(default=None, description="Id of the moment before refinement.")
    quote: GeneratedText | None = Field(default=None, description="The most representative sentence.")
    reason: GeneratedText | None = Field(default=None, description="Reason why it was selected.")
    scores: dict[str, float] | None = Field(
        default=None, description="Values of the features behind the score; the names depend on the engine."
    )
    model: str | None = Field(default=None, description="Model or method that selected it.")
    prompt_version: str | None = Field(
        default=None, description="Version of the LLM prompt, or of the method without an LLM."
    )


class MomentRead(Moment):
    """A moment with its user's edits applied."""

    rating: Rating | None = Field(default=None, description="The user's rating from 1 to 5; 5 is best.")
    is_kept: bool = Field(default=False, description="Kept when moments are generated again.")
    is_edited: bool = Field(
        default=False,
        description="The user added it, or changed its boundaries by trimming, merging or splitting.",
    )
    replaces: list[MomentId] = Field(
        default=[],
        description="Deleted moments that it was trimmed, merged or split from; `…/reset` restores them.",
    )


class DeletedMoment(MomentRead):
    """A deleted moment that can be restored."""

    deleted_at: datetime
    purges_at: datetime = Field(description="When the deletion becomes final, and its clip is deleted.")
    has_clip: bool = Field(description="Its clip exists; `…/clips/{moment_id}` serves it until then.")
    replaced_by: MomentId | None = Field(
        description="The moment that replaced it by a trim, merge or split; null: it was deleted."
    )


class LibraryVideo(BaseModel):
    """The video of a moment in the list of all moments."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    thumbnail_url: str
    duration_seconds: float | None


class LibraryMoment(MomentRead):
    """A moment in the list of all moments."""

    video: LibraryVideo


class MomentCreate(BaseModel):
    """A moment of the user's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_time: Seconds = Field(description="Start in seconds of the video.")
    end_time: Seconds = Field(description="End in seconds of the video.")
    title: MomentTitle


class MomentMerge(BaseModel):
    """Moments to merge into one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    moment_ids: list[MomentId] = Field(min_length=2, max_length=100, description="Moments of the video.")
    title: MomentTitle | None = Field(
        default=None, description="Title of the merged moment; that of the earliest one by default."
    )


class MomentSplit(BaseModel):
    """The position at which a moment is split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Seconds = Field(description="Position in seconds of the video, at least 1 s inside the moment.")
    titles: list[MomentTitle] | None = Field(
        default=None,
        min_length=2,
        max_length=2,
        description="Titles of both parts. By default the first part keeps the title, and the second is"
        " named after its first sentence.",
    )


class MomentUpdate(BaseModel):
    """Changes to a moment; omitted fields stay unchanged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_time: Seconds | None = Field(default=None, description="Start in seconds of the video.")
    end_time: Seconds | None = Field(default=None, description="End in seconds of the video.")
    title: MomentTitle | None = None
    rating: Rating | None = Field(default=None, description="1 to 5, 5 is best; null removes the rating.")
    is_kept: bool = False

    def boundaries_of(self, moment: Moment) -> tuple[float, float]:
        """Return the updated start and end of `moment` in seconds, rounded to milliseconds."""
        start = moment.start_time if self.start_time is None else self.start_time
        end = moment.end_time if self.end_time is None else self.end_time
        return round(start, 3), round(end, 3)
