"""A run of the pipeline, as it is kept, shown and sent."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.models.generation import GenerationOptions
from app.models.schemas import IsoTime

RunStatus = Literal["queued", "processing", "completed", "failed", "cancelled"]
StageStatus = Literal["pending", "waiting", "processing", "completed", "skipped", "failed", "cancelled"]
StageName = Literal[
    "video_download",
    "audio_extraction",
    "audio_upload",
    "transcription",
    "moment_generation",
    "clip_extraction",
    "clip_upload",
    "moment_refinement",
]

ACTIVE: frozenset[RunStatus] = frozenset({"queued", "processing"})


class RunOptions(GenerationOptions):
    """What a run was asked to do."""

    force_download: bool = Field(default=False, description="Fetch the link again, as a new video.")
    regenerate: bool = Field(
        default=False, description="Make the moments anew, though the same were asked for before."
    )


class GenerateMoments(RunOptions):
    """Start the pipeline for a video of the library, or for a link."""

    video_id: str | None = Field(default=None, min_length=1, max_length=255)
    video_url: str | None = Field(default=None, min_length=1, max_length=8192)

    @model_validator(mode="after")
    def _one_source(self) -> "GenerateMoments":
        if (self.video_id is None) == (self.video_url is None):
            raise ValueError("give either video_id or video_url")
        if "\0" in (self.video_id or self.video_url or ""):
            raise ValueError("must not contain NUL")
        return self

    def options(self) -> RunOptions:
        return RunOptions(**self.model_dump(include=set(RunOptions.model_fields)))


class RunAccepted(BaseModel):
    """The run is in the queue."""

    request_id: str
    video_id: str
    status: RunStatus
    download_required: bool = Field(description="Whether the video has to be fetched first.")
    is_cached: bool = Field(description="Whether the library has the video already.")
    source_url: str | None


class RunError(BaseModel):
    """Why a stage, or the run, failed."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    detail: str
    remedy: str | None = None
    retryable: bool = False


class StageState(BaseModel):
    """`seconds` is how long the stage has worked, over all its tries; waiting for a turn does not count."""

    status: StageStatus = "pending"
    reason: str | None = Field(default=None, description="Why it was skipped, or what it waits for.")
    started_at: IsoTime | None = None
    completed_at: IsoTime | None = None
    percent: Annotated[float, Field(ge=0, le=100)] = 0.0
    bytes_done: int | None = None
    bytes_total: int | None = None
    items_done: int | None = Field(default=None, description="Clips.")
    items_total: int | None = None
    seconds: float | None = None
    attempts: int = 0
    error: RunError | None = None


class RunState(BaseModel):
    """One run, stage by stage."""

    request_id: str
    video_id: str
    source_url: str | None = None
    status: RunStatus
    current_stage: StageName | None = None
    stages: dict[StageName, StageState]
    options: RunOptions
    error: RunError | None = None
    created_at: IsoTime
    started_at: IsoTime | None = None
    finished_at: IsoTime | None = None
    updated_at: IsoTime | None = None

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE


class Clip(BaseModel):
    """A moment's own film. `start_time` and `end_time` are the moment's, in seconds of the video."""

    moment_id: str
    title: str
    filename: str
    url: str = Field(description="The clip's address below this server.")
    start_time: float
    end_time: float
    score: float


def as_document(value: BaseModel) -> dict[str, Any]:
    """As a JSON column keeps it."""
    document: dict[str, Any] = value.model_dump(mode="json", exclude_defaults=True)
    return document


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else round((end - start).total_seconds(), 3)
