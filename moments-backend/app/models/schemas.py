"""Response schemas of the API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, model_validator
from pydantic.json_schema import SkipJsonSchema

from app.core.languages import spoken_language
from app.models.media_info import AudioStream
from app.models.playback import Playback
from app.models.storage import Location
from app.models.tags import Tags
from app.models.text import ensure_line

IsoTime = Annotated[datetime, PlainSerializer(datetime.isoformat, when_used="json")]

MAX_TITLE = 500
"""Characters, as in the column."""


def _title(text: str) -> str | None:
    title = ensure_line(text.strip())
    if len(title) > MAX_TITLE:
        raise ValueError(f"must have at most {MAX_TITLE} characters")
    return title or None


def _language(text: str) -> str | None:
    return None if text.strip().lower() == "auto" else spoken_language(text)


Title = Annotated[str, AfterValidator(_title)]
Language = Annotated[str, Field(max_length=40), AfterValidator(_language)]


class VideoResponse(BaseModel):
    """A video in the list."""

    # OpenAPI lists every field as present and only some as nullable; Python code may omit the defaults.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str = Field(description="The identifier.")
    filename: str
    title: str = Field(description="The video's own title, or one derived from the identifier.")
    thumbnail_url: str | SkipJsonSchema[None] = None
    has_audio: bool | SkipJsonSchema[None] = Field(
        default=None, description="The audio file is in the local folder; the bucket is not checked."
    )
    has_transcript: bool | SkipJsonSchema[None] = Field(
        default=None, description="The transcript is in the local folder; the bucket is not checked."
    )
    duration_seconds: float | None = None
    cloud_url: str | SkipJsonSchema[None] = Field(
        default=None, description="`gs://bucket/videos/{id}/{filename}`."
    )
    source_url: str | None = Field(default=None, description="URL the video was downloaded from.")
    created_at: IsoTime | SkipJsonSchema[None] = None


class VideoProperties(VideoResponse):
    """A video with its media properties."""

    file_size_kb: int | None = Field(default=None, description="Bytes // 1024.")
    video_codec: str | None = None
    audio_codec: str | None = None
    resolution: str | None = Field(default=None, description="As displayed: `1920x1080`.")
    frame_rate: float | None = Field(default=None, description="Frames per second.")
    size_bytes: int | None = Field(default=None, description="Bytes of the original.")
    recorded_at: IsoTime | None = Field(
        default=None, description="Time of the recording, from the file, its name or the site."
    )
    channel: str | None = Field(default=None, description="Channel of the site, or artist of the file.")
    folder: str = Field(default="", description="Folder of the original below `static/videos/`.")
    location: Location = Field(
        default="bucket",
        description="Where the original is: `local` (on this machine only), `bucket` or `both`.",
    )
    tags: list[str] = Field(default=[], description="Tags in the order of their addition.")
    is_favorite: bool = False
    watch_position: float | None = Field(
        default=None,
        description="Seconds at which playback was left; null: not started, or watched to the end.",
    )
    last_watched_at: IsoTime | None = Field(default=None, description="Time of the last playback.")


class VideoDetail(VideoProperties):
    """One video with everything known about it."""

    description: str | None = Field(default=None, description="Description of the site or the file.")
    language: str | None = Field(
        default=None, description="Spoken language that a user set; null: detected by each transcription."
    )
    audio_streams: list[AudioStream] = Field(
        default=[], description="Audio tracks of the original; empty for videos registered by older versions."
    )
    playback: Playback = Field(description="What a player plays.")


class VideoSummary(VideoProperties):
    """A video in a list with details."""

    is_local: bool = Field(default=False, description="The video file is in the local folder.")
    language: str | None = Field(
        default=None, description="Spoken language that a user set, or that of the transcript."
    )
    has_speech: bool | None = Field(
        default=None, description="The indexed transcript contains speech; null: it is not indexed."
    )


class FacetValue(BaseModel):
    """A value that videos share."""

    value: str
    count: int = Field(description="Number of videos with exactly this value.")


class FolderFacetValue(FacetValue):
    """A folder that contains videos, or folders with videos."""

    total: int = Field(description="Number of videos in the folder and in the folders below it.")


class Facets(BaseModel):
    """Values for the filters of the list of videos."""

    channels: list[FacetValue] = Field(description="For `channel`, sorted by name.")
    folders: list[FolderFacetValue] = Field(
        description="For `folder`, sorted by path, with all folders above them."
    )
    tags: list[FacetValue] = Field(description="For `tag`, in natural order.")
    languages: list[FacetValue] = Field(description="For `language`, most frequent first.")


class VideoUpdate(BaseModel):
    """Changes of a video; omitted fields do not change."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = Field(
        default=None, description="Null or blank restores the title derived from the id."
    )
    language: Language | None = Field(
        default=None,
        description="Spoken language, such as `en` or `German`, for the next transcription; null or `auto`"
        " detects it.",
    )
    tags: Tags | SkipJsonSchema[None] = Field(
        default=None,
        description="All tags of the video, at most 100 of at most 100 characters; case does not distinguish"
        " them, and a tag that other videos have gets their spelling.",
    )
    is_favorite: bool | SkipJsonSchema[None] = Field(default=None, description="Mark as a favourite.")

    @model_validator(mode="after")
    def _has_a_change(self) -> "VideoUpdate":
        if not self.model_fields_set:
            raise ValueError("give title, language, tags or is_favorite")
        for name in ("tags", "is_favorite"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} must not be null")
        return self


class SignedUrl(BaseModel):
    """A link that gives access to the object without further credentials."""

    url: str
    expires_in_seconds: int


Connection = Literal["connected", "disconnected"]


class Health(BaseModel):
    status: Literal["healthy", "unhealthy"]
    redis: Connection
    database: Connection


class FieldError(BaseModel):
    """One invalid value of a request."""

    location: list[str | int]
    message: str


class Problem(BaseModel):
    """An error in the format of RFC 9457."""

    type: str = Field(description="Stable identifier: `urn:videomoments:error:` and a name.")
    title: str
    status: int
    detail: str = Field(description="The cause in words.")
    retryable: bool = Field(description="Whether the same request may succeed later.")
    remedy: str | None = Field(default=None, description="Instruction that may solve the problem.")
    errors: list[FieldError] | None = Field(default=None, description="The invalid values.")
    video_id: str | None = Field(default=None, description="Id of the existing video.")
    request_id: str | None = Field(
        default=None, description="The response's `X-Request-ID`, which the server's log lines contain."
    )
