"""Query parameters of the list of all moments."""

import math
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.models.text import NoNulStr, ensure_storable
from app.repositories.moment_list_query import (
    MomentCursor,
    MomentFilter,
    MomentListQuery,
    MomentSort,
    Origin,
    SortKey,
)
from app.repositories.video_list_query import Order

MAX_LIMIT = 200
MAX_SERIAL = 2**31 - 1

Duration = Annotated[float | None, Field(ge=0, allow_inf_nan=False)]


class MomentListParams(BaseModel):
    """Filters, order and page of the list of all moments."""

    video_id: Annotated[NoNulStr | None, Field(description="Filter by video.")] = None
    q: Annotated[
        NoNulStr | None, Field(max_length=200, description="Search in the titles; ignores case.")
    ] = None
    min_rating: Annotated[int | None, Field(ge=1, le=5, description="Minimum of the user's rating.")] = None
    is_kept: Annotated[bool | None, Field(description="Filter by moments that new runs do not replace.")] = (
        None
    )
    origin: Annotated[
        Origin | None,
        Field(description="`own`: added, trimmed, merged or split by the user; `engine`: all others."),
    ] = None
    min_score: Annotated[
        float | None, Field(ge=0, le=10, allow_inf_nan=False, description="Minimum score.")
    ] = None
    min_duration: Annotated[Duration, Field(description="Minimum duration in seconds.")] = None
    max_duration: Annotated[Duration, Field(description="Maximum duration in seconds.")] = None
    sort: Annotated[
        MomentSort, Field(description="`date`: when the video was added, then the time in the video.")
    ] = MomentSort.SCORE
    order: Annotated[Order | None, Field(description="Default: `asc` for `title`, otherwise `desc`.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Moments per page.")] = 50
    count: Annotated[bool, Field(description="Return the total number of moments in `X-Total-Count`.")] = (
        False
    )
    # Declared last: its validator reads `sort` and `order`.
    cursor: Annotated[
        NoNulStr | None,
        Field(description="Cursor from the `Link` header of the previous page; keep all other parameters."),
    ] = None

    @field_validator("cursor")
    @classmethod
    def _matches_order(cls, cursor: str | None, info: ValidationInfo) -> str | None:
        if cursor is not None and {"sort", "order"} <= info.data.keys():
            sort: MomentSort = info.data["sort"]
            decode_position(cursor, sort, _effective_order(sort, info.data["order"]))
        return cursor

    def to_query(self) -> MomentListQuery:
        order = _effective_order(self.sort, self.order)
        filters = MomentFilter(
            video_id=self.video_id,
            containing=self.q or None,
            min_rating=self.min_rating,
            is_kept=self.is_kept,
            origin=self.origin,
            min_score=self.min_score,
            min_duration=self.min_duration,
            max_duration=self.max_duration,
        )
        after = None if self.cursor is None else decode_position(self.cursor, self.sort, order)
        return MomentListQuery(self.sort, order, filters, after)

    def next_link(self, position: MomentCursor, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        key = position.key.isoformat() if isinstance(position.key, datetime) else str(position.key)
        order = _effective_order(self.sort, self.order)
        cursor = cursors.encode_values(
            self.sort.value,
            order.value,
            key,
            position.video_id,
            repr(position.start_time),
            position.moment_id,
        )
        return cursors.next_link(request, cursor)


def _effective_order(sort: MomentSort, order: Order | None) -> Order:
    return order or (Order.ASCENDING if sort is MomentSort.TITLE else Order.DESCENDING)


def decode_position(cursor: str, sort: MomentSort, order: Order) -> MomentCursor:
    """Return the position in an order.

    Raises:
        ValueError: the cursor is damaged, or belongs to another order.
    """
    types = (str, str, str, int, str, str)
    found_sort, found_order, key, video_id, start, moment_id = cursors.decode_values(cursor, *types)
    if (found_sort, found_order) != (sort, order):
        raise ValueError(f"this cursor belongs to another order: {found_sort:.20} {found_order:.4}")
    if not 0 <= video_id <= MAX_SERIAL:
        raise ValueError(cursors.INVALID_CURSOR)
    try:
        start_time, parsed = _finite(start), _parse_key(sort, key)
        return MomentCursor(parsed, video_id, start_time, ensure_storable(moment_id))
    except ValueError:
        raise ValueError(cursors.INVALID_CURSOR) from None


def _parse_key(sort: MomentSort, text: str) -> SortKey:
    if sort is MomentSort.SCORE:
        return _finite(text)
    if sort is MomentSort.RATING:
        rating = int(text)
        if not 0 <= rating <= MAX_SERIAL:
            raise ValueError(text)
        return rating
    if sort is MomentSort.DATE:
        added_at = datetime.fromisoformat(text)
        if added_at.tzinfo is not None:
            raise ValueError(text)
        return added_at
    return ensure_storable(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
