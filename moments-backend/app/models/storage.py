"""Bytes of videos: where they are, and the results of moving them."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

Location = Literal["local", "bucket", "both"]


class TransferResult(BaseModel):
    """Location of the bytes of a video after `offload` or `fetch`."""

    id: str = Field(description="The video's identifier.")
    location: Location
    path: str | None = Field(description="Path of the local original below the folder of videos.")
    size_bytes: int
    freed_bytes: int = Field(description="Bytes that offloading freed on this machine's disk.")
    changed: bool = Field(description="False if the bytes were in the right place already.")


class PartUsage(BaseModel):
    """Use by one kind of objects or files."""

    kind: str = Field(description="Such as `originals`, `playback copies`, `clips` or `transcripts`.")
    count: int
    bytes: int


class OffloadEstimate(BaseModel):
    """Space that offloading every local original would free."""

    videos: int
    bytes: int


class StorageUsage(BaseModel):
    """Use of the bucket and of this machine's disk, by kind, the largest first."""

    bucket_name: str
    bucket: list[PartUsage]
    bucket_bytes: int
    disk: list[PartUsage]
    disk_bytes: int
    disk_free_bytes: int
    disk_total_bytes: int
    offload: OffloadEstimate


class StorageUsageStatus(BaseModel):
    """The last computed use, and whether it is being computed.

    Listing a large bucket takes seconds to minutes, so the use is computed in the background and kept for an
    hour.
    """

    state: Literal["computing", "ready", "failed"]
    computed_at: AwareDatetime | None = Field(description="When `usage` was computed.")
    error: str | None = Field(description="Why the last computation failed.")
    usage: StorageUsage | None
