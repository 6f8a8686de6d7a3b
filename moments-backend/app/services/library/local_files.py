"""The bytes of a video: a local file, or else an object in the bucket."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    DatabaseError,
    FileUnreadableError,
    ObjectNotFoundError,
    VideoNotFoundError,
)
from app.database.models import Video
from app.database.session import transaction
from app.models.schemas import SignedUrl
from app.repositories import directory_listing, video_db_repository
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import parse_cloud_url
from app.services.storage.timeouts import with_request_timeout

CACHE_SECONDS = 2.0
MAX_CACHED_FILES = 64

T = TypeVar("T")


class OpenedFile:
    """An open file with its size and times. Closed when the last reference is dropped."""

    __slots__ = ("__weakref__", "descriptor", "path", "status")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.status = os.fstat(self.descriptor)

    def __del__(self) -> None:
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)

    def is_unchanged(self) -> bool:
        """Return whether the path still leads to these bytes."""
        try:
            return _version(os.stat(self.path)) == _version(self.status)  # noqa: PTH116 - on every request
        except OSError:
            return False


def open_file(path: Path) -> OpenedFile | None:
    """Open a file; None if it does not exist. Blocks: call it in a thread.

    Raises:
        FileUnreadableError: it exists and cannot be opened.
    """
    try:
        return OpenedFile(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileUnreadableError(
            f"{path.name} cannot be read: {error.strerror}", remedy="check its owner and permissions"
        ) from error


class VideoFileCache:
    """Opens local video files and keeps them open for `CACHE_SECONDS`.

    Players request the same file again and again, and a thread switch costs as much as reading a mebibyte.
    For a cached file only `stat` is needed, which the kernel answers from memory.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cache: dict[str, OpenedFile] = {}

    async def open(self, identifier: str) -> OpenedFile | None:
        """Open the local file. Queries the database only if several files share the stem.

        Raises:
            FileUnreadableError: it exists and cannot be opened.
        """
        cached = self._cache.get(identifier)
        if cached is not None and cached.is_unchanged():
            return cached
        opened = await with_local_file(
            self._settings, identifier, lambda path: open_file(path) if path else None
        )
        if opened is not None and len(self._cache) < MAX_CACHED_FILES:
            self._cache[identifier] = opened
            asyncio.get_running_loop().call_later(CACHE_SECONDS, self._evict, identifier, opened)
        return opened

    def _evict(self, identifier: str, opened: OpenedFile) -> None:
        if self._cache.get(identifier) is opened:
            del self._cache[identifier]


async def with_local_file(settings: Settings, identifier: str, use: Callable[[Path | None], T]) -> T:
    """Call `use` with the path of the local file, or with None, in the thread that looked it up.

    If several files share the stem, the row decides; without a row or a database the first name is used.
    """
    folder = settings.videos_dir

    def find_and_use() -> tuple[list[str], T | None]:
        names = directory_listing.find_video(folder, identifier)
        if len(names) > 1:
            return names, None
        return [], use(folder / names[0] if names else None)

    candidates, result = await run_in_thread(find_and_use)
    if candidates:
        registered = await _registered_filename(identifier)
        chosen = registered if registered in candidates else candidates[0]
        result = await run_in_thread(use, folder / chosen)
    return cast("T", result)


async def _registered_filename(identifier: str) -> str | None:
    try:
        return (await get_video_or_404(identifier)).cloud_url.rpartition("/")[2]
    except (VideoNotFoundError, DatabaseError):
        return None


async def get_video_or_404(identifier: str) -> Video:
    """Read the video's row in a short transaction.

    Raises:
        VideoNotFoundError: no row has this identifier.
        DatabaseError: the table could not be read.
    """
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, identifier)
    if video is None:
        raise VideoNotFoundError(identifier)
    return video


async def sign_video_url(
    uploader: GCSUploader, video: Video, *, method: str = "GET", as_download: bool = False
) -> str:
    """Return a signed URL of the video's object.

    Args:
        method: the only HTTP method that the URL allows.
        as_download: make browsers save the file.

    Raises:
        ObjectNotFoundError: the bucket does not contain it.
        BucketConflictError: it is in another bucket.
        StorageError: the bucket could not be read.
    """
    bucket, gcs_path = parse_cloud_url(video.cloud_url)
    if bucket != uploader.bucket_name:
        raise BucketConflictError(video.identifier, video.cloud_url, uploader.bucket_name)
    if await with_request_timeout(uploader.describe_object(gcs_path)) is None:
        raise ObjectNotFoundError(
            f"{video.cloud_url} does not exist", remedy="upload it again: videomoments migrate --repair"
        )
    return await with_request_timeout(uploader.generate_signed_url(gcs_path, method, as_download=as_download))


async def signed_url(uploader: GCSUploader, identifier: str) -> SignedUrl:
    """Return a signed URL of the video's object, with its lifetime.

    Raises:
        VideoNotFoundError: no row has this identifier.
        ObjectNotFoundError, BucketConflictError, StorageError, DatabaseError: see `sign_video_url`.
    """
    url = await sign_video_url(uploader, await get_video_or_404(identifier))
    lifetime = await uploader.signed_url_lifetime()
    return SignedUrl(url=url, expires_in_seconds=int(lifetime.total_seconds()))


def _version(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
