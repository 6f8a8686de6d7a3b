"""Keyset pagination of the table `videos` in several orders.

Each order has a sort key, with `id` as tie-breaker, and an index on the same expressions. A page starts after
the last row of the previous page, so every page costs the same, and changed rows shift no others.
"""

import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from app.database.models.video import DURATION, LAST_WATCHED_AT, NOT_DELETED, RECORDED_AT, SIZE
from app.database.read_pool import ReadPool
from app.repositories.video_filter import HAS_SPEECH, SPOKEN_LANGUAGE, VideoFilter

CHUNK_ROWS = 1000
"""Rows per query of a full list; bounds its memory and the time that it holds a connection."""


class Sort(StrEnum):
    CREATED_AT = "created_at"
    TITLE = "title"
    DURATION_SECONDS = "duration_seconds"
    ID = "id"
    RECORDED_AT = "recorded_at"
    SIZE_BYTES = "size_bytes"
    LAST_WATCHED_AT = "last_watched_at"


class Order(StrEnum):
    ASCENDING = "asc"
    DESCENDING = "desc"


Key: TypeAlias = str | float | datetime
"""A value of the sort key: for `created_at` a UTC time without a zone, for other times their SQL text."""


class KeysetCursor(NamedTuple):
    """The position of a row in an order."""

    key: Key
    id: int


@dataclass(frozen=True, slots=True)
class VideoListQuery:
    """Filter, order and start of a list."""

    sort: Sort = Sort.CREATED_AT
    order: Order = Order.DESCENDING
    filter: VideoFilter = field(default_factory=VideoFilter)
    after: KeysetCursor | None = None
    details: bool = False
    """Read the detail columns of `VideoRow` too."""


class VideoRow(NamedTuple):
    """One row of the list. The fields with a default are read only if the query asks for details."""

    identifier: str
    cloud_url: str
    source_url: str | None
    title: str | None
    duration_seconds: float | None
    created_at: datetime
    """UTC without a zone, which psycopg parses three times as fast as a time with a zone."""
    id: int
    sort_key: str | None
    """Sort key as text in the orders of `_SORT_KEYS`; None in the other orders."""
    file_size_kb: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    resolution: str | None = None
    frame_rate: float | None = None
    size_bytes: int | None = None
    recorded_at: datetime | None = None
    """UTC without a zone."""
    channel: str | None = None
    relative_path: str | None = None
    tags: Sequence[str] = ()
    is_favorite: bool = False
    watch_position: float | None = None
    last_watched_at: datetime | None = None
    """UTC without a zone."""
    verification_error: str | None = None
    spoken_language: str | None = None
    """Set by the user, or that of the transcript."""
    has_speech: bool | None = None
    """None without an indexed transcript."""


_COLUMNS = """
    identifier, cloud_url, source_url, title, duration_seconds, created_at AT TIME ZONE 'UTC', id, {sort_key}
"""
_DETAILS = """, file_size_kb, video_codec, audio_codec, resolution, frame_rate, size_bytes,
    recorded_at AT TIME ZONE 'UTC', channel, relative_path, tags, is_favorite, watch_position,
    last_watched_at AT TIME ZONE 'UTC', verification_error, {spoken_language}, {has_speech}
"""


class _Terms(NamedTuple):
    """An order in SQL; `{before}` and `{beyond}` become < and >, or > and <."""

    order: str
    beyond_position: str


_TERMS = {
    Sort.CREATED_AT: _Terms(
        "created_at USING {before}, id USING {before}",
        "(created_at, id) {beyond} (%(key)s AT TIME ZONE 'UTC', %(id)s)",
    ),
    Sort.TITLE: _Terms(
        "title_key USING {before}, id USING {before}",
        "(title_key, id) {beyond} (%(key)s, %(id)s)",
    ),
    Sort.DURATION_SECONDS: _Terms(
        f"{DURATION} USING {{before}}, id USING {{before}}",
        f"({DURATION}, id) {{beyond}} (%(key)s, %(id)s)",
    ),
    Sort.RECORDED_AT: _Terms(
        f"{RECORDED_AT} USING {{before}}, id USING {{before}}",
        f"({RECORDED_AT}, id) {{beyond}} (%(key)s::timestamp with time zone, %(id)s)",
    ),
    Sort.SIZE_BYTES: _Terms(
        f"{SIZE} USING {{before}}, id USING {{before}}",
        f"({SIZE}, id) {{beyond}} (%(key)s::bigint, %(id)s)",
    ),
    Sort.LAST_WATCHED_AT: _Terms(
        f"{LAST_WATCHED_AT} USING {{before}}, id USING {{before}}",
        f"({LAST_WATCHED_AT}, id) {{beyond}} (%(key)s::timestamp with time zone, %(id)s)",
    ),
    # These operators compare bytes. Identifiers are unique and need no tie-breaker.
    Sort.ID: _Terms("identifier USING ~{before}~", "identifier ~{beyond}~ %(key)s"),
}


_SORT_KEYS = {
    Sort.TITLE: "title_key",
    Sort.RECORDED_AT: f"({RECORDED_AT})::text",
    Sort.SIZE_BYTES: f"({SIZE})::text",
    Sort.LAST_WATCHED_AT: f"({LAST_WATCHED_AT})::text",
}


@lru_cache
def statement(
    sort: Sort,
    order: Order,
    *,
    conditions: tuple[str, ...] = (),
    continues: bool,
    rows: int,
    details: bool = False,
    is_chosen: bool = False,
) -> str:
    """Return the query of one page. `rows` is a literal, because a known LIMIT improves the plan.

    Args:
        is_chosen: read and sort only the rows of the parameter `chosen` instead of following an index.
    """
    before, beyond = ("<", ">") if order is Order.ASCENDING else (">", "<")
    terms = _TERMS[sort]
    position = (terms.beyond_position.format(beyond=beyond),) if continues else ()
    columns = _COLUMNS.format(sort_key=_SORT_KEYS.get(sort, "NULL"))
    columns += _DETAILS.format(spoken_language=SPOKEN_LANGUAGE, has_speech=HAS_SPEECH) if details else ""
    where = _where((*position, *conditions))
    start, source = (_CHOSEN, "chosen AS videos") if is_chosen else ("", "videos")
    by = terms.order.format(before=before)
    return f"{start} SELECT {columns} FROM {source} {where} ORDER BY {by} LIMIT {rows}"  # noqa: S608 - only the constants above


_CHOSEN = "WITH chosen AS MATERIALIZED (SELECT * FROM videos WHERE id = ANY(%(chosen)s::integer[]))"
MAX_CHOSEN = 300
"""Videos of a rare tag that are sorted; of a frequent tag, an index of the order soon finds a page."""
_TAGGED = f"SELECT id FROM videos WHERE tags @> %(tags)s::text[] AND {NOT_DELETED} LIMIT {MAX_CHOSEN + 1}"  # noqa: S608 - only the constants above


async def _find_rare(read_pool: ReadPool, video_filter: VideoFilter) -> list[int] | None:
    """Return `videos.id` of the videos with all tags of the filter; None if they are many, or without tags.

    Following the index of an order would read the whole table for a tag of a few videos.
    """
    if not video_filter.tags:
        return None
    found = [row_id for (row_id,) in await read_pool.rows(_TAGGED, {"tags": list(video_filter.tags)})]
    return found if len(found) <= MAX_CHOSEN else None


def _where(conditions: tuple[str, ...]) -> str:
    return f"WHERE {' AND '.join((*conditions, NOT_DELETED))}"


def position(row: VideoRow, sort: Sort) -> KeysetCursor:
    """Return the position of `row` in an order."""
    key: Key
    if sort is Sort.CREATED_AT:
        key = row.created_at
    elif sort is Sort.DURATION_SECONDS:
        key = -math.inf if row.duration_seconds is None else row.duration_seconds
    else:
        key = row.identifier if row.sort_key is None else row.sort_key
    return KeysetCursor(key, row.id)


class Page(NamedTuple):
    rows: list[tuple[Any, ...]]
    """Fields of `VideoRow` as plain tuples, without those with a default unless details were requested."""
    last: KeysetCursor | None
    """Cursor of the next page; None on the last page."""


async def read_page(read_pool: ReadPool, query: VideoListQuery, *, limit: int) -> Page:
    parameters = query.filter.parameters()
    if query.after is not None:
        parameters |= query.after._asdict()
    parameters["chosen"] = chosen = await _find_rare(read_pool, query.filter)
    text = statement(
        query.sort,
        query.order,
        conditions=query.filter.conditions(),
        continues=query.after is not None,
        rows=limit + 1,
        details=query.details,
        is_chosen=chosen is not None,
    )
    rows = await read_pool.rows(text, parameters)
    if len(rows) <= limit:
        return Page(rows, None)
    rows.pop()
    return Page(rows, position(VideoRow(*rows[-1]), query.sort))


async def count(read_pool: ReadPool, video_filter: VideoFilter) -> int:
    text = f"SELECT count(*) FROM videos {_where(video_filter.conditions())}"  # noqa: S608 - only the constants above
    ((found,),) = await read_pool.rows(text, video_filter.parameters())
    return int(found)


async def read_all(read_pool: ReadPool, query: VideoListQuery) -> AsyncIterator[Page]:
    """Yield all rows in at least one page, without holding a connection between pages."""
    while True:
        page = await read_page(read_pool, query, limit=CHUNK_ROWS)
        yield page
        if page.last is None:
            return
        query = replace(query, after=page.last)
