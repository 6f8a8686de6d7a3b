"""Schemas of the trash."""

from pydantic import BaseModel, ConfigDict, Field

from app.models.schemas import IsoTime

_RESPONSE = ConfigDict(json_schema_serialization_defaults_required=True)


class TrashedVideo(BaseModel):
    """A video in the trash."""

    model_config = _RESPONSE

    id: str = Field(description="The identifier.")
    title: str = Field(description="The video's own title, or one derived from the identifier.")
    filename: str
    thumbnail_url: str
    duration_seconds: float | None = None
    size_bytes: int | None = Field(default=None, description="Bytes of the original.")
    resolution: str | None = None
    is_local: bool = Field(description="The original is in the local folder, too.")
    created_at: IsoTime
    deleted_at: IsoTime
    purges_at: IsoTime = Field(description="When the video is deleted for good, if it is not restored.")
    days_left: int = Field(description="Whole days until then.")


class TrashPage(BaseModel):
    """A page of the trash."""

    model_config = _RESPONSE

    videos: list[TrashedVideo] = Field(description="The last deleted one first.")
    total: int = Field(description="Number of videos on all pages.")
    size_bytes: int = Field(description="Bytes of their originals.")
    days: int = Field(description="Days after which a video is deleted for good: `TRASH_DAYS`.")
    as_of: IsoTime = Field(description="Time of this answer, for `before` of `DELETE /api/trash`.")
