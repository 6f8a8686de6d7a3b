"""Query parameters of the list of runs."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.params.timed_page import TimedPageParams
from app.models.pipeline import ACTIVE, RunKind, RunPurpose
from app.models.text import NoNulStr

MAX_LIMIT = 200

RunFilter = Literal["active", "completed", "failed", "cancelled"]


class RunListParams(TimedPageParams):
    """Filters and page of the list of runs."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Runs per page.")] = 50
    status: Annotated[
        list[RunFilter], Field(description="Filter by status; repeatable. `active`: queued or processing.")
    ] = []  # noqa: RUF012 - pydantic copies it
    video_id: Annotated[NoNulStr | None, Field(description="Filter by video.")] = None
    kind: Annotated[RunKind | None, Field(description="Filter by kind.")] = None
    purpose: Annotated[
        list[RunPurpose],
        Field(
            description="Filter by purpose; repeatable. `transcription`: runs of the kind `moments` that end"
            " with the transcript; `moments`: all others of this kind; `playback`: playback copies."
        ),
    ] = []  # noqa: RUF012 - pydantic copies it

    def to_query(self) -> dict[str, Any]:
        """Return the arguments of `RunReader.list_page`."""
        statuses = {name for chosen in self.status for name in (ACTIVE if chosen == "active" else {chosen})}
        return {
            "limit": self.limit,
            "statuses": statuses,
            "video_id": self.video_id,
            "kind": self.kind,
            "purposes": set(self.purpose),
            "after": self.after(),
        }
