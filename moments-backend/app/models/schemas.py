"""What the API answers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.json_schema import SkipJsonSchema

IsoTime = Annotated[datetime, PlainSerializer(datetime.isoformat, when_used="json")]


MAX_TITLE = 500
"""Of the column."""


def _title(text: str) -> str | None:
    if "\0" in text:
        raise ValueError("must not contain NUL")
    title = text.strip()
    if len(title) > MAX_TITLE:
        raise ValueError(f"must have at most {MAX_TITLE} characters")
    return title or None


Title = Annotated[str, AfterValidator(_title)]


class VideoResponse(BaseModel):
    """A video in the list."""

    # The document says what is answered: every field is there, and only some may be null. In Python the
    # first three are enough.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str = Field(description="The identifier.")
    filename: str
    title: str = Field(description="Its own title, or one made of the identifier.")
    thumbnail_url: str | SkipJsonSchema[None] = None
    has_audio: bool | SkipJsonSchema[None] = Field(
        default=None, description="Whether this machine's folder has its sound; the bucket may."
    )
    has_transcript: bool | SkipJsonSchema[None] = Field(
        default=None, description="Whether this machine's folder has its transcript; the bucket may."
    )
    duration_seconds: float | None = None
    cloud_url: str | SkipJsonSchema[None] = Field(
        default=None, description="`gs://bucket/videos/{id}/{filename}`."
    )
    source_url: str | None = Field(default=None, description="The address it was fetched from.")
    created_at: IsoTime | SkipJsonSchema[None] = None


class VideoDetail(VideoResponse):
    """One video, with what ffprobe said of it."""

    file_size_kb: int | None = Field(default=None, description="Bytes // 1024.")
    video_codec: str | None = None
    audio_codec: str | None = None
    resolution: str | None = Field(default=None, description="As displayed: `1920x1080`.")
    frame_rate: float | None = Field(default=None, description="Frames per second.")


class VideoSummary(VideoDetail):
    """A video in a list with details."""

    is_local: bool = Field(default=False, description="Whether this machine's folder has the file too.")


class VideoTitle(BaseModel):
    """What a video is to be called."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = Field(description="Null, or nothing but space: the one that the id makes.")


class SignedUrl(BaseModel):
    """A link to the object itself that needs no other permission."""

    url: str
    expires_in_seconds: int


Connection = Literal["connected", "disconnected"]


class Health(BaseModel):
    status: Literal["healthy", "unhealthy"]
    redis: Connection
    database: Connection


class FieldError(BaseModel):
    """One value of a request that cannot be served."""

    location: list[str | int]
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(description="Stable; `urn:videomoments:error:` and a name.")
    title: str
    status: int
    detail: str = Field(description="The cause in words.")
    retryable: bool = Field(description="Whether the same request may succeed later.")
    remedy: str | None = Field(default=None, description="What to do about it.")
    errors: list[FieldError] | None = Field(default=None, description="The values at fault.")
    video_id: str | None = Field(default=None, description="The video that the library has already.")
