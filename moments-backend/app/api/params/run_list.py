"""Query parameters of the list of runs."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.models.pipeline import ACTIVE, RunKind
from app.models.text import NoNulStr
from app.services.pipeline.run_reader import RunCursor

MAX_LIMIT = 200

RunFilter = Literal["active", "completed", "failed", "cancelled"]


class RunListParams(BaseModel):
    """Filters and page of the list of runs."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Runs per page.")] = 50
    status: Annotated[
        list[RunFilter], Field(description="Filter by status; repeatable. `active`: queued or processing.")
    ] = []
    video_id: Annotated[NoNulStr | None, Field(description="Filter by video.")] = None
    kind: Annotated[RunKind | None, Field(description="Filter by kind.")] = None
    cursor: Annotated[
        Annotated[str, AfterValidator(cursors.validate_created_at)] | None,
        Field(description="Cursor from the `Link` header of the previous page."),
    ] = None

    def to_query(self) -> dict[str, Any]:
        """Return the arguments of `RunReader.list_page`."""
        statuses = {name for chosen in self.status for name in (ACTIVE if chosen == "active" else {chosen})}
        return {
            "limit": self.limit,
            "statuses": statuses,
            "video_id": self.video_id,
            "kind": self.kind,
            "after": None if self.cursor is None else cursors.decode_created_at(self.cursor),
        }

    def next_link(self, position: RunCursor, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        created_at, request_id = position
        return cursors.next_link(request, cursors.encode_values(created_at.isoformat(), request_id))
