"""Query parameters of the search."""

import math
from typing import Annotated

from pydantic import AfterValidator, Field
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.api.params.video_filters import VideoFilterParams
from app.models.search import MAX_QUERY, HitKind, SearchMode
from app.models.text import NoNulStr
from app.services.search.request import HitPosition, SearchRequest

MAX_LIMIT = 100
MAX_SERIAL = 2**31 - 1


def decode_position(cursor: str) -> HitPosition:
    """Return the position of the last hit of the previous page.

    Raises:
        ValueError: the cursor is damaged.
    """
    score, video, kind, number = cursors.decode_values(cursor, str, int, str, int)
    try:
        position = HitPosition(float(score), video, HitKind(kind), number)
    except ValueError:
        raise ValueError(cursors.INVALID_CURSOR) from None
    if not (math.isfinite(position.score) and 0 <= video <= MAX_SERIAL and 0 <= number <= MAX_SERIAL):
        raise ValueError(cursors.INVALID_CURSOR)
    return position


def _validated(cursor: str) -> str:
    decode_position(cursor)
    return cursor


class SearchParams(VideoFilterParams):
    """Query, filters and page of a search."""

    q: Annotated[
        NoNulStr,
        Field(
            max_length=MAX_QUERY,
            description='Words in any order, `"exact phrases"` and `-excluded` words, or a question.',
        ),
    ]
    mode: Annotated[
        SearchMode,
        Field(description="`auto`: by words first and by meaning second; or only one of them."),
    ] = SearchMode.AUTO
    video_id: Annotated[
        NoNulStr | None, Field(description="Search one video only, and list all of its hits.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Hits per page.")] = 20
    cursor: Annotated[
        Annotated[str, AfterValidator(_validated)] | None,
        Field(description="Cursor from the `Link` header of the previous page; keep all other parameters."),
    ] = None

    def to_request(self) -> SearchRequest:
        return SearchRequest(
            query=self.q,
            mode=self.mode,
            video_id=self.video_id,
            filter=self.to_filter(),
            local=self.local_conditions(),
            limit=self.limit,
            after=None if self.cursor is None else decode_position(self.cursor),
        )

    def next_link(self, position: HitPosition, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        score, video, kind, number = position
        return cursors.next_link(request, cursors.encode_values(repr(score), video, kind.value, number))
