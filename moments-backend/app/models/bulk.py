"""Schemas of actions on many videos."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.models.schemas import IsoTime
from app.models.tags import Tags
from app.models.text import NoNulStr

MAX_IDS = 100_000
MAX_EXCEPT_IDS = 10_000
MAX_FAILURES = 1000
"""Failures that an operation keeps; the rest is only counted."""

QuickAction = Literal["trash", "restore", "add_tags", "remove_tags", "favorite", "unfavorite"]
"""Actions that are one statement."""
SlowAction = Literal["delete", "transcribe", "offload", "fetch"]
"""Actions that a worker carries out, one video after the other."""
BulkAction = Literal[QuickAction, SlowAction]
RecordedAction = Literal[BulkAction, "merge"]
"""Actions of operations; `merge` is requested with `POST /api/duplicates/merge`."""
BulkState = Literal["queued", "processing", "cancelling", "completed", "cancelled", "failed"]
SLOW_ACTIONS = frozenset(get_args(SlowAction))
TAG_ACTIONS = frozenset({"add_tags", "remove_tags"})


OperationId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
_VideoId = Annotated[NoNulStr, Field(max_length=255)]

EXAMPLES: Any = {
    "trash": {"summary": "Move videos to the trash", "value": {"ids": ["talk", "walk"], "action": "trash"}},
    "tag": {
        "summary": "Tag every video of a folder",
        "value": {"filter": {"folder": "2023"}, "action": "add_tags", "tags": ["lecture"], "expected": 212},
    },
    "all but some": {
        "summary": "Move all videos of a folder but one to the trash",
        "value": {"filter": {"folder": "2023"}, "except_ids": ["talk"], "action": "trash", "expected": 211},
    },
    "undo": {
        "summary": "Restore what an operation moved to the trash",
        "value": {"operation": "0" * 32, "action": "restore"},
    },
}


class BulkRequest(BaseModel):
    """An action, and the videos: by id, by the filter of the list, or those that an operation changed."""

    model_config = ConfigDict(extra="forbid")

    action: BulkAction
    ids: Annotated[list[_VideoId] | None, Field(min_length=1, max_length=MAX_IDS)] = None
    filter: dict[str, Any] | None = Field(
        default=None,
        description="Query parameters of `GET /api/videos`: all videos that match now. An empty object"
        " matches all.",
    )
    except_ids: list[_VideoId] = Field(
        default=[], max_length=MAX_EXCEPT_IDS, description="With `filter`: videos to leave out."
    )
    operation: OperationId | None = Field(
        default=None, description="Id of an operation: the videos that it changed."
    )
    expected: int | None = Field(
        default=None,
        ge=0,
        description="Number of videos that the user has seen, without those in `except_ids`; another number"
        " is 409. Required to `delete` by filter.",
    )
    tags: Tags = Field(default=[], description="For `add_tags` and `remove_tags`.")
    delete_local: bool = Field(default=False, description="For `delete`: delete the local files, too.")
    regenerate: bool = Field(
        default=False, description="For `transcribe`: also transcribe videos that have a transcript."
    )

    @model_validator(mode="after")
    def _is_complete(self) -> "BulkRequest":
        given = [value for value in (self.ids, self.filter, self.operation) if value is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of ids, filter and operation")
        if self.except_ids and self.filter is None:
            raise ValueError("except_ids belongs to filter")
        if (self.action in TAG_ACTIONS) != bool(self.tags):
            raise ValueError("give tags for add_tags and remove_tags, and only for them")
        if self.action == "delete" and self.ids is None and self.expected is None:
            raise ValueError("deletion by filter needs expected, the number of videos to delete")
        if self.delete_local and self.action != "delete":
            raise ValueError("delete_local belongs to the action delete")
        if self.regenerate and self.action != "transcribe":
            raise ValueError("regenerate belongs to the action transcribe")
        return self

    def parameters(self) -> dict[str, Any]:
        """Return what the action needs besides its videos."""
        return self.model_dump(include={"tags", "delete_local", "regenerate"}, exclude_defaults=True)


class BulkFailure(BaseModel):
    """A video that the action could not be applied to."""

    video_id: str
    type: str = Field(description="Stable identifier: a problem's `type` without prefix.")
    detail: str = Field(description="The cause in words.")


class BulkOperationRead(BaseModel):
    """An action on many videos, and its progress."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str
    action: RecordedAction
    state: BulkState
    total: int = Field(description="Selected videos, with unknown ids.")
    done: int = Field(description="Videos processed so far, with those that failed.")
    changed: int = Field(description="Videos that the action changed; undo applies to them.")
    failed: int
    failures: list[BulkFailure] = Field(description=f"The first {MAX_FAILURES} failures.")
    created_at: IsoTime
    finished_at: IsoTime | None = None
