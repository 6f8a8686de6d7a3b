"""The query parameters of the list of videos, and its cursor."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from pydantic import BaseModel, Field, ValidationInfo, field_validator
from starlette.requests import Request

from app.models.text import NoNulStr, ensure_storable
from app.repositories.video_list_query import (
    Key,
    KeysetCursor,
    Order,
    Quality,
    Sort,
    Source,
    VideoFilter,
    VideoListQuery,
)

MAX_LIMIT = 1000
MAX_SERIAL = 2**31 - 1
_NEWEST_FIRST = {Sort.CREATED_AT: Order.DESCENDING}


class VideoListParams(BaseModel):
    """Which part of the list, in which order."""

    limit: Annotated[
        int | None, Field(ge=1, le=MAX_LIMIT, description="Videos in one answer; all of them without it.")
    ] = None
    details: Annotated[
        bool, Field(description="Whether each video comes with all that is known of it (`VideoSummary`).")
    ] = False
    count: Annotated[
        bool, Field(description="Whether `X-Total-Count` says how many there are on all pages; with `limit`.")
    ] = False
    min_duration: Annotated[
        float | None, Field(ge=0, allow_inf_nan=False, description="Seconds that a video has at least.")
    ] = None
    max_duration: Annotated[
        float | None, Field(ge=0, allow_inf_nan=False, description="Seconds that a video has at most.")
    ] = None
    quality: Annotated[
        Quality | None,
        Field(description="By the smaller side: less than 720, 1080, 2160 lines, or no less than that."),
    ] = None
    has_transcript: Annotated[
        bool | None, Field(description="Whether this machine's folder has its transcript.")
    ] = None
    source: Annotated[
        Source | None, Field(description="Whether it was fetched from a link, or came as a file.")
    ] = None
    q: Annotated[
        NoNulStr | None,
        Field(description="A text within the id, the title or the source address, in any case."),
    ] = None
    sort: Sort = Sort.CREATED_AT
    order: Annotated[
        Order | None, Field(description="`desc` for `created_at` and `asc` for the others, if not given.")
    ] = None
    cursor: Annotated[
        NoNulStr | None, Field(description="From the `Link` of the page before; all else as it was there.")
    ] = None  # the last one: it is read in the light of the order

    @field_validator("cursor")
    @classmethod
    def _is_of_this_order(cls, cursor: str | None, info: ValidationInfo) -> str | None:
        if cursor is not None and {"sort", "order"} <= info.data.keys():
            decode_cursor(cursor, info.data["sort"], _direction(info.data["sort"], info.data["order"]))
        return cursor

    def to_query(self) -> VideoListQuery:
        """All but `has_transcript`, which is not the table's to say."""
        order = _direction(self.sort, self.order)
        after = None if self.cursor is None else decode_cursor(self.cursor, self.sort, order)
        wanted = VideoFilter(
            containing=self.q or None,
            min_duration=self.min_duration,
            max_duration=self.max_duration,
            quality=self.quality,
            source=self.source,
        )
        return VideoListQuery(self.sort, order, wanted, after, self.details)

    def next_link(self, position: KeysetCursor, request: Request) -> str:
        """The `Link` header (RFC 8288) to the page after this one; relative, so it holds behind any proxy."""
        cursor = encode_cursor(position, self.sort, _direction(self.sort, self.order))
        others = [item for item in request.query_params.multi_items() if item[0] != "cursor"]
        query = urlencode([*others, ("cursor", cursor)])
        return f'<{quote(request.scope["path"])}?{query}>; rel="next"'


def _direction(sort: Sort, order: Order | None) -> Order:
    return order or _NEWEST_FIRST.get(sort, Order.ASCENDING)


def encode_cursor(position: KeysetCursor, sort: Sort, order: Order) -> str:
    """A position as text that fits into a URL."""
    key = position.key
    text = key.isoformat() if isinstance(key, datetime) else str(key)
    content = orjson.dumps([sort, order, text, position.id])
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def decode_cursor(cursor: str, sort: Sort, order: Order) -> KeysetCursor:
    """The position in this order.

    Raises:
        ValueError: it is damaged, or of another order.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found_sort, found_order, text, serial = orjson.loads(base64.b64decode(padded, b"-_", validate=True))
        position = KeysetCursor(_key(sort, text), serial)
    except (ValueError, TypeError, binascii.Error):
        raise ValueError("not a cursor of this list") from None
    if (found_sort, found_order) != (sort, order):
        raise ValueError(f"a cursor of another order, by {found_sort!s:.20} {found_order!s:.4}")
    if type(serial) is not int or not 0 <= serial <= MAX_SERIAL:
        raise ValueError("not a cursor of this list")
    return position


def _key(sort: Sort, text: Any) -> Key:
    if not isinstance(text, str):
        raise TypeError(text)
    if sort is Sort.DURATION_SECONDS:
        return float(text)
    if sort is Sort.CREATED_AT:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            raise ValueError(text)
        return moment
    return ensure_storable(text)
