"""Playback position of a video."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.models.schemas import IsoTime

MAX_POSITION = 10**8
"""Seconds; three years."""


class WatchProgressUpdate(BaseModel):
    """Position at which playback ended."""

    model_config = ConfigDict(extra="forbid")

    position: Annotated[float, Field(ge=0, le=MAX_POSITION, allow_inf_nan=False)] | None = Field(
        description="Seconds from the start; null forgets that the video was played."
    )


class WatchProgress(BaseModel):
    """Playback position of a video."""

    watch_position: float | None = Field(
        description="Seconds at which playback was left; null: not started, or watched to the end."
    )
    last_watched_at: IsoTime | None = Field(description="Time of the last playback; null: never.")
