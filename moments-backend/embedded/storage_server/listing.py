"""Pages of objects in name order.

https://cloud.google.com/storage/docs/json_api/v1/objects/list
"""

from collections.abc import Sequence
from dataclasses import dataclass

from embedded.storage_server.index import Index
from embedded.storage_server.resources import Object

MAX_PAGE = 1000
_FIRST_SURROGATE, _LAST_SURROGATE, _LAST_CHARACTER = 0xD800, 0xDFFF, 0x10FFFF


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions and position of a page.

    Attributes:
        start, end: `startOffset` (inclusive) and `endOffset` (exclusive).
        token: `next_token` of the previous page, the first name that may be on this one.
        with_delimiter_objects: list objects whose name ends with their prefix, beside that prefix.
    """

    prefix: str = ""
    delimiter: str = ""
    start: str = ""
    end: str = ""
    token: str = ""
    limit: int = MAX_PAGE
    with_delimiter_objects: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing; `next_token` is None on the last page."""

    objects: Sequence[Object]
    prefixes: Sequence[str]
    next_token: str | None


def list_page(index: Index, bucket: str, query: Query) -> Page:
    """Return a page of a bucket; names that share a part up to the delimiter become one prefix.

    The entries of a page skip over the names below a prefix, so that their number costs nothing.
    """
    lower: str | None = max(query.prefix, query.start, query.token)
    upper = min((bound for bound in (_successor(query.prefix), query.end) if bound), default=None)
    objects: list[Object] = []
    prefixes: list[str] = []
    while lower is not None:
        batch = index.list_objects(bucket, start=lower, end=upper, limit=query.limit + 1)
        for found in batch:
            if lower is None or found.name < lower:
                continue  # below a prefix already listed
            if len(objects) + len(prefixes) >= query.limit:
                return Page(objects, prefixes, lower)
            cut = found.name.find(query.delimiter, len(query.prefix)) if query.delimiter else -1
            end = cut + len(query.delimiter)
            if cut < 0:
                objects.append(found)
                lower = found.name + "\0"
            else:
                prefixes.append(found.name[:end])
                if query.with_delimiter_objects and found.name == prefixes[-1]:
                    objects.append(found)
                lower = _successor(prefixes[-1])
        if len(batch) <= query.limit:
            break
    return Page(objects, prefixes, None)


def _successor(prefix: str) -> str | None:
    """Return the first name after all those with this prefix; None if none exists."""
    for position in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[position]) + 1
        if _FIRST_SURROGATE <= code <= _LAST_SURROGATE:
            code = _LAST_SURROGATE + 1
        if code <= _LAST_CHARACTER:
            return prefix[:position] + chr(code)
    return None
