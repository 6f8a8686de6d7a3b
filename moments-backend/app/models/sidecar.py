"""Sidecar objects: the table's content about a video, as a JSON document beside its original.

Readers accept documents of every version up to `SCHEMA_VERSION`: a new field needs a default, and a changed
meaning a new version. Text follows the rules of the API.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from app.core.exceptions import InvalidRequestError
from app.core.urls.normalization import normalise_source_url
from app.models.chapter import ChapterSource
from app.models.export import StoredExportOptions
from app.models.media_info import MediaInfo
from app.models.moment import Moment, MomentId, Rating
from app.models.playback import StoredPlaybackState
from app.models.text import Line, Lines, NoNulStr

SCHEMA_VERSION = 1
MAX_SIDECAR_BYTES = 32 * 1024**2
"""Larger objects are not read. Sidecars stay below it, since undo steps are limited."""

MAX_INTEGER = 2**63 - 1
YEARS = range(2, 9000)
_FROZEN = ConfigDict(frozen=True, extra="ignore")

Bytes = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Number = Annotated[float, Field(allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


def _single_part(name: str) -> str:
    if "/" in name or name in {"", ".", ".."}:
        raise ValueError("must be a file name without folders")
    return name


def _inside_folder(path: str) -> str:
    """Reject paths that lead out of the folder of videos, from which files are served."""
    if path and any(part in {"", ".", ".."} for part in path.split("/")):
        raise ValueError("must be a relative path without '.' and '..'")
    return path


def _in_calendar(time: datetime) -> datetime:
    """Reject times that another zone, or a deadline after them, moves out of the calendar."""
    if time.year not in YEARS:
        raise ValueError(f"must be in the years {YEARS.start} to {YEARS.stop - 1}")
    return time


Time = Annotated[AwareDatetime, AfterValidator(_in_calendar)]
Identifier = Annotated[Line, Field(min_length=1, max_length=255), AfterValidator(_single_part)]


def _source_url(url: str) -> str:
    try:
        return normalise_source_url(url)
    except InvalidRequestError as error:
        raise ValueError(error.cause) from error


def _media(value: Any) -> Any:
    MediaInfo.model_validate(value or {})
    return value


def _moment(value: Any) -> Any:
    Moment.model_validate(value)
    return value


def _export_options(value: Any) -> Any:
    StoredExportOptions.model_validate(value)
    return value


class SidecarObject(BaseModel):
    """The original that the document describes."""

    model_config = _FROZEN

    name: Annotated[Line, Field(max_length=1024), AfterValidator(_single_part)] = Field(
        description="Last part of the object's name."
    )
    size_bytes: Bytes | None = None
    md5: Hex32 | None = Field(default=None, description="Hex digits.")
    crc32c: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{6}==$")] | None = Field(
        default=None, description="Base64, as Cloud Storage states it; only of objects without an MD5."
    )


class SidecarVideo(BaseModel):
    """The columns of `videos` that the object itself does not show, or only after a probe."""

    model_config = _FROZEN

    title: Annotated[Line, Field(max_length=500)] | None = None
    source_url: Annotated[NoNulStr, AfterValidator(_source_url)] | None = None
    duration_seconds: NonNegative | None = None
    file_size_kb: Bytes | None = None
    video_codec: Annotated[Line, Field(max_length=50)] | None = None
    audio_codec: Annotated[Line, Field(max_length=50)] | None = None
    resolution: Annotated[Line, Field(max_length=20)] | None = None
    frame_rate: NonNegative | None = None
    created_at: Time
    relative_path: Annotated[NoNulStr, AfterValidator(_inside_folder)] | None = None
    recorded_at: Time | None = None
    description: Lines | None = None
    channel: Annotated[Line, Field(max_length=255)] | None = None
    deleted_at: Time | None = None
    media: Annotated[dict[str, Any], BeforeValidator(_media)] | None = None
    playback_state: StoredPlaybackState | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z-]{1,8}$")] | None = None
    tags: Annotated[list[Annotated[Line, Field(min_length=1, max_length=200)]], Field(max_length=1000)] = []
    is_favorite: bool = False
    watch_position: NonNegative | None = None
    last_watched_at: Time | None = None


class SidecarMark(BaseModel):
    """A row of `moment_marks`."""

    model_config = _FROZEN

    moment_id: MomentId
    moment: Annotated[dict[str, Any], BeforeValidator(_moment)]
    title: Annotated[Line, Field(max_length=500)] | None = None
    rating: Rating | None = None
    is_kept: bool = False
    is_edited: bool = False
    is_deleted: bool = False
    updated_at: Time
    deleted_at: Time | None = None
    is_purged: bool = False
    replaces: list[MomentId] = []


class SidecarChapter(BaseModel):
    """A chapter of the list that applies."""

    model_config = _FROZEN

    start_time: NonNegative
    end_time: NonNegative
    title: Annotated[Line, Field(max_length=500)]
    source: ChapterSource


class SidecarCorrection(BaseModel):
    """A row of `transcript_changes`: the text that a correction replaced."""

    model_config = _FROZEN

    action: Literal["correct", "replace", "import", "reset"]
    change: dict[str, Any]
    created_at: Time


class SidecarFeedback(BaseModel):
    """A row of `moment_feedback`."""

    model_config = _FROZEN

    moment_id: MomentId
    action: Annotated[Line, Field(max_length=20)]
    value: Number | None = None
    start_time: Number
    end_time: Number
    model: NoNulStr | None = None
    version: NoNulStr | None = None
    scores: dict[str, Any] | None = None
    created_at: Time


class SidecarExport(BaseModel):
    """A completed row of `exports`; its file is another object of the bucket."""

    model_config = _FROZEN

    id: Hex32
    moment_id: MomentId | None = None
    start_time: Number
    end_time: Number
    title: Line
    options: Annotated[dict[str, Any], BeforeValidator(_export_options)]
    cache_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    filename: Annotated[Line, AfterValidator(_single_part)]
    file: Annotated[Line, AfterValidator(_single_part)] = Field(
        description="Last part of the name of its object."
    )
    size_bytes: Bytes | None = None
    duration_seconds: NonNegative | None = None
    created_at: Time
    started_at: Time | None = None
    finished_at: Time | None = None


class Sidecar(BaseModel):
    """The content of `videos/{identifier}/{identifier}.json`. It names no bucket, so that it can move."""

    model_config = _FROZEN

    schema_version: int = SCHEMA_VERSION
    identifier: Identifier
    object: SidecarObject
    video: SidecarVideo
    marks: list[SidecarMark] = []
    chapters: list[SidecarChapter] = []
    corrections: list[SidecarCorrection] = []
    feedback: list[SidecarFeedback] = []
    exports: list[SidecarExport] = []

    def encode(self) -> bytes:
        """Return the document; equal content gives equal bytes."""
        return self.model_dump_json().encode()


class LibraryTerm(BaseModel):
    """A row of `vocabulary_terms`."""

    model_config = _FROZEN

    term: Annotated[Line, Field(min_length=1, max_length=100)]
    created_at: Time


class LibraryView(BaseModel):
    """A row of `saved_views`."""

    model_config = _FROZEN

    id: Hex32
    name: Annotated[Line, Field(min_length=1, max_length=100)]
    query: dict[str, Any]
    created_at: Time


class DistinctVideos(BaseModel):
    """A row of `dismissed_duplicates`, by identifiers."""

    model_config = _FROZEN

    first: Identifier
    second: Identifier
    created_at: Time


class LibrarySidecar(BaseModel):
    """The content of `videos/library.json`: users' decisions about the library as a whole."""

    model_config = _FROZEN

    schema_version: int = SCHEMA_VERSION
    vocabulary: list[LibraryTerm] = []
    views: list[LibraryView] = []
    distinct: list[DistinctVideos] = []

    def encode(self) -> bytes:
        """Return the document; equal content gives equal bytes."""
        return self.model_dump_json().encode()
