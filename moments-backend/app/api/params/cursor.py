"""Cursors of keyset pagination: the sort key of the last row, as base64url of a JSON array."""

import base64
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from starlette.requests import Request

from app.models.text import ensure_storable

INVALID_CURSOR = "invalid cursor"


def encode_values(*values: str | int) -> str:
    """Return the values as text for a URL."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode("ascii").rstrip("=")


def decode_values(cursor: str, *types: type[str | int]) -> list[Any]:
    """Return the values of a cursor.

    Args:
        types: the exact type of each value.

    Raises:
        ValueError: the cursor is damaged, or belongs to another list.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, b"-_", validate=True))
    except ValueError:
        raise ValueError(INVALID_CURSOR) from None
    if not isinstance(values, list) or [type(value) for value in values] != list(types):
        raise ValueError(INVALID_CURSOR)
    return values


def next_link(request: Request, cursor: str) -> str:
    """Return the `Link` header (RFC 8288) of the next page; relative, so it is valid behind any proxy."""
    others = [item for item in request.query_params.multi_items() if item[0] != "cursor"]
    return f'<{quote(request.scope["path"])}?{urlencode([*others, ("cursor", cursor)])}>; rel="next"'


def decode_created_at(cursor: str) -> tuple[datetime, str]:
    """Return the creation time and the id of the last row of a page.

    Raises:
        ValueError: the cursor is damaged.
    """
    text, row_id = decode_values(cursor, str, str)
    try:
        created_at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(INVALID_CURSOR) from None
    if created_at.tzinfo is None:
        raise ValueError(INVALID_CURSOR)
    return created_at, ensure_storable(row_id)


def validate_created_at(cursor: str) -> str:
    """Return a cursor that `decode_created_at` accepts; raise ValueError otherwise."""
    decode_created_at(cursor)
    return cursor
