"""Query parameters of the list of videos."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.api.params.video_filters import VideoFilterParams
from app.models.text import NoNulStr, ensure_storable
from app.repositories.video_list_query import Key, KeysetCursor, Order, Sort, VideoListQuery
from app.services.search.folding import fold_characters

MAX_LIMIT = 1000
MAX_SERIAL = 2**31 - 1
UNKNOWN_TIME = "-infinity"
"""PostgreSQL's text of the sort key of an unknown time."""
MAX_SIZE = 2**63 - 1
_ASCENDING = frozenset({Sort.TITLE, Sort.ID, Sort.DURATION_SECONDS})
"""Sort keys whose lowest value comes first by default."""


class VideoSelectionParams(VideoFilterParams):
    """Filters, search and order of videos: what a saved view contains."""

    q: Annotated[
        NoNulStr | None,
        Field(
            description="Words that title, id, tags and source URL together contain, in any order; ignores"
            " case and diacritics."
        ),
    ] = None
    sort: Annotated[
        Sort,
        Field(description="`title` is in natural order: 2 precedes 10. Unknown values precede known ones."),
    ] = Sort.CREATED_AT
    order: Annotated[
        Order | None,
        Field(description="Default: `asc` for `title`, `id` and `duration_seconds`, otherwise `desc`."),
    ] = None

    def to_query(self) -> VideoListQuery:
        """Return the query on the table; `local_conditions` adds those on local files."""
        words = tuple(dict.fromkeys(fold_characters(self.q or "").split()))
        filters = replace(self.to_filter(), words=words or None)
        return VideoListQuery(self.sort, _effective_order(self.sort, self.order), filters)


class VideoListParams(VideoSelectionParams):
    """Filters, order and page of the list of videos."""

    limit: Annotated[
        int | None, Field(ge=1, le=MAX_LIMIT, description="Videos per page; omit to list all videos.")
    ] = None
    details: Annotated[bool, Field(description="Return `VideoSummary` objects with all metadata.")] = False
    count: Annotated[
        bool, Field(description="With `limit`: return the total number of videos in `X-Total-Count`.")
    ] = False
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
        query = super().to_query()
        after = None if self.cursor is None else decode_position(self.cursor, query.sort, query.order)
        return replace(query, after=after, details=self.details)

    def next_link(self, position: KeysetCursor, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        order = _effective_order(self.sort, self.order)
        return cursors.next_link(request, encode_position(position, self.sort, order))


def _effective_order(sort: Sort, order: Order | None) -> Order:
    return order or (Order.ASCENDING if sort in _ASCENDING else Order.DESCENDING)


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


def _parse_time(text: str) -> str:
    """Return a time in UTC: PostgreSQL rejects some zones and years that Python accepts."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    try:
        return time.astimezone(UTC).isoformat()
    except OverflowError:
        raise ValueError(text) from None


def _parse_key(sort: Sort, text: str) -> Key:
    if sort is Sort.DURATION_SECONDS:
        return float(text)
    if sort is Sort.CREATED_AT:
        created_at = datetime.fromisoformat(text)
        if created_at.tzinfo is not None:
            raise ValueError(text)
        return created_at
    if sort is Sort.SIZE_BYTES:
        size = int(text)
        if not -1 <= size <= MAX_SIZE:
            raise ValueError(text)
        return size
    if sort in {Sort.RECORDED_AT, Sort.LAST_WATCHED_AT} and text != UNKNOWN_TIME:
        return _parse_time(text)
    return ensure_storable(text)
