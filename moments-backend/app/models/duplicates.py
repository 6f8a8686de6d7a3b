"""Schemas of duplicates."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.models.bulk import OperationId
from app.models.schemas import IsoTime
from app.models.text import NoNulStr

MAX_MERGED = 50
_RESPONSE = ConfigDict(json_schema_serialization_defaults_required=True)
VideoIdText = Annotated[NoNulStr, Field(min_length=1, max_length=255)]


class DuplicateVideo(BaseModel):
    """A video of a group, with what decides which one to keep."""

    model_config = _RESPONSE

    id: str
    title: str
    filename: str
    folder: str = Field(description="Folder of the original below `static/videos/`.")
    thumbnail_url: str
    duration_seconds: float | None = None
    size_bytes: int | None = None
    resolution: str | None = None
    frame_rate: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    source_url: str | None = None
    tags: list[str] = []
    is_favorite: bool = False
    moments: int = Field(default=0, description="Number of its moments.")
    created_at: IsoTime
    recorded_at: IsoTime | None = None


class DuplicateGroup(BaseModel):
    """Videos that are the same."""

    model_config = _RESPONSE

    kind: Literal["same", "similar"] = Field(
        description="`same`: equal bytes. `similar`: the frames show the same pictures at the same times."
    )
    matched: float | None = Field(
        default=None,
        description="For `similar`: smallest part of the frames that two have in common.",
    )
    keep: str = Field(description="Suggestion: the largest picture, then the most bytes, then the oldest.")
    videos: list[DuplicateVideo]


class DuplicateList(BaseModel):
    """Groups of duplicates."""

    model_config = _RESPONSE

    groups: list[DuplicateGroup]
    total: int = Field(description="Number of groups.")
    removable_bytes: int = Field(description="Bytes of the videos that are not suggested to be kept.")
    pending: int = Field(description="Videos whose frames are not compared yet.")


class DuplicateMerge(BaseModel):
    """The video to keep, and those to move to the trash."""

    model_config = ConfigDict(extra="forbid")

    keep: VideoIdText
    remove: list[VideoIdText] = Field(min_length=1, max_length=MAX_MERGED)

    @model_validator(mode="after")
    def _are_different(self) -> "DuplicateMerge":
        if self.keep in self.remove or len(set(self.remove)) < len(self.remove):
            raise ValueError("name each video once")
        return self


class DuplicateMerged(BaseModel):
    """The result of a merge."""

    model_config = _RESPONSE

    operation: OperationId = Field(description="Id of the merge, to undo it within a week.")
    keep: str
    trashed: list[str] = Field(description="Now in the trash, from which they can be restored.")
    moments: int = Field(description="Moments that were copied to the video kept.")


class DuplicateMergeUndone(BaseModel):
    """The result of undoing a merge."""

    model_config = _RESPONSE

    keep: str
    restored: list[str] = Field(description="Videos that were taken out of the trash.")
    moments: int = Field(description="Copied moments that were removed from the video kept.")


class DuplicateDismissal(BaseModel):
    """Videos that are not duplicates of each other."""

    model_config = ConfigDict(extra="forbid")

    ids: list[VideoIdText] = Field(min_length=2, max_length=MAX_MERGED)


class DismissedVideo(BaseModel):
    """A video of a dismissed pair."""

    model_config = _RESPONSE

    id: str
    title: str
    thumbnail_url: str


class DismissedPair(BaseModel):
    """Two videos that were marked as not duplicates."""

    model_config = _RESPONSE

    videos: list[DismissedVideo] = Field(min_length=2, max_length=2)
    dismissed_at: IsoTime


class DismissedPage(BaseModel):
    """A page of pairs, the latest first."""

    model_config = _RESPONSE

    pairs: list[DismissedPair]
    total: int = Field(description="Number of pairs on all pages.")
