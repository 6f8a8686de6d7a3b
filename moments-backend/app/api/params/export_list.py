"""Query parameters of the list of exports."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.params.timed_page import TimedPageParams
from app.models.text import NoNulStr
from app.repositories.export_repository import ACTIVE

MAX_LIMIT = 200

ExportFilter = Literal["active", "completed", "failed", "cancelled"]


class ExportListParams(TimedPageParams):
    """Filters and page of the list of exports."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Exports per page.")] = 50
    state: Annotated[
        list[ExportFilter], Field(description="Filter by state; repeatable. `active`: queued or processing.")
    ] = []  # noqa: RUF012 - pydantic copies it
    video_id: Annotated[NoNulStr | None, Field(description="Filter by video.")] = None

    def to_query(self) -> dict[str, Any]:
        """Return the arguments of `ExportService.list_page`."""
        return {
            "limit": self.limit,
            "states": {name for chosen in self.state for name in _states(chosen)},
            "video_id": self.video_id,
            "after": self.after(),
        }


def _states(chosen: ExportFilter) -> tuple[str, ...]:
    return ACTIVE if chosen == "active" else (chosen,)
