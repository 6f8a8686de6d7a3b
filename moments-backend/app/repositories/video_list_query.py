"""Keyset pagination of the table `videos` in several orders.

Each order has a sort key, with `id` as tie-breaker, and an index on the same expressions. A page starts after
the last row of the previous page, so every page costs the same, and changed rows shift no others.
"""

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from app.database.models.video import DURATION, RECORDED_AT, SHOWN_TITLE
from app.database.read_pool import ReadPool

CHUNK_ROWS = 1000
"""Rows per query of a full list; bounds its memory and the time that it holds a connection."""


class Sort(StrEnum):
    CREATED_AT = "created_at"
    TITLE = "title"
    DURATION_SECONDS = "duration_seconds"
    ID = "id"
    RECORDED_AT = "recorded_at"


class Order(StrEnum):
    ASCENDING = "asc"
    DESCENDING = "desc"


Key: TypeAlias = str | float | datetime
"""A value of the sort key: for `created_at`, a UTC time without a zone; for `recorded_at`, its SQL text."""


class KeysetCursor(NamedTuple):
    """The position of a row in an order."""

    key: Key
    id: int


class Quality(StrEnum):
    """Resolution classes by the smaller side: below 720, 1080 and 2160 pixels, and above."""

    SD = "sd"
    HD = "hd"
    FULL_HD = "fullhd"
    UHD = "uhd"


class Source(StrEnum):
    LINK = "link"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class VideoFilter:
    """Conditions on rows; None means no condition."""

    containing: str | None = None
    """Case-insensitive text in the identifier, the displayed title or the source URL."""
    min_duration: float | None = None
    max_duration: float | None = None
    quality: Quality | None = None
    source: Source | None = None
    among: tuple[str, ...] | None = None
    """Identifiers to include."""
    except_for: tuple[str, ...] | None = None
    """Identifiers to exclude."""
    channel: str | None = None
    folder: str | None = None
    """Folder of the original; includes the folders below it."""
    recorded_from: datetime | None = None
    """Earliest recording time, inclusive."""
    recorded_before: datetime | None = None
    """Latest recording time, exclusive."""

    def conditions(self) -> tuple[str, ...]:
        """Return the SQL conditions, whose values are `parameters()`."""
        conditions = {name: text for name, text in _CONDITIONS.items() if getattr(self, name) is not None}
        if self.containing is not None and not self.containing.isascii():
            conditions["containing"] = _CONTAINING_NON_ASCII
        return tuple(conditions.values())

    def parameters(self) -> dict[str, Any]:
        lowest, highest = _LINES.get(self.quality, (None, None))
        return {
            "containing": self.containing,
            "min_duration": self.min_duration,
            "max_duration": self.max_duration,
            "min_lines": lowest,
            "max_lines": highest,
            "source": None if self.source is None else self.source.value,
            "among": None if self.among is None else list(self.among),
            "except_for": None if self.except_for is None else list(self.except_for),
            "channel": self.channel,
            "folder": self.folder,
            "recorded_from": self.recorded_from,
            "recorded_before": self.recorded_before,
        }


@dataclass(frozen=True, slots=True)
class VideoListQuery:
    """Filter, order and start of a list."""

    sort: Sort = Sort.CREATED_AT
    order: Order = Order.DESCENDING
    filter: VideoFilter = VideoFilter()
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
    """Sort key as text in the orders by title and recording time; None in the other orders."""
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


_COLUMNS = """
    identifier, cloud_url, source_url, title, duration_seconds, created_at AT TIME ZONE 'UTC', id, {sort_key}
"""
_DETAILS = """, file_size_kb, video_codec, audio_codec, resolution, frame_rate, size_bytes,
    recorded_at AT TIME ZONE 'UTC', channel, relative_path
"""
_CONTAINING = f"""
    (strpos(lower(identifier), lower(%(containing)s::text)) > 0
     OR strpos({SHOWN_TITLE}, lower(%(containing)s::text)) > 0
     OR strpos(lower(source_url), lower(%(containing)s::text)) > 0)
"""
_CONTAINING_NON_ASCII = f"""
    (strpos(normalize(lower(identifier), NFC), normalize(lower(%(containing)s::text), NFC)) > 0
     OR strpos(normalize({SHOWN_TITLE}, NFC), normalize(lower(%(containing)s::text), NFC)) > 0
     OR strpos(lower(source_url), lower(%(containing)s::text)) > 0)
"""
"""Finds composed characters by decomposed ones and the reverse: macOS decomposes file names. A search for
ASCII text needs no normalisation, which takes several times as long."""


_SMALLER_SIDE = """
    CASE WHEN resolution ~ '^[0-9]{1,6}x[0-9]{1,6}$'
    THEN least(split_part(resolution, 'x', 1)::int, split_part(resolution, 'x', 2)::int) END
"""
_LINES: dict[Quality | None, tuple[int, int]] = {
    Quality.SD: (0, 719),
    Quality.HD: (720, 1079),
    Quality.FULL_HD: (1080, 2159),
    Quality.UHD: (2160, 10**6),
}
_CONDITIONS = {
    "containing": _CONTAINING,
    "min_duration": "duration_seconds >= %(min_duration)s",
    "max_duration": "duration_seconds <= %(max_duration)s",
    "quality": f"{_SMALLER_SIDE} BETWEEN %(min_lines)s AND %(max_lines)s",
    "source": "(source_url IS NOT NULL) = (%(source)s::text = 'link')",
    "among": "identifier = ANY(%(among)s::text[])",
    "except_for": "identifier <> ALL(%(except_for)s::text[])",
    "channel": "channel = %(channel)s",
    "folder": "starts_with(relative_path, %(folder)s::text || '/')",
    "recorded_from": "recorded_at >= %(recorded_from)s",
    "recorded_before": "recorded_at < %(recorded_before)s",
}
"""SQL conditions by field of `VideoFilter`."""


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
        f"{SHOWN_TITLE} USING {{before}}, id USING {{before}}",
        f"({SHOWN_TITLE}, id) {{beyond}} (%(key)s, %(id)s)",
    ),
    Sort.DURATION_SECONDS: _Terms(
        f"{DURATION} USING {{before}}, id USING {{before}}",
        f"({DURATION}, id) {{beyond}} (%(key)s, %(id)s)",
    ),
    Sort.RECORDED_AT: _Terms(
        f"{RECORDED_AT} USING {{before}}, id USING {{before}}",
        f"({RECORDED_AT}, id) {{beyond}} (%(key)s::timestamp with time zone, %(id)s)",
    ),
    # These operators compare bytes. Identifiers are unique and need no tie-breaker.
    Sort.ID: _Terms("identifier USING ~{before}~", "identifier ~{beyond}~ %(key)s"),
}


_SORT_KEYS = {Sort.TITLE: SHOWN_TITLE, Sort.RECORDED_AT: f"({RECORDED_AT})::text"}


@lru_cache
def statement(
    sort: Sort,
    order: Order,
    *,
    conditions: tuple[str, ...] = (),
    continues: bool,
    rows: int,
    details: bool = False,
) -> str:
    """Return the query of one page. `rows` is a literal, because a known LIMIT improves the plan."""
    before, beyond = ("<", ">") if order is Order.ASCENDING else (">", "<")
    terms = _TERMS[sort]
    position = (terms.beyond_position.format(beyond=beyond),) if continues else ()
    columns = _COLUMNS.format(sort_key=_SORT_KEYS.get(sort, "NULL"))
    columns += _DETAILS if details else ""
    where = _where((*position, *conditions))
    return f"SELECT {columns} FROM videos {where} ORDER BY {terms.order.format(before=before)} LIMIT {rows}"  # noqa: S608 - only the constants above


def _where(conditions: tuple[str, ...]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


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
    text = statement(
        query.sort,
        query.order,
        conditions=query.filter.conditions(),
        continues=query.after is not None,
        rows=limit + 1,
        details=query.details,
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


class Facet(NamedTuple):
    """A value that videos share, and the number of these videos."""

    value: str
    videos: int


_CHANNELS = """
    SELECT channel, count(*) FROM videos WHERE channel IS NOT NULL
    GROUP BY channel ORDER BY lower(channel), channel
"""
_FOLDERS = """
    SELECT folder, count(*) FROM
        (SELECT regexp_replace(relative_path, '/[^/]*$', '') AS folder FROM videos
         WHERE strpos(relative_path, '/') > 0) AS nested
    GROUP BY folder ORDER BY folder
"""


async def read_facets(read_pool: ReadPool) -> tuple[list[Facet], list[Facet]]:
    """Return the channels and the folders of all videos, each with its number of videos."""
    channels = await read_pool.rows(_CHANNELS, {})
    folders = await read_pool.rows(_FOLDERS, {})
    return [Facet(*row) for row in channels], [Facet(*row) for row in folders]


async def read_all(read_pool: ReadPool, query: VideoListQuery) -> AsyncIterator[Page]:
    """Yield all rows in at least one page, without holding a connection between pages."""
    while True:
        page = await read_page(read_pool, query, limit=CHUNK_ROWS)
        yield page
        if page.last is None:
            return
        query = replace(query, after=page.last)
