"""Query parameters of the list of uploads."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.services.uploads.service import UploadCursor

MAX_LIMIT = 1000


def decode_position(cursor: str) -> UploadCursor:
    """Return the position of an upload in the list.

    Raises:
        ValueError: the cursor is damaged.
    """
    created_at, upload_id = cursors.decode_values(cursor, str, str)
    return created_at, upload_id


def _validated(cursor: str) -> str:
    decode_position(cursor)
    return cursor


class UploadListParams(BaseModel):
    """Page of the list of uploads."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Uploads per page.")] = MAX_LIMIT
    cursor: Annotated[
        Annotated[str, AfterValidator(_validated)] | None,
        Field(description="Cursor from the `Link` header of the previous page."),
    ] = None

    @property
    def position(self) -> UploadCursor | None:
        return None if self.cursor is None else decode_position(self.cursor)

    def next_link(self, position: UploadCursor, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        return cursors.next_link(request, cursors.encode_values(*position))
