"""Query parameters of the delivery log of a webhook."""

from typing import Annotated

from pydantic import Field

from app.api.params.timed_page import TimedPageParams


class DeliveryListParams(TimedPageParams):
    """Page of the delivery log."""

    limit: Annotated[int, Field(ge=1, le=200, description="Deliveries per page.")] = 50
