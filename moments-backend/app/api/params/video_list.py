"""Query parameters of the list of videos."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.api.params.video_filters import VideoFilterParams
from app.models.text import NoNulStr, ensure_storable
from app.repositories.video_list_query import Key, KeysetCursor, Order, Sort, VideoListQuery

MAX_LIMIT = 1000
MAX_SERIAL = 2**31 - 1
UNKNOWN_TIME = "-infinity"
"""PostgreSQL's text of the sort key of an unknown recording time."""
_DEFAULT_ORDERS = {Sort.CREATED_AT: Order.DESCENDING, Sort.RECORDED_AT: Order.DESCENDING}


class VideoListParams(VideoFilterParams):
    """Filters, order and page of the list of videos."""

    limit: Annotated[
        int | None, Field(ge=1, le=MAX_LIMIT, description="Videos per page; omit to list all videos.")
    ] = None
    details: Annotated[bool, Field(description="Return `VideoSummary` objects with all metadata.")] = False
    count: Annotated[
        bool, Field(description="With `limit`: return the total number of videos in `X-Total-Count`.")
    ] = False
    q: Annotated[NoNulStr | None, Field(description="Search in id, title and source URL; ignores case.")] = (
        None
    )
    sort: Sort = Sort.CREATED_AT
    order: Annotated[
        Order | None,
        Field(description="Default: `desc` for `created_at` and `recorded_at`, otherwise `asc`."),
    ] = None
    # Declared last: its validator reads `sort` and `order`.
    cursor: Annotated[
        NoNulStr | None,
        Field(description="Cursor from the `Link` header of the previous page; keep all other parameters."),
    ] = None

    @field_validator("cursor")
    @classmethod
    def _matches_order(cls, cursor: str | None, info: ValidationInfo) -> str | None:
        if cursor is not None and {"sort", "order"} <= info.data.keys():
            decode_position(
                cursor, info.data["sort"], _effective_order(info.data["sort"], info.data["order"])
            )
        return cursor

    def to_query(self) -> VideoListQuery:
        """Return the query on the table. `has_transcript` is not a column, so it is not part of the query."""
        order = _effective_order(self.sort, self.order)
        filters = replace(self.to_filter(), containing=self.q or None)
        after = None if self.cursor is None else decode_position(self.cursor, self.sort, order)
        return VideoListQuery(self.sort, order, filters, after, self.details)

    def next_link(self, position: KeysetCursor, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        order = _effective_order(self.sort, self.order)
        return cursors.next_link(request, encode_position(position, self.sort, order))


def _effective_order(sort: Sort, order: Order | None) -> Order:
    return order or _DEFAULT_ORDERS.get(sort, Order.ASCENDING)


def encode_position(position: KeysetCursor, sort: Sort, order: Order) -> str:
    """Return a position in an order as text for a URL."""
    key = position.key
    text = key.isoformat() if isinstance(key, datetime) else str(key)
    return cursors.encode_values(sort.value, order.value, text, position.id)


def decode_position(cursor: str, sort: Sort, order: Order) -> KeysetCursor:
    """Return the position in an order.

    Raises:
        ValueError: the cursor is damaged, or belongs to another order.
    """
    found_sort, found_order, text, serial = cursors.decode_values(cursor, str, str, str, int)
    if (found_sort, found_order) != (sort, order):
        raise ValueError(f"this cursor belongs to another order: {found_sort:.20} {found_order:.4}")
    if not 0 <= serial <= MAX_SERIAL:
        raise ValueError(cursors.INVALID_CURSOR)
    try:
        return KeysetCursor(_parse_key(sort, text), serial)
    except ValueError:
        raise ValueError(cursors.INVALID_CURSOR) from None


def _parse_key(sort: Sort, text: str) -> Key:
    if sort is Sort.DURATION_SECONDS:
        return float(text)
    if sort is Sort.CREATED_AT:
        created_at = datetime.fromisoformat(text)
        if created_at.tzinfo is not None:
            raise ValueError(text)
        return created_at
    if sort is Sort.RECORDED_AT and text != UNKNOWN_TIME and datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)
    return ensure_storable(text)
