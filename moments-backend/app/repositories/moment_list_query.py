"""Keyset pagination of the moments of all videos, over the columns of `moment_titles` for this list.

Each order has an index on its sort keys; see `MomentTitle`. A page starts after the last row of the previous
one, so every page costs the same.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from app.database.models.search import FROM_START, RATING
from app.database.read_pool import ReadPool
from app.models.text import fold_case
from app.repositories.video_list_query import Order


class MomentSort(StrEnum):
    SCORE = "score"
    RATING = "rating"
    DATE = "date"
    TITLE = "title"


class Origin(StrEnum):
    OWN = "own"
    ENGINE = "engine"


SortKey: TypeAlias = float | str | datetime


class MomentCursor(NamedTuple):
    """The position of a row in an order."""

    key: SortKey
    """A UTC time without a zone for `date`."""
    video_id: int
    start_time: float
    moment_id: str


@dataclass(frozen=True, slots=True)
class MomentFilter:
    """Conditions on moments; None means no condition."""

    video_id: str | None = None
    """Identifier of the video."""
    containing: str | None = None
    """Case-insensitive text in the title."""
    min_rating: int | None = None
    is_kept: bool | None = None
    origin: Origin | None = None
    min_score: float | None = None
    min_duration: float | None = None
    max_duration: float | None = None

    def conditions(self) -> tuple[str, ...]:
        """Return the SQL conditions, whose values are `parameters()`."""
        wanted = (text for name, text in _CONDITIONS.items() if getattr(self, name) is not None)
        return ("is_listed", *wanted, _NOT_DELETED)

    def parameters(self) -> dict[str, Any]:
        return {
            "video_id": self.video_id,
            "containing": None if self.containing is None else fold_case(self.containing),
            "min_rating": self.min_rating,
            "is_kept": self.is_kept,
            "is_own": None if self.origin is None else self.origin is Origin.OWN,
            "min_score": self.min_score,
            "min_duration": self.min_duration,
            "max_duration": self.max_duration,
        }


@dataclass(frozen=True, slots=True)
class MomentListQuery:
    """Filter, order and start of a list."""

    sort: MomentSort = MomentSort.SCORE
    order: Order = Order.DESCENDING
    filter: MomentFilter = MomentFilter()
    after: MomentCursor | None = None


class MomentRow(NamedTuple):
    """One moment with its video."""

    sort_key: SortKey
    video_id: int
    moment_id: str
    start_time: float
    end_time: float
    title: str
    score: float
    rating: int | None
    is_kept: bool
    is_edited: bool
    details: dict[str, Any]
    video_identifier: str
    video_title: str | None
    video_duration: float | None


_CONDITIONS = {
    "video_id": "video_id = (SELECT id FROM videos WHERE identifier = %(video_id)s::text)",
    "containing": "strpos(folded_title, %(containing)s::text) > 0",
    "min_rating": f"{RATING} >= %(min_rating)s::integer",
    "is_kept": "is_kept = %(is_kept)s::boolean",
    "origin": "is_edited = %(is_own)s::boolean",
    "min_score": "score >= %(min_score)s::double precision",
    "min_duration": "end_time - start_time >= %(min_duration)s::double precision",
    "max_duration": "end_time - start_time <= %(max_duration)s::double precision",
}
"""SQL conditions by field of `MomentFilter`."""

_NOT_DELETED = "video_id <> ALL (ARRAY(SELECT id FROM videos WHERE deleted_at IS NOT NULL))"


class _Terms(NamedTuple):
    """An order in SQL: the sort key as it is returned, and the keys that are compared."""

    shown: str
    keys: tuple[str, ...]
    position: tuple[str, ...]


_MOMENT = ("video_id", "moment_id")
_TERMS = {
    MomentSort.SCORE: _Terms(
        "score",
        ("score", *_MOMENT),
        ("%(key)s::double precision", "%(after_video)s::integer", "%(after_moment)s::text"),
    ),
    MomentSort.RATING: _Terms(
        RATING,
        (RATING, *_MOMENT),
        ("%(key)s::integer", "%(after_video)s::integer", "%(after_moment)s::text"),
    ),
    MomentSort.DATE: _Terms(
        "added_at AT TIME ZONE 'UTC'",
        ("added_at", "video_id", FROM_START, "moment_id"),
        (
            "(%(key)s::timestamp AT TIME ZONE 'UTC')",
            "%(after_video)s::integer",
            "(- %(after_start)s::double precision)",
            "%(after_moment)s::text",
        ),
    ),
    MomentSort.TITLE: _Terms(
        "folded_title",
        ("folded_title", *_MOMENT),
        ("%(key)s::text", "%(after_video)s::integer", "%(after_moment)s::text"),
    ),
}

_COLUMNS = """
    video_id, moment_id, start_time, end_time, title, score, rating, is_kept, is_edited
"""
_PAGE = """
    WITH {candidates} page AS MATERIALIZED (
        SELECT {columns}, added_at, folded_title FROM {source}
        WHERE {conditions} ORDER BY {order} LIMIT {rows}
    )
    SELECT {shown}, {columns}, details, identifier, video_title, duration_seconds
    FROM page JOIN moment_details USING (video_id, moment_id)
        JOIN (SELECT id, identifier, title AS video_title, duration_seconds FROM videos) AS video
        ON id = video_id
    ORDER BY {order}
"""
_CANDIDATES = """
    candidates AS MATERIALIZED (SELECT * FROM moment_titles WHERE {condition}),
"""


@lru_cache
def _statement(
    sort: MomentSort, order: Order, conditions: tuple[str, ...], *, continues: bool, rows: int
) -> str:
    before, beyond = ("<", ">") if order is Order.ASCENDING else (">", "<")
    terms = _TERMS[sort]
    if continues:
        position = f"({', '.join(terms.keys)}) {beyond} ({', '.join(terms.position)})"
        conditions = (*conditions, position)
    # The moments of one video are few: reading them first is faster than any index of an order.
    one_video = _CONDITIONS["video_id"]
    is_one = one_video in conditions
    return _PAGE.format(
        candidates=_CANDIDATES.format(condition=one_video) if is_one else "",
        source="candidates" if is_one else "moment_titles",
        shown=terms.shown,
        columns=_COLUMNS,
        conditions=" AND ".join(condition for condition in conditions if condition != one_video),
        order=", ".join(f"{key} USING {before}" for key in terms.keys),
        rows=rows,
    )


class MomentPage(NamedTuple):
    rows: list[MomentRow]
    last: MomentCursor | None
    """Cursor of the next page; None on the last page."""


async def read_page(read_pool: ReadPool, query: MomentListQuery, *, limit: int) -> MomentPage:
    """Return at most `limit` moments."""
    statement = _statement(
        query.sort,
        query.order,
        query.filter.conditions(),
        continues=query.after is not None,
        rows=limit + 1,
    )
    parameters = query.filter.parameters()
    if query.after is not None:
        key, video_id, start_time, moment_id = query.after
        parameters |= {
            "key": key,
            "after_video": video_id,
            "after_start": start_time,
            "after_moment": moment_id,
        }
    rows = [MomentRow(*row) for row in await read_pool.rows(statement, parameters)]
    if len(rows) <= limit:
        return MomentPage(rows, None)
    last = rows[limit - 1]
    return MomentPage(
        rows[:limit], MomentCursor(last.sort_key, last.video_id, last.start_time, last.moment_id)
    )


async def count(read_pool: ReadPool, moment_filter: MomentFilter) -> int:
    """Return the number of moments that pass the filter."""
    conditions = " AND ".join(moment_filter.conditions())
    text = f"SELECT count(*) FROM moment_titles WHERE {conditions}"  # noqa: S608 - only the constants above
    ((found,),) = await read_pool.rows(text, moment_filter.parameters())
    return int(found)
