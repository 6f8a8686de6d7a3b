"""Query parameters of the list of dismissed duplicates."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.repositories.duplicate_repository import DismissedPosition

MAX_LIMIT = 1000
MAX_NUMBER = 2**31 - 1
"""Largest `videos.id`."""


def _decode(cursor: str) -> DismissedPosition:
    created_at, pair = cursors.decode_created_at(cursor)
    numbers = pair.split("-")
    is_valid = [number.isdecimal() and int(number) <= MAX_NUMBER for number in numbers]
    if is_valid != [True, True]:
        raise ValueError(cursors.INVALID_CURSOR)
    return DismissedPosition(created_at, *map(int, numbers))


def _valid(cursor: str) -> str:
    _decode(cursor)
    return cursor


class DismissedListParams(BaseModel):
    """Page of dismissed pairs."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Pairs per page.")] = 100
    cursor: Annotated[
        Annotated[str, AfterValidator(_valid)] | None,
        Field(description="Cursor from the `Link` header of the previous page."),
    ] = None

    def after(self) -> DismissedPosition | None:
        """Return the last pair of the previous page."""
        return None if self.cursor is None else _decode(self.cursor)

    def next_link(self, position: DismissedPosition, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        pair = f"{position.first_id}-{position.second_id}"
        return cursors.next_link(request, cursors.encode_values(position.created_at.isoformat(), pair))
