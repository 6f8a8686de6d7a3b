"""Source of a player: the original, or the copy that browsers can decode."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PlaybackState = Literal["ready", "queued", "processing", "failed"]
StoredPlaybackState = Literal["original", "needed", "ready", "failed"]
"""Values of `videos.playback_state`."""


class Playback(BaseModel):
    """The source of a player, and the state of the copy."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    source: Literal["original", "copy"] = Field(description="`copy` if browsers cannot play the original.")
    state: PlaybackState = Field(
        description="`ready` at once for the original. `failed`: no copy exists and none is being made."
    )
    percent: float = Field(default=100.0, ge=0, le=100, description="Progress of the copy.")
    reason: str | None = Field(default=None, description="Why a copy is needed, or why it could not be made.")
    url: str = Field(description="URL path of the bytes to play; 409 while the copy is being made.")
