"""Requests for, and states of, pipeline runs."""

from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.core.exceptions import (
    InvalidRequestError,
    LinkRegisteredError,
    SameContentError,
    VideoMomentsError,
)
from app.core.languages import spoken_language
from app.core.urls.normalization import normalise_source_url
from app.models.generation_options import GenerationOptions
from app.models.schemas import IsoTime
from app.models.text import Lines, NoNulStr, ensure_line
from app.models.vocabulary import Terms

RunStatus = Literal["queued", "processing", "completed", "failed", "cancelled"]
StageStatus = Literal["pending", "waiting", "processing", "completed", "skipped", "failed", "cancelled"]
RunKind = Literal["moments", "playback"]
"""`moments` makes transcript, moments and clips; `playback` the copy of a video that browsers cannot play."""
RunPurpose = Literal["moments", "transcription", "playback"]
"""The result that a run was requested for: `transcription` runs are those of the kind `moments` that end with
the transcript."""
MomentsStageName = Literal[
    "video_download",
    "audio_extraction",
    "audio_upload",
    "transcription",
    "moment_generation",
    "clip_extraction",
    "clip_upload",
    "moment_refinement",
]
PlaybackStageName = Literal["playback_copy", "playback_upload"]
StageName = Literal[MomentsStageName, PlaybackStageName]

RUN_KINDS: tuple[RunKind, ...] = get_args(RunKind)
STAGE_NAMES: tuple[StageName, ...] = get_args(MomentsStageName)
"""Stages of runs of the kind `moments`."""
STAGE_NAMES_OF: dict[RunKind, tuple[StageName, ...]] = {
    "moments": STAGE_NAMES,
    "playback": get_args(PlaybackStageName),
}
TRANSCRIPT_STAGES = STAGE_NAMES[: STAGE_NAMES.index("transcription") + 1]
"""Stages up to the transcript."""
REQUIRED_STAGES: dict[StageName, tuple[StageName, ...]] = {
    "audio_extraction": ("video_download",),
    "audio_upload": ("audio_extraction",),
    "transcription": ("audio_upload",),
    "moment_generation": ("transcription",),
    "clip_extraction": ("moment_generation",),
    "clip_upload": ("clip_extraction",),
    "moment_refinement": ("moment_generation",),
}
"""Stages whose results a stage uses."""
ITEM_UNITS: dict[StageName, str] = {
    "moment_generation": "moments",
    "clip_extraction": "clips",
    "clip_upload": "clips",
    "moment_refinement": "moments",
}
"""Units of `items_done` and `items_total`."""

ACTIVE: frozenset[RunStatus] = frozenset({"queued", "processing"})


DETECT_LANGUAGE = "auto"
"""Language of a run that detects it, whatever the video's language is set to."""

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
    "a link, downloaded again": {
        "value": {"video_url": "https://example.org/talks/why-the-tides-turn.mp4", "force_download": True}
    },
    "different moments of the same video": {
        "value": {
            "video_id": "tale-of-two-cities",
            "regenerate": True,
            "user_prompt": "Anything about Paris",
        }
    },
    "only a new transcript": {
        "value": {
            "video_id": "tale-of-two-cities",
            "stages": ["transcription"],
            "regenerate": True,
            "language": "en",
            "vocabulary": ["Sydney Carton", "Lucie Manette"],
        }
    },
}
"""Example bodies of `POST /api/generate_moments`."""

# OpenAPI lists every response field as present; requests and Python code may omit those with a default.
_RESPONSE = ConfigDict(json_schema_serialization_defaults_required=True)


MAX_STREAM_INDEX = 9999


def _in_pipeline_order(stages: list[MomentsStageName]) -> list[MomentsStageName]:
    return [name for name in get_args(MomentsStageName) if name in stages]


def _run_language(language: str) -> str:
    return language if language == DETECT_LANGUAGE else spoken_language(language)


class RunOptions(GenerationOptions):
    """Options of one run."""

    model_config = _RESPONSE

    force_download: bool = Field(default=False, description="Download the link again as a new video.")
    audio_stream: int | None = Field(
        default=None,
        ge=0,
        le=MAX_STREAM_INDEX,
        description="Audio track to transcribe: `index` of one of the video's `audio_streams`. Another track"
        " than before replaces audio and transcript. By default the default track, or"
        " the next one that is not silent.",
    )
    regenerate: bool = Field(
        default=False,
        description="Generate moments again even if the options did not change, and with `transcription` in"
        " `stages` transcribe again; in a run of the kind `playback`, make a copy even of an original that"
        " browsers should play.",
    )
    stages: Annotated[list[MomentsStageName], AfterValidator(_in_pipeline_order)] | None = Field(
        default=None,
        min_length=1,
        description="Run only these stages, and those that they need and whose results are missing. With"
        " `transcription` alone, moments and clips do not change. By default all stages.",
    )
    language: Annotated[str, AfterValidator(_run_language)] | None = Field(
        default=None,
        max_length=40,
        description="Spoken language, such as `en` or `German`; `auto` detects it. By default the language"
        " of the video, else of the setting, else detected. Another language than before replaces the"
        " transcript.",
    )
    vocabulary: Terms = Field(
        default=[],
        description="Names and terms that the recogniser should prefer, before those of the library. New"
        " ones replace the transcript.",
    )


def _valid_url(link: str) -> str:
    ensure_line(link)
    try:
        normalise_source_url(link)
    except InvalidRequestError as error:
        raise ValueError(error.cause) from error
    return link


class GenerateMomentsRequest(RunOptions):
    """Request to start the pipeline for a library video or for a link."""

    video_id: NoNulStr | None = Field(
        default=None, min_length=1, max_length=255, description="Id of a video with a row or a local file."
    )
    video_url: Annotated[str, AfterValidator(_valid_url)] | None = Field(
        default=None, min_length=1, max_length=8192, description="An http, https or gs URL."
    )
    # Stricter than in stored options, which earlier versions accepted with control characters.
    user_prompt: Lines | None = Field(
        default=None, max_length=4000, description="Topics to prefer. Used only with an LLM engine."
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
    """A newly queued run."""

    request_id: str = Field(description="Id of the run.")
    video_id: str = Field(description="Id of the video, or the future id of a new link.")
    status: RunStatus
    download_required: bool = Field(description="Whether the video must be downloaded first.")
    is_cached: bool = Field(description="Whether the library already has the video.")
    is_restored: bool = Field(
        default=False,
        exclude_if=lambda value: not value,
        description="The video of this link was in the trash, and was taken out of it; otherwise absent.",
    )
    source_url: str | None = Field(description="The normalised link.")


class ClearedRuns(BaseModel):
    """Result of clearing the list of runs."""

    cleared: int = Field(description="Number of runs removed from the list.")


class RunError(BaseModel):
    """The reason why a stage or run failed."""

    model_config = ConfigDict(frozen=True) | _RESPONSE

    type: str = Field(description="Stable identifier: a problem's `type` without prefix.")
    title: str
    detail: str = Field(description="The cause in words.")
    remedy: str | None = Field(default=None, description="Instruction that may solve the problem.")
    retryable: bool = Field(default=False, description="Whether a retry may succeed.")
    video_id: str | None = Field(
        default=None, description="Id of the video that the library has for this link or content already."
    )

    @classmethod
    def from_exception(cls, error: VideoMomentsError) -> Self:
        return cls(
            type=error.type,
            title=error.title,
            detail=error.cause,
            remedy=error.remedy,
            retryable=error.retryable,
            video_id=error.video_id if isinstance(error, SameContentError | LinkRegisteredError) else None,
        )


class StageState(BaseModel):
    """State of one stage. Bytes are set for transfers, items for stages that process several of them."""

    model_config = _RESPONSE

    status: StageStatus = Field(
        default="pending", description="`waiting`: ready, but a resource limit is reached."
    )
    reason: str | None = Field(
        default=None, description="Reason for skipping or waiting, or the current activity."
    )
    started_at: IsoTime | None = None
    completed_at: IsoTime | None = Field(default=None, description="End time, whatever the outcome.")
    percent: float = Field(default=0.0, ge=0, le=100)
    bytes_done: int | None = Field(default=None, description="Bytes transferred.")
    bytes_total: int | None = Field(default=None, description="Null if unknown.")
    items_done: int | None = Field(default=None, description="Clips or moments done.")
    items_total: int | None = None
    seconds: float | None = Field(default=None, description="Time spent in all attempts, without waiting.")
    attempts: int = Field(default=0, description="Number of attempts.")
    error: RunError | None = Field(default=None, description="Error of the last attempt.")


class RunState(BaseModel):
    """State of one run, stage by stage."""

    model_config = _RESPONSE

    request_id: str = Field(description="Id of the run.")
    kind: RunKind = Field(default="moments", description="What the run makes.")
    video_id: str
    title: str = Field(description="The video's title; derived from the id until it is registered.")
    source_url: str | None = Field(default=None, description="Link of the video, if it came from one.")
    status: RunStatus = Field(description="`queued` and `processing` runs are active; all others have ended.")
    current_stage: StageName | None = Field(
        default=None, description="The running stage, or the last one of a failed run."
    )
    stages: dict[StageName, StageState] = Field(description="All stages of the kind in pipeline order.")
    options: RunOptions
    error: RunError | None = Field(default=None, description="Reason for the failure.")
    created_at: IsoTime = Field(description="Time of the request.")
    started_at: IsoTime | None = Field(default=None, description="Time when a worker first claimed it.")
    cancel_requested: bool = Field(default=False, description="Whether a cancellation is pending.")
    finished_at: IsoTime | None = None
    updated_at: IsoTime | None = Field(default=None, description="Time of the last status update.")

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def ends_with_transcript(self) -> bool:
        """True if the run was limited to stages up to the transcript."""
        return self.options.stages is not None and set(self.options.stages) <= set(TRANSCRIPT_STAGES)

    @property
    def no_moments_reason(self) -> str | None:
        """The reason why the run found no moments."""
        stage = self.stages.get("moment_generation")
        return stage.reason if stage else None


class Clip(BaseModel):
    """The clip of one moment."""

    moment_id: str = Field(description="Id of the unrefined moment.")
    title: str = Field(description="The refined title, if there is one.")
    filename: str
    url: str = Field(description="URL path of the clip.")
    start_time: float = Field(
        description="Start of the moment in seconds of the video; the clip starts earlier."
    )
    end_time: float = Field(description="End of the moment in seconds of the video; the clip ends later.")
    score: float = Field(description="0 to 10; 10 is best.")
