"""Pages of lists that are sorted by a time, then by an id."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Response
from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from app.api.params import cursor as cursors

Position = tuple[datetime, str]
"""Time and id of a row."""
RowT = TypeVar("RowT")


class TimedPageParams(BaseModel):
    """Size of the page, and the end of the previous one."""

    limit: Annotated[int, Field(ge=1, le=200, description="Rows per page.")] = 50
    cursor: Annotated[
        Annotated[str, AfterValidator(cursors.validate_created_at)] | None,
        Field(description="Cursor from the `Link` header of the previous page."),
    ] = None

    def after(self) -> Position | None:
        """Return the position of the last row of the previous page."""
        return None if self.cursor is None else cursors.decode_created_at(self.cursor)

    def next_link(self, position: Position, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        time, row_id = position
        return cursors.next_link(request, cursors.encode_values(time.isoformat(), row_id))

    def cut(
        self,
        rows: Sequence[RowT],
        position_of: Callable[[RowT], Position],
        request: Request,
        response: Response,
    ) -> list[RowT]:
        """Return the first `limit` of `rows`; if there are more, set the `Link` header of the next page."""
        shown = list(rows[: self.limit])
        if len(rows) > self.limit:
            response.headers["link"] = self.next_link(position_of(shown[-1]), request)
        return shown
