"""Query parameters of the list of exports."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.models.text import NoNulStr
from app.repositories.export_repository import ACTIVE
from app.services.exports.service import ExportCursor

MAX_LIMIT = 200

ExportFilter = Literal["active", "completed", "failed", "cancelled"]


class ExportListParams(BaseModel):
    """Filters and page of the list of exports."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Exports per page.")] = 50
    state: Annotated[
        list[ExportFilter], Field(description="Filter by state; repeatable. `active`: queued or processing.")
    ] = []
    video_id: Annotated[NoNulStr | None, Field(description="Filter by video.")] = None
    cursor: Annotated[
        Annotated[str, AfterValidator(cursors.validate_created_at)] | None,
        Field(description="Cursor from the `Link` header of the previous page."),
    ] = None

    def to_query(self) -> dict[str, Any]:
        """Return the arguments of `ExportService.list_page`."""
        return {
            "limit": self.limit,
            "states": {name for chosen in self.state for name in _states(chosen)},
            "video_id": self.video_id,
            "after": None if self.cursor is None else cursors.decode_created_at(self.cursor),
        }

    def next_link(self, position: ExportCursor, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        created_at, export_id = position
        return cursors.next_link(request, cursors.encode_values(created_at.isoformat(), export_id))


def _states(chosen: ExportFilter) -> tuple[str, ...]:
    return ACTIVE if chosen == "active" else (chosen,)
