"""Query parameters of the videos that a subscription found."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.models.subscription import ItemState, SubscriptionItemRecord


class SubscriptionItemParams(BaseModel):
    """Filter and page of the videos that a subscription found."""

    limit: Annotated[int, Field(ge=1, le=200, description="Videos per page.")] = 50
    state: Annotated[ItemState | None, Field(description="Filter by state.")] = None
    cursor: Annotated[
        Annotated[str, AfterValidator(cursors.validate_created_at)] | None,
        Field(description="Cursor from the `Link` header of the previous page."),
    ] = None

    def after(self) -> tuple[datetime, str] | None:
        """Return the position of the last video of the previous page."""
        return None if self.cursor is None else cursors.decode_created_at(self.cursor)

    def next_link(self, last: SubscriptionItemRecord, request: Request) -> str:
        """Return the `Link` header of the page after `last`."""
        cursor = cursors.encode_values(last.seen_at.isoformat(), last.key)
        return cursors.next_link(request, cursor)
