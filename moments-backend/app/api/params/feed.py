"""Query parameters of the feed."""

from typing import Annotated

from pydantic import Field

from app.api.params.video_list import VideoSelectionParams

MAX_ITEMS = 500


class FeedParams(VideoSelectionParams):
    """Filters and order of the list, or a saved view in place of them."""

    view: Annotated[
        str | None,
        Field(
            pattern="^[0-9a-f]{32}$",
            description="Id of a saved view, whose filters and order replace those of this address.",
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_ITEMS, description="Videos in the feed.")] = 100
