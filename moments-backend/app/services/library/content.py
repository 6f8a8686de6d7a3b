"""Comparison of a file with registered videos by content: the size first, then the MD5."""

import os
from functools import partial
from pathlib import Path

from app.core.concurrency import run_cancellable_in_thread, run_in_thread
from app.database.models import Video
from app.database.session import transaction
from app.repositories import video_db_repository
from app.services.storage.checksums import Digest, digest_file, map_os_error
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import parse_cloud_url


class LocalContent:
    """The content of a file, which is read only if a size is equal to that of a video, and only once.

    Args:
        within: a folder that symbolic links must not lead out of.
    """

    def __init__(self, path: Path, *, within: Path | None = None) -> None:
        self.path = path
        self.within = within
        self._digest: Digest | None = None

    async def size(self) -> int:
        """Return the size in bytes.

        Raises:
            LocalFileError: the file cannot be read.
        """
        return await run_in_thread(file_size, self.path)

    async def digest(self) -> Digest:
        """Return the digest.

        Raises:
            LocalFileError: the file cannot be read, or changed meanwhile.
        """
        if self._digest is None:
            self._digest = await run_cancellable_in_thread(
                partial(digest_file, self.path, within=self.within)
            )
        return self._digest


def file_size(path: Path) -> int:
    """Return the size in bytes. Blocks: call it in a thread.

    Raises:
        LocalFileError: the file cannot be read.
    """
    try:
        return os.stat(path).st_size  # noqa: PTH116 - takes a path that may be a string, too
    except OSError as error:
        raise map_os_error(error, path) from error


async def has_content(video: Video, content: LocalContent, uploader: GCSUploader) -> bool | None:
    """Return whether the video has these bytes; None if neither its row nor its object states them.

    Raises:
        LocalFileError, StorageError: file or object could not be read.
    """
    size = await content.size()
    if video.size_bytes is not None and video.size_bytes != size:
        return False
    if video.md5 is not None:
        return (await content.digest()).md5_hex == video.md5
    bucket, gcs_path = parse_cloud_url(video.cloud_url)
    stored = await uploader.describe_object(gcs_path) if bucket == uploader.bucket_name else None
    if stored is None:
        return None
    return stored.size == size and stored.matches(await content.digest())


async def find_same_content(content: LocalContent, uploader: GCSUploader) -> Video | None:
    """Return the oldest video with these bytes, whatever its name.

    Raises:
        LocalFileError, StorageError, DatabaseError: file, object or table could not be read.
    """
    async with transaction() as session:
        candidates = await video_db_repository.list_by_size(session, await content.size())
    for video in candidates:
        if await has_content(video, content, uploader):
            return video
    return None
