"""An upload, as it is shown."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.models.pipeline import RunError
from app.models.schemas import IsoTime

UploadStatus = Literal["receiving", "registering", "completed", "failed"]


class Upload(BaseModel):
    """A file that a client sends, or has sent."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str = Field(description="The last part of the upload's own address.")
    filename: str = Field(description="As the client calls it.")
    size: int = Field(description="Bytes.")
    offset: int = Field(description="Bytes that have arrived.")
    status: UploadStatus = Field(description="`registering`: it is whole, and is brought into the library.")
    percent: float = Field(default=0.0, ge=0, le=100, description="Of registering.")
    bytes_done: int | None = Field(default=None, description="Sent to the bucket while it is registered.")
    bytes_total: int | None = Field(default=None, description="To be sent to the bucket.")
    video_id: str | None = Field(default=None, description="The video's id, once it is known.")
    is_duplicate: bool = Field(default=False, description="Whether the library had the very same bytes.")
    request_id: str | None = Field(default=None, description="Of the run that looks for moments.")
    error: RunError | None = Field(default=None, description="Why it failed.")
    created_at: IsoTime
    expires_at: IsoTime | None = Field(
        default=None, description="When it is forgotten, with bytes that are no video's yet."
    )
