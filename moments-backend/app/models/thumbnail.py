"""Bodies of the thumbnail's endpoints."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ThumbnailSource = Literal["automatic", "site", "user"]
"""`site`: the site's picture of a downloaded video. `user`: chosen or uploaded by a user."""


class ThumbnailTime(BaseModel):
    """Choice of a frame as the thumbnail."""

    model_config = ConfigDict(extra="forbid")

    at_seconds: float = Field(
        ge=0, le=10_000_000, allow_inf_nan=False, description="Position in the video, as the player shows it."
    )


class Thumbnail(BaseModel):
    """A video's thumbnail after a change."""

    thumbnail_url: str = Field(description="URL with a version that changes with the picture.")
    source: ThumbnailSource
