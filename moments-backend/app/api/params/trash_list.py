"""Query parameters of the list of the trash."""

from typing import Annotated

from pydantic import Field

from app.api.params.timed_page import TimedPageParams

MAX_LIMIT = 1000


class TrashListParams(TimedPageParams):
    """Page of the trash."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Videos per page.")] = 100
