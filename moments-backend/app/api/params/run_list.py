"""The query parameters of the list of runs, and its cursor."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

import orjson
from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from app.models.pipeline import ACTIVE
from app.models.text import NoNulStr, ensure_storable
from app.services.pipeline.run_reader import RunCursor

MAX_LIMIT = 200

RunFilter = Literal["active", "completed", "failed", "cancelled"]


def decode_cursor(cursor: str) -> RunCursor:
    """A run's place in the list.

    Raises:
        ValueError: it is damaged.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text, request_id = orjson.loads(base64.b64decode(padded, b"-_", validate=True))
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError, binascii.Error):
        raise ValueError("not a cursor of this list") from None
    if moment.tzinfo is None or not isinstance(request_id, str):
        raise ValueError("not a cursor of this list")
    return moment, ensure_storable(request_id)


def encode_cursor(place: RunCursor) -> str:
    """A place as text that fits into a URL."""
    moment, request_id = place
    content = orjson.dumps([moment.isoformat(), request_id])
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def _readable(cursor: str) -> str:
    decode_cursor(cursor)
    return cursor


Cursor = Annotated[str, AfterValidator(_readable)]


class RunListParams(BaseModel):
    """Which of the runs."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Runs in one answer.")] = 50
    status: Annotated[
        list[RunFilter], Field(description="`active`: queued or at work. Several may be named.")
    ] = []
    video_id: Annotated[NoNulStr | None, Field(description="Of this video alone.")] = None
    cursor: Annotated[Cursor | None, Field(description="From the `Link` of the page before.")] = None

    def to_query(self) -> dict[str, Any]:
        """As `Watching.page` takes it."""
        statuses = {name for chosen in self.status for name in (ACTIVE if chosen == "active" else {chosen})}
        return {
            "limit": self.limit,
            "statuses": statuses,
            "video_id": self.video_id,
            "after": None if self.cursor is None else decode_cursor(self.cursor),
        }

    def next_link(self, place: RunCursor, request: Request) -> str:
        """The `Link` header (RFC 8288) to the page after this one; relative, so it holds behind any proxy."""
        others = [item for item in request.query_params.multi_items() if item[0] != "cursor"]
        query = urlencode([*others, ("cursor", encode_cursor(place))])
        return f'<{quote(request.scope["path"])}?{query}>; rel="next"'
