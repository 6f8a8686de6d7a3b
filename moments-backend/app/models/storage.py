"""Bytes of videos: where they are, and the results of moving them."""

from typing import Literal

from pydantic import BaseModel, Field

Location = Literal["local", "bucket", "both"]


class TransferResult(BaseModel):
    """Where the bytes of a video are after `offload` or `fetch`."""

    id: str = Field(description="The video's identifier.")
    location: Location
    path: str | None = Field(description="Path of the local original below the folder of videos.")
    size_bytes: int
    freed_bytes: int = Field(description="Bytes that offloading freed on this machine's disk.")
    changed: bool = Field(description="False if the bytes were in the right place already.")
