"""Query parameters of the videos that a subscription found."""

from typing import Annotated

from pydantic import Field

from app.api.params.timed_page import TimedPageParams
from app.models.subscription import ItemState


class SubscriptionItemParams(TimedPageParams):
    """Filter and page of the videos that a subscription found."""

    limit: Annotated[int, Field(ge=1, le=200, description="Videos per page.")] = 50
    state: Annotated[ItemState | None, Field(description="Filter by state.")] = None
