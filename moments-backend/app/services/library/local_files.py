"""The bytes of a video: a local file, or else an object in the bucket."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    FileUnreadableError,
    ObjectNotFoundError,
    VideoInTrashError,
    VideoNotFoundError,
)
from app.database.models import Video
from app.database.session import transaction
from app.models.schemas import SignedUrl
from app.repositories import video_db_repository
from app.services.library.originals import OriginalFactsReader, find_original
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
        self._opening: dict[str, asyncio.Task[OpenedFile | None]] = {}

    async def open(self, identifier: str) -> OpenedFile | None:
        """Open the local original; None if this machine does not have it.

        Raises:
            FileUnreadableError: it exists and cannot be opened.
        """
        cached = self._cache.get(identifier)
        if cached is not None and cached.is_unchanged():
            return cached
        # Requests that arrive at once share one query and one open file.
        task = self._opening.get(identifier)
        if task is None:
            task = self._opening[identifier] = asyncio.create_task(self._open(identifier))
            task.add_done_callback(partial(self._on_opened, identifier))
        return await asyncio.shield(task)

    async def _open(self, identifier: str) -> OpenedFile | None:
        opened = await with_local_file(
            self._settings, identifier, lambda path: open_file(path) if path else None
        )
        if opened is not None and len(self._cache) < MAX_CACHED_FILES:
            self._cache[identifier] = opened
            asyncio.get_running_loop().call_later(CACHE_SECONDS, self._evict, identifier, opened)
        return opened

    def evict(self, *identifiers: str) -> None:
        """Close the files of videos that were moved to the trash."""
        for identifier in identifiers:
            self._cache.pop(identifier, None)

    def _on_opened(self, identifier: str, task: "asyncio.Task[OpenedFile | None]") -> None:
        del self._opening[identifier]
        if not task.cancelled():
            task.exception()  # retrieved, also if every request was cancelled meanwhile

    def _evict(self, identifier: str, opened: OpenedFile) -> None:
        if self._cache.get(identifier) is opened:
            del self._cache[identifier]


_readers: defaultdict[str, OriginalFactsReader] = defaultdict(OriginalFactsReader)
"""By URL of the database."""


async def with_local_file(
    settings: Settings, identifier: str, use: Callable[[Path | None], T], *, include_deleted: bool = False
) -> T:
    """Call `use` with the path of the local original, or with None, in the thread that looked it up.

    Without a row, or without a database and any earlier look-up, the name of the file decides.

    Args:
        include_deleted: accept a video in the trash.

    Raises:
        VideoInTrashError: the video is in the trash.
    """
    facts = await _readers[settings.database_url].read(identifier)
    if facts is not None and facts.is_deleted:
        if not include_deleted:
            raise VideoInTrashError(identifier)
        facts = facts._replace(is_deleted=False)

    def find_and_use() -> T:
        return use(find_original(settings.videos_dir, identifier, facts))

    return await run_in_thread(find_and_use)


async def ensure_not_deleted(settings: Settings, identifier: str) -> None:
    """Check that the video is not in the trash; without a row or a database it is not.

    Raises:
        VideoInTrashError: it is.
    """
    facts = await _readers[settings.database_url].read(identifier)
    if facts is not None and facts.is_deleted:
        raise VideoInTrashError(identifier)


async def get_video_or_404(identifier: str, *, include_deleted: bool = False) -> Video:
    """Read the video's row in a short transaction.

    Args:
        include_deleted: return a video in the trash, too.

    Raises:
        VideoNotFoundError: no row has this identifier.
        VideoInTrashError: the video is in the trash.
        DatabaseError: the table could not be read.
    """
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, identifier, include_deleted=True)
    if video is None or video.purge_scope is not None:
        raise VideoNotFoundError(identifier)
    if video.deleted_at is not None and not include_deleted:
        raise VideoInTrashError(identifier)
    return video


def object_path(uploader: GCSUploader, video: Video) -> str:
    """Return the path of the original in the bucket.

    Raises:
        BucketConflictError: it is in another bucket.
    """
    bucket, gcs_path = parse_cloud_url(video.cloud_url)
    if bucket != uploader.bucket_name:
        raise BucketConflictError(video.identifier, video.cloud_url, uploader.bucket_name)
    return gcs_path


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
    gcs_path = object_path(uploader, video)
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
