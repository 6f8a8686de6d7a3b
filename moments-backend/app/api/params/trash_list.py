"""Query parameters of the list of the trash."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.services.library.trash import TrashCursor

MAX_LIMIT = 1000


class TrashListParams(BaseModel):
    """Page of the trash."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Videos per page.")] = 100
    cursor: Annotated[
        Annotated[str, AfterValidator(cursors.validate_created_at)] | None,
        Field(description="Cursor from the `Link` header of the previous page."),
    ] = None

    def after(self) -> TrashCursor | None:
        """Return the position of the last video of the previous page."""
        return None if self.cursor is None else cursors.decode_created_at(self.cursor)

    def next_link(self, position: TrashCursor, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        deleted_at, identifier = position
        return cursors.next_link(request, cursors.encode_values(deleted_at.isoformat(), identifier))
