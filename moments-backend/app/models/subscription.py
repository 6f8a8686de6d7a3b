"""Subscriptions to channels, playlists and feeds, as the API reads and returns them."""

from typing import Annotated, Any, Literal
from urllib.parse import urlunsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.core.urls.video_sites import site_video
from app.models.schemas import IsoTime
from app.models.tags import Tags
from app.models.watch_folder import WatchProblem
from app.models.web_url import split_web_url

MAX_URL_LENGTH = 2000
DEFAULT_INTERVAL_MINUTES = 60


def _list_url(text: str) -> str:
    parts = split_web_url(text, "the http or https URL of a channel, a playlist or a feed")
    if site_video(parts) is not None:
        raise ValueError("is the URL of a single video; use that of its channel or playlist")
    return urlunsplit(parts._replace(netloc=parts.netloc.lower(), fragment=""))


ListUrl = Annotated[
    str,
    AfterValidator(_list_url),
    Field(max_length=MAX_URL_LENGTH, description="URL of a channel, a playlist, or an RSS or Atom feed."),
]
SubscriptionId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Interval = Annotated[int, Field(ge=5, le=60 * 24 * 30, description="Minutes between checks.")]
MaxItems = Annotated[int, Field(ge=1, le=1000, description="Most videos that a check adds.")]
MaxAge = Annotated[int, Field(ge=1, le=36500, description="Videos published earlier are skipped.")]
MaxDuration = Annotated[int, Field(ge=1, le=10**6, description="Longer videos are skipped.")]


class SubscriptionCreate(BaseModel):
    """A new subscription."""

    model_config = ConfigDict(extra="forbid")

    url: ListUrl
    interval_minutes: Interval = DEFAULT_INTERVAL_MINUTES
    max_items: MaxItems | None = Field(
        default=None, description="Most videos that a check adds; `SUBSCRIPTION_MAX_ITEMS` by default."
    )
    max_age_days: MaxAge | None = None
    max_duration_seconds: MaxDuration | None = None
    tags: Tags = Field(default=[], description="Tags of the added videos.")
    moments: bool = Field(default=True, description="False: only download the videos.")
    is_paused: bool = False


class SubscriptionUpdate(BaseModel):
    """Changes of a subscription; omitted fields stay as they are, and null removes a limit."""

    model_config = ConfigDict(extra="forbid")

    interval_minutes: Interval = DEFAULT_INTERVAL_MINUTES
    max_items: MaxItems = 10
    max_age_days: MaxAge | None = None
    max_duration_seconds: MaxDuration | None = None
    tags: Tags = []
    moments: bool = True
    is_paused: bool = False

    def changes(self) -> dict[str, Any]:
        """Return the columns that the request names."""
        return self.model_dump(exclude_unset=True)


class SubscriptionRecord(BaseModel):
    """A subscription with the result of its last check."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str
    url: str
    title: str | None = Field(
        default=None, description="Title that the site states; null until the first check."
    )
    is_paused: bool
    interval_minutes: int
    max_items: int
    max_age_days: int | None = None
    max_duration_seconds: int | None = None
    tags: list[str]
    moments: bool
    last_checked_at: IsoTime | None = None
    next_check_at: IsoTime | None = Field(default=None, description="Null: as soon as possible.")
    error: WatchProblem | None = Field(default=None, description="Why the last check failed.")
    failures: int = Field(default=0, description="Failed checks in a row; they lengthen the interval.")
    created_at: IsoTime
    added: int = Field(default=0, description="Videos that were added.")
    queued: int = Field(default=0, description="Videos that a run downloads.")
    failed: int = Field(default=0, description="Videos whose run failed.")


ItemState = Literal["queued", "added", "skipped", "failed"]


class SubscriptionItemRecord(BaseModel):
    """A video that a check found."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)

    key: str = Field(validation_alias="item_key", description="SHA-256 of the normalised URL.")
    url: str
    title: str | None = None
    state: ItemState
    reason: str | None = Field(default=None, description="Why it was skipped or failed.")
    run_id: str | None = Field(default=None, description="The run that downloads it.")
    seen_at: IsoTime


class CheckedItem(BaseModel):
    """A new video, and the action of the check."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    url: str
    title: str | None = None
    published_at: float | None = Field(default=None, description="Seconds since 1970.")
    duration_seconds: float | None = None
    action: Literal["add", "skip", "later", "fail"] = Field(
        description="`later`: a following check decides, because of the limit per check or a live stream."
    )
    reason: str | None = None


class CheckResult(BaseModel):
    """Result of a check, or of a dry run."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    title: str | None = None
    dry_run: bool
    found: int = Field(description="Videos of the list.")
    known: int = Field(description="Videos that earlier checks found, and repetitions.")
    items: list[CheckedItem] = Field(description="New videos; at most 1000, those to add first.")
