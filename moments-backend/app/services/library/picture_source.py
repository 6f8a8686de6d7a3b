"""The file or URL that pictures of a video are made from."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import DatabaseError, VideoNotFoundError
from app.database.models import Video
from app.media.ffprobe import probe
from app.media.key_frames import PictureSource
from app.models.media_info import MediaInfo
from app.services.library.local_files import get_video_or_404, sign_video_url
from app.services.storage.gcs_uploader import GCSUploader


@dataclass(frozen=True, slots=True)
class SourceOfVideo:
    """The source of a video's pictures, and the video's size in bytes; 0 if unknown."""

    pictures: PictureSource
    size_bytes: int
    is_local: bool


async def picture_source(
    identifier: str,
    video: Path | None,
    *,
    settings: Settings,
    uploader: GCSUploader,
    processes: asyncio.Semaphore,
    include_deleted: bool = False,
) -> SourceOfVideo:
    """Return the local file `video`, or a signed URL if that is None.

    The row states what the probe found at registration. Files without such a row are probed.

    Args:
        processes: acquired for the probe.
        include_deleted: accept a video in the trash.

    Raises:
        VideoNotFoundError: there is neither a local file nor a row.
        ObjectNotFoundError, BucketConflictError, StorageError, DatabaseError: the URL cannot be signed.
        MediaError, FFmpegError: the file cannot be probed.
    """
    if video is None:
        row = await get_video_or_404(identifier, include_deleted=include_deleted)
        url = await sign_video_url(uploader, row)
        pictures = PictureSource(url, _info_of(row), row.duration_seconds)
        return SourceOfVideo(pictures, row.size_bytes or 0, is_local=False)
    size = await run_in_thread(_size_of, video)
    local_row = await row_or_none(identifier)
    info = None
    if local_row is not None and local_row.size_bytes == size and local_row.media:
        info = MediaInfo.model_validate(local_row.media)
    if info is None:
        async with processes:
            info = (await probe(video, settings=settings)).info
    return SourceOfVideo(PictureSource(video, info, info.duration_seconds), size, is_local=True)


async def row_or_none(identifier: str) -> Video | None:
    """Return the video's row; None without one or without a database."""
    try:
        return await get_video_or_404(identifier)
    except (VideoNotFoundError, DatabaseError):
        return None


def _info_of(row: Video) -> MediaInfo | None:
    """Return what is known about the object; None for rows of older versions without a resolution."""
    if row.media:
        return MediaInfo.model_validate(row.media)
    return None


def _size_of(video: Path) -> int:
    try:
        return video.stat().st_size
    except OSError:  # the probe, or FFmpeg, states the cause
        return 0
