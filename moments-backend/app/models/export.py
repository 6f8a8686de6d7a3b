"""Exports: files cut from a video to be posted elsewhere. Times are seconds from the start of the video."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.models.moment import MomentId, MomentTitle
from app.models.schemas import IsoTime
from app.models.transcript import Seconds

ExportFormat = Literal["source", "16:9", "9:16", "1:1", "4:5"]
"""Aspect ratio of the picture; `source` keeps that of the video."""
ExportCaptions = Literal["none", "burned", "sidecar"]
CaptionStyle = Literal["classic", "bold", "karaoke"]
"""`classic`: white on a translucent box; `bold`: large, outlined; `karaoke`: also marks the spoken word."""
ExportFill = Literal["crop", "blur"]
"""Way to fill another aspect ratio: cut the sides off, or show the whole picture above a blurred copy."""
ExportState = Literal["queued", "processing", "completed", "failed", "cancelled"]
ExportId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

MAX_EXPORTS_PER_REQUEST = 100
MAX_EXPORT_SECONDS = 4 * 3600.0

EXAMPLES: dict[str, Any] = {
    "a moment as a vertical file with captions": {
        "value": {"moment_ids": ["0123456789abcdef"], "format": "9:16", "captions": "burned"}
    },
    "a range": {"value": {"start_time": 83.2, "end_time": 118.0, "title": "Why the tides turn"}},
    "all moments, with caption files": {"value": {"moments": "all", "captions": "sidecar"}},
}
"""Example bodies of `POST /api/videos/{video_id}/exports`."""


class CropPosition(BaseModel):
    """Position of the visible part: 0 is left or top, 0.5 the centre, 1 right or bottom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    x: float = Field(default=0.5, ge=0, le=1, allow_inf_nan=False)
    y: float = Field(default=0.5, ge=0, le=1, allow_inf_nan=False)


class ExportOptions(BaseModel):
    """Picture, captions and audio of the file of an export."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: ExportFormat = Field(
        default="source", description="Aspect ratio; `source` keeps that of the video."
    )
    fill: ExportFill = Field(
        default="crop",
        description="`crop` cuts off what does not fit; `blur` shows the whole picture above a blurred copy.",
    )
    crop: Literal["center"] | CropPosition = Field(default="center", description="Visible part with `crop`.")
    captions: ExportCaptions = Field(
        default="none", description="`burned` into the picture, or as a `sidecar` file."
    )
    caption_style: CaptionStyle = Field(default="classic", description="Style of burned-in captions.")
    normalize_loudness: bool = Field(default=True, description="Normalise to -14 LUFS (EBU R128).")
    audio_fade: bool = Field(default=True, description="Fade the audio in and out briefly at the cuts.")


class StoredExportOptions(ExportOptions):
    """Content of the column `options`.

    Attributes:
        for_share: only a share link uses the file, so that the user's lists leave it out.
    """

    for_share: bool = False


class ExportCreate(ExportOptions):
    """Request for exports: of one range, of moments, or of all moments."""

    start_time: Seconds | None = Field(default=None, description="Start of a range in seconds of the video.")
    end_time: Seconds | None = Field(default=None, description="End of a range in seconds of the video.")
    title: MomentTitle | None = Field(default=None, description="Title of a range; names its file.")
    moment_ids: list[MomentId] | None = Field(default=None, min_length=1, max_length=MAX_EXPORTS_PER_REQUEST)
    moments: Literal["all"] | None = None

    @model_validator(mode="after")
    def _one_selection(self) -> Self:
        has_range = self.start_time is not None and self.end_time is not None
        if (self.start_time is None) != (self.end_time is None):
            raise ValueError("start_time and end_time are required together")
        if [has_range, self.moment_ids is not None, self.moments is not None].count(True) != 1:
            raise ValueError("exactly one of start_time with end_time, moment_ids, and moments is required")
        if self.title is not None and not has_range:
            raise ValueError("title is allowed only with start_time and end_time")
        if has_range and not 0 < (self.end_time or 0) - (self.start_time or 0) <= MAX_EXPORT_SECONDS:
            raise ValueError(f"end_time must be after start_time, by at most {MAX_EXPORT_SECONDS:g} s")
        return self

    @property
    def options(self) -> ExportOptions:
        return ExportOptions.model_validate(self.model_dump(include=set(ExportOptions.model_fields)))


class ExportError(BaseModel):
    """The reason why an export failed."""

    type: str
    detail: str
    remedy: str | None = None


class ExportRead(BaseModel):
    """An export and the progress of its file."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    id: ExportId
    video_id: str
    moment_id: MomentId | None = None
    start_time: Seconds
    end_time: Seconds
    title: str
    format: ExportFormat
    fill: ExportFill
    crop: Literal["center"] | CropPosition
    captions: ExportCaptions
    caption_style: CaptionStyle
    normalize_loudness: bool
    audio_fade: bool
    state: ExportState
    percent: float = Field(ge=0, le=100)
    error: ExportError | None = None
    filename: str = Field(description="Name of the file, from the title.")
    url: str | None = Field(default=None, description="Address of the file once it is completed.")
    captions_url: str | None = Field(default=None, description="Address of the captions with `sidecar`.")
    duration_seconds: float | None = None
    size_bytes: int | None = None
    created_at: IsoTime
    finished_at: IsoTime | None = None
