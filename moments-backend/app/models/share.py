"""Share links of videos, moments and passages."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.models.moment import MomentId
from app.models.text import Line, ensure_storable

MAX_DAYS = 3650
MIN_PASSWORD, MAX_PASSWORD = 8, 200
MAX_SHARED_TITLE = 300

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
ShareId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
ShareState = Literal["active", "expired", "revoked"]
SharedState = Literal["ready", "preparing", "failed"]


class ShareCreate(BaseModel):
    """Request for a link to a video, a moment, or a passage."""

    model_config = ConfigDict(extra="forbid")

    moment_id: MomentId | None = Field(default=None, description="Share only this moment.")
    start_time: Seconds | None = Field(
        default=None,
        description="Seconds: start of a passage, or without `end_time` where playback of the video starts.",
    )
    end_time: Seconds | None = Field(
        default=None, description="Seconds: share only the passage from `start_time` to here."
    )
    title: Annotated[Line, Field(min_length=1, max_length=MAX_SHARED_TITLE)] | None = Field(
        default=None, description="Title on the page; by default that of the moment or the video."
    )
    whole_sentences: bool = Field(
        default=False,
        description="Widen the passage to whole sentences of the transcript, which also name it by default.",
    )
    password: Annotated[SecretStr, Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)] | None = Field(
        default=None, description="Password that visitors must enter."
    )
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_DAYS)] | None = Field(
        default=30, description="Days until the link stops to work; null: never."
    )

    @model_validator(mode="after")
    def _one_selection(self) -> Self:
        if self.moment_id is not None and (self.start_time, self.end_time) != (None, None):
            raise ValueError("moment_id excludes start_time and end_time")
        if self.end_time is not None and self.end_time <= (self.start_time or 0):
            raise ValueError("end_time must be after start_time")
        if self.whole_sentences and self.end_time is None:
            raise ValueError("whole_sentences requires end_time")
        if self.password is not None:
            ensure_storable(self.password.get_secret_value())
        return self


class ShareRead(BaseModel):
    """A share link, without its token."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    id: ShareId
    video_id: str
    video_title: str
    moment_id: MomentId | None = None
    start_time: float | None = None
    end_time: float | None = None
    title: str
    state: ShareState
    has_password: bool
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    views: int = Field(description="Number of times that the page was opened.")
    last_viewed_at: datetime | None = None
    created_at: datetime


class ShareCreated(ShareRead):
    """A new share link. Its address cannot be read again later."""

    url: str = Field(description="Address of the page, under the host of this request.")


class SharedChapter(BaseModel):
    """A chapter of a shared video."""

    start_time: float
    title: str


class SharedVideo(BaseModel):
    """Content of the page of a share link."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    title: str
    state: SharedState = Field(description="`preparing`: the file is being made.")
    percent: float = Field(default=100, description="Progress of the preparation.")
    duration_seconds: float | None = None
    start_time: float = Field(default=0, description="Where playback starts, in seconds of the file.")
    has_captions: bool
    language: str | None = Field(default=None, description="Language of the captions.")
    chapters: list[SharedChapter] = []


class SharePassword(BaseModel):
    """The password of a link, as a visitor enters it."""

    model_config = ConfigDict(extra="forbid")

    password: Annotated[SecretStr, Field(max_length=MAX_PASSWORD)]
