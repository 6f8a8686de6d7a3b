"""Query parameters of the delivery log of a webhook."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.models.webhook import DeliveryRecord


class DeliveryListParams(BaseModel):
    """Page of the delivery log."""

    limit: Annotated[int, Field(ge=1, le=200, description="Deliveries per page.")] = 50
    cursor: Annotated[
        Annotated[str, AfterValidator(cursors.validate_created_at)] | None,
        Field(description="Cursor from the `Link` header of the previous page."),
    ] = None

    def after(self) -> tuple[datetime, str] | None:
        """Return the position of the last delivery of the previous page."""
        return None if self.cursor is None else cursors.decode_created_at(self.cursor)

    def next_link(self, last: DeliveryRecord, request: Request) -> str:
        """Return the `Link` header of the page after `last`."""
        cursor = cursors.encode_values(last.created_at.isoformat(), last.id)
        return cursors.next_link(request, cursor)
