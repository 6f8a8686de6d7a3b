"""Reads the table `videos` in any of its orders, a page at a time.

Every order is a total one: its key, then `id`. A page begins after the last row of the one before (keyset
pagination), so any page costs what the first one costs, and a row that comes or goes shifts none of the
others. Each order has its index; the expressions here and in the model are the same text.
"""

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from app.database.models.video import DURATION, SHOWN_TITLE
from app.database.reader import Reader

CHUNK_ROWS = 1000
"""Rows of one query of a long list: what a list costs in memory, and how long it holds a connection."""


class Sort(StrEnum):
    CREATED_AT = "created_at"
    TITLE = "title"
    DURATION_SECONDS = "duration_seconds"
    ID = "id"


class Order(StrEnum):
    ASCENDING = "asc"
    DESCENDING = "desc"


Key: TypeAlias = str | float | datetime
"""A value of the sort key: for `created_at`, a time in UTC without a zone."""


class Position(NamedTuple):
    """A row's place in an order."""

    key: Key
    id: int


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which rows, in which order, after which one."""

    sort: Sort = Sort.CREATED_AT
    order: Order = Order.DESCENDING
    containing: str | None = None
    """A text that the identifier, the shown title or the source address contains, in any case."""
    after: Position | None = None


class Row(NamedTuple):
    """One row as the list needs it."""

    identifier: str
    cloud_url: str
    source_url: str | None
    title: str | None
    duration_seconds: float | None
    created_at: datetime
    """In UTC, without a zone: three times as fast to read as one with a zone."""
    id: int
    title_key: str | None
    """What the row is sorted by in the order of titles."""


_COLUMNS = """
    identifier, cloud_url, source_url, title, duration_seconds, created_at AT TIME ZONE 'UTC', id, {title_key}
"""
_CONTAINING = f"""
    (strpos(lower(identifier), lower(%(containing)s::text)) > 0
     OR strpos({SHOWN_TITLE}, lower(%(containing)s::text)) > 0
     OR strpos(lower(source_url), lower(%(containing)s::text)) > 0)
"""


class _Terms(NamedTuple):
    """An order in SQL: `{before}` and `{beyond}` stand for < and >, or for > and <."""

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
    # These operators compare bytes. Identifiers are unique: no second key is needed.
    Sort.ID: _Terms("identifier USING ~{before}~", "identifier ~{beyond}~ %(key)s"),
}


@lru_cache
def statement(sort: Sort, order: Order, *, contains: bool, continues: bool, rows: int) -> str:
    """The query of one page. `rows` is written out: a LIMIT that is known is planned better."""
    before, beyond = ("<", ">") if order is Order.ASCENDING else (">", "<")
    terms = _TERMS[sort]
    conditions = [
        *([terms.beyond_position.format(beyond=beyond)] if continues else []),
        *([_CONTAINING] if contains else []),
    ]
    columns = _COLUMNS.format(title_key=SHOWN_TITLE if sort is Sort.TITLE else "NULL")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {columns} FROM videos {where} ORDER BY {terms.order.format(before=before)} LIMIT {rows}"  # noqa: S608 - of the texts above alone


def position(row: Row, sort: Sort) -> Position:
    """Where `row` stands in an order."""
    key: Key
    if sort is Sort.CREATED_AT:
        key = row.created_at
    elif sort is Sort.DURATION_SECONDS:
        key = -math.inf if row.duration_seconds is None else row.duration_seconds
    else:
        key = row.identifier if row.title_key is None else row.title_key
    return Position(key, row.id)


class Page(NamedTuple):
    rows: list[Row]
    """Plain tuples in the form of `Row`."""
    last: Position | None
    """The position to go on from; None when these are the last rows."""


async def read_page(reader: Reader, query: ListQuery, *, limit: int) -> Page:
    """At most `limit` rows, in one statement."""
    parameters = {"containing": query.containing}
    if query.after is not None:
        parameters |= query.after._asdict()
    text = statement(
        query.sort,
        query.order,
        contains=query.containing is not None,
        continues=query.after is not None,
        rows=limit + 1,
    )
    rows: list[Row] = await reader.rows(text, parameters)
    if len(rows) <= limit:
        return Page(rows, None)
    rows.pop()
    return Page(rows, position(Row._make(rows[-1]), query.sort))


async def read_all(reader: Reader, query: ListQuery) -> AsyncIterator[Page]:
    """Every row, in at least one page. Nothing is held in the database between two of them."""
    while True:
        page = await read_page(reader, query, limit=CHUNK_ROWS)
        yield page
        if page.last is None:
            return
        query = replace(query, after=page.last)
