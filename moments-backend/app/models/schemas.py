"""What the API answers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PlainSerializer

IsoTime = Annotated[datetime, PlainSerializer(datetime.isoformat, when_used="json")]


class VideoResponse(BaseModel):
    """A video in the list."""

    id: str = Field(description="The identifier.")
    filename: str
    title: str = Field(description="Its own title, or one made of the identifier.")
    thumbnail_url: str
    has_audio: bool
    has_transcript: bool
    duration_seconds: float | None = None
    cloud_url: str = Field(description="`gs://bucket/videos/{id}/{filename}`.")
    source_url: str | None = Field(default=None, description="The address it was fetched from.")
    created_at: IsoTime


class VideoDetail(VideoResponse):
    """One video, with what ffprobe said of it."""

    file_size_kb: int | None = Field(default=None, description="Bytes // 1024.")
    video_codec: str | None = None
    audio_codec: str | None = None
    resolution: str | None = Field(default=None, description="As displayed: `1920x1080`.")
    frame_rate: float | None = Field(default=None, description="Frames per second.")


class SignedUrl(BaseModel):
    """A link to the object itself that needs no other permission."""

    url: str
    expires_in_seconds: int


Connection = Literal["connected", "disconnected"]


class Health(BaseModel):
    status: Literal["healthy", "unhealthy"]
    redis: Connection
    database: Connection


class InvalidValue(BaseModel):
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
    errors: list[InvalidValue] | None = Field(default=None, description="The values at fault.")
