"""A run of the pipeline, as it is kept, shown and sent."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.core.exceptions import InvalidRequestError
from app.core.urls.normalization import normalise_source_url
from app.models.generation_options import GenerationOptions, Text
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

STAGE_NAMES: tuple[StageName, ...] = get_args(StageName)
ITEM_UNITS: dict[StageName, str] = {
    "moment_generation": "moments",
    "clip_extraction": "clips",
    "clip_upload": "clips",
    "moment_refinement": "moments",
}
"""Units of `items_done` and `items_total`."""

ACTIVE: frozenset[RunStatus] = frozenset({"queued", "processing"})


EXAMPLES = {
    "a video of the library": {"value": {"video_id": "tale-of-two-cities"}},
    "a link": {
        "value": {
            "video_url": "https://example.org/talks/why-the-tides-turn.mp4",
            "min_moment_length": 20,
            "max_moment_length": 60,
            "max_moments": 5,
        }
    },
    "a link, fetched again": {
        "value": {"video_url": "https://example.org/talks/why-the-tides-turn.mp4", "force_download": True}
    },
    "other moments of the same video": {
        "value": {
            "video_id": "tale-of-two-cities",
            "regenerate": True,
            "user_prompt": "What is told of Paris",
        }
    },
}
"""Bodies of `POST /api/generate_moments`."""

# What is answered has every field; in Python, and in a request, those with a default may be left out.
_ANSWERED = ConfigDict(json_schema_serialization_defaults_required=True)


class RunOptions(GenerationOptions):
    """What a run was asked to do."""

    model_config = _ANSWERED

    force_download: bool = Field(default=False, description="Fetch the link again, as a new video.")
    regenerate: bool = Field(
        default=False, description="Make the moments anew, though the same were asked for before."
    )


def _address(link: str) -> str:
    try:
        normalise_source_url(link)
    except InvalidRequestError as error:
        raise ValueError(error.cause) from error
    return link


class GenerateMomentsRequest(RunOptions):
    """Start the pipeline for a video of the library, or for a link."""

    video_id: Text | None = Field(
        default=None, min_length=1, max_length=255, description="Of a video that has a row or a local file."
    )
    video_url: Annotated[str, AfterValidator(_address)] | None = Field(
        default=None, min_length=1, max_length=8192, description="An http, https or gs address."
    )

    @model_validator(mode="after")
    def _one_source(self) -> "GenerateMomentsRequest":
        if (self.video_id is None) == (self.video_url is None):
            raise ValueError("give either video_id or video_url")
        if self.force_download and self.video_url is None:
            raise ValueError("force_download needs video_url")
        return self

    def options(self) -> RunOptions:
        return RunOptions(**self.model_dump(include=set(RunOptions.model_fields)))


class RunCreated(BaseModel):
    """The run is in the queue."""

    request_id: str = Field(description="The run's own id.")
    video_id: str = Field(description="The video's id; of a new link the one that it will have.")
    status: RunStatus
    download_required: bool = Field(description="Whether the video has to be fetched first.")
    is_cached: bool = Field(description="Whether the library has the video already.")
    source_url: str | None = Field(description="The link as the library keeps it.")


class RunError(BaseModel):
    """Why a stage, or the run, failed."""

    model_config = ConfigDict(frozen=True) | _ANSWERED

    type: str = Field(description="Stable; a problem's `type` without its prefix.")
    title: str
    detail: str = Field(description="The cause in words.")
    remedy: str | None = Field(default=None, description="What to do about it.")
    retryable: bool = Field(default=False, description="Whether the same try may succeed later.")


class StageState(BaseModel):
    """One stage of a run. Bytes are there while a file moves, items while there are several of one kind."""

    model_config = _ANSWERED

    status: StageStatus = Field(
        default="pending", description="`waiting`: its turn has come, and others have the machine."
    )
    reason: str | None = Field(
        default=None, description="Why it was skipped, what it waits for, or what it does just now."
    )
    started_at: IsoTime | None = None
    completed_at: IsoTime | None = Field(default=None, description="When it ended, whichever way.")
    percent: float = Field(default=0.0, ge=0, le=100)
    bytes_done: int | None = Field(default=None, description="Of the file that moves.")
    bytes_total: int | None = Field(default=None, description="Null where the other side does not say.")
    items_done: int | None = Field(default=None, description="Clips.")
    items_total: int | None = None
    seconds: float | None = Field(
        default=None, description="How long it has worked, over all its tries; waiting does not count."
    )
    attempts: int = Field(default=0, description="How often it was tried.")
    error: RunError | None = Field(default=None, description="Of the last try.")


class RunState(BaseModel):
    """One run, stage by stage."""

    model_config = _ANSWERED

    request_id: str = Field(description="The run's own id.")
    video_id: str
    title: str = Field(description="The video's; before it is registered the one that its id makes.")
    source_url: str | None = Field(default=None, description="Where the video comes from.")
    status: RunStatus = Field(description="`queued` and `processing` runs go on; the others have ended.")
    current_stage: StageName | None = Field(
        default=None, description="The one at work, or the one that ended the run."
    )
    stages: dict[StageName, StageState] = Field(description="All of them, in the pipeline's order.")
    options: RunOptions
    error: RunError | None = Field(default=None, description="Why the run failed.")
    created_at: IsoTime = Field(description="When it was asked for.")
    started_at: IsoTime | None = Field(default=None, description="When a worker first took it.")
    cancel_requested: bool = Field(default=False, description="Whether it is about to be cancelled.")
    finished_at: IsoTime | None = None
    updated_at: IsoTime | None = Field(default=None, description="When the worker last showed this.")

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def no_moments_reason(self) -> str | None:
        """The reason why the run found no moments."""
        return self.stages["moment_generation"].reason


class Clip(BaseModel):
    """A moment's own film."""

    moment_id: str = Field(description="Of the moment as it was found.")
    title: str = Field(description="The refined one, where the moment was refined.")
    filename: str
    url: str = Field(description="The clip's address below this server.")
    start_time: float = Field(description="The moment's, in seconds of the video; the film begins before.")
    end_time: float = Field(description="The moment's, in seconds of the video; the film ends after.")
    score: float = Field(description="0 to 10, the best.")
