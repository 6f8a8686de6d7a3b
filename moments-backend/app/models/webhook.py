"""Webhooks and their deliveries, as the API reads and returns them."""

from typing import Annotated, Any, Literal
from urllib.parse import urlunsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.models.schemas import IsoTime
from app.models.web_url import split_web_url

MAX_URL_LENGTH = 2000

WebhookEvent = Literal[
    "video.added",
    "video.updated",
    "video.trashed",
    "video.restored",
    "video.deleted",
    "run.completed",
    "run.failed",
    "export.completed",
    "export.failed",
    "subscription.failed",
    "watch_folder.failed",
]


def _web_url(text: str) -> str:
    parts = split_web_url(text, "an http or https URL such as https://example.org/hook")
    return urlunsplit(parts._replace(fragment=""))


def _distinct(events: list[str]) -> list[str]:
    return sorted(set(events))


WebhookUrl = Annotated[
    str,
    AfterValidator(_web_url),
    Field(max_length=MAX_URL_LENGTH, description="Target of the requests: an https or http URL."),
]
Events = Annotated[
    list[WebhookEvent], AfterValidator(_distinct), Field(min_length=1, max_length=50, description="Events.")
]
WebhookId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class WebhookCreate(BaseModel):
    """A new webhook."""

    model_config = ConfigDict(extra="forbid")

    url: WebhookUrl
    events: Events | None = Field(default=None, description="Events to send; all of them by default.")


class WebhookUpdate(BaseModel):
    """Changes of a webhook; omitted fields stay as they are."""

    model_config = ConfigDict(extra="forbid")

    url: WebhookUrl | None = None
    events: Events | None = None
    is_active: bool | None = Field(
        default=None,
        description="False pauses it: no events are recorded for it, and none are sent.",
    )


class DeliveryRecord(BaseModel):
    """One event for one webhook, with the result of the last attempt."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)

    id: str = Field(description="Sent as `webhook-id`.")
    webhook_id: str
    event: str = Field(description="For example `video.added`; `webhook.test` for a test.")
    payload: dict[str, Any] = Field(description="Body of the request.")
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    next_attempt_at: IsoTime | None = None
    status_code: int | None = Field(default=None, description="HTTP status; null without a response.")
    error: str | None = Field(default=None, description="Why the last attempt failed.")
    created_at: IsoTime
    delivered_at: IsoTime | None = None


class WebhookRecord(BaseModel):
    """A webhook. Its secret is returned only when it is created."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)

    id: str
    url: str
    events: list[str]
    is_active: bool
    created_at: IsoTime
    last_delivery: DeliveryRecord | None = None


class WebhookCreated(WebhookRecord):
    """A new webhook with its secret."""

    secret: str = Field(description="Key of the signatures. It is not shown again.")
