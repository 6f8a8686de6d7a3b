"""The public state of an upload."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.models.pipeline import RunError
from app.models.schemas import IsoTime

UploadStatus = Literal["receiving", "registering", "completed", "failed"]


class Upload(BaseModel):
    """A resumable upload, in progress or finished."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str = Field(description="Last path segment of the upload's URL.")
    filename: str = Field(description="File name given by the client.")
    folder: str = Field(default="", description="Folder given by the client, kept in the library.")
    size: int = Field(description="Total bytes.")
    offset: int = Field(description="Bytes received.")
    status: UploadStatus = Field(
        description="`registering`: all bytes received; the file is being added to the library."
    )
    percent: float = Field(default=0.0, ge=0, le=100, description="Progress of `registering`.")
    bytes_done: int | None = Field(default=None, description="Bytes copied to the bucket.")
    bytes_total: int | None = Field(default=None, description="Bytes to copy to the bucket.")
    video_id: str | None = Field(default=None, description="The video's id, once assigned.")
    is_duplicate: bool = Field(default=False, description="The library already had identical content.")
    is_restored: bool = Field(
        default=False, description="The identical video was in the trash, and was taken out of it."
    )
    request_id: str | None = Field(default=None, description="Id of the run that finds moments.")
    error: RunError | None = Field(default=None, description="Reason for the failure.")
    created_at: IsoTime
    expires_at: IsoTime | None = Field(
        default=None, description="Time when the upload and its unregistered bytes are deleted."
    )
