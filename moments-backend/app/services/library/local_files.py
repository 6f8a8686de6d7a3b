"""Where a video's bytes are: in a file on this machine, or else in the bucket."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import anyio.to_thread

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

WARM_SECONDS = 2.0
WARM_FILES = 64

T = TypeVar("T")


class OpenedFile:
    """A file that was opened, with its size and times at that moment. Closed when nobody refers to it."""

    __slots__ = ("descriptor", "path", "status")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.status = os.fstat(self.descriptor)

    def __del__(self) -> None:
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)

    def is_unchanged(self) -> bool:
        """Whether the path still leads to these bytes."""
        try:
            return _version(os.stat(self.path)) == _version(self.status)  # noqa: PTH116 - in every request
        except OSError:
            return False


def open_file(path: Path) -> OpenedFile | None:
    """None when it is gone. Blocks: call it in a thread.

    Raises:
        FileUnreadableError.
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
    """Opens the videos' files on this machine.

    A player asks for one file again and again. The way to a worker thread and back costs as much as reading
    a mebibyte, so what a thread has opened is kept for a moment. All that is left to ask is then whether the
    path has changed, and this the kernel answers out of memory: it was there just now.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._warm: dict[str, OpenedFile] = {}

    async def open(self, identifier: str) -> OpenedFile | None:
        """The video's file, if there is one. Mostly the database is not asked; see `with_local_file`.

        Raises:
            FileUnreadableError: it is there and cannot be opened.
        """
        warm = self._warm.get(identifier)
        if warm is not None and warm.is_unchanged():
            return warm
        opened = await with_local_file(
            self._settings, identifier, lambda path: open_file(path) if path else None
        )
        if opened is not None and len(self._warm) < WARM_FILES:
            self._warm[identifier] = opened
            asyncio.get_running_loop().call_later(WARM_SECONDS, self._let_go, identifier, opened)
        return opened

    def _let_go(self, identifier: str, opened: OpenedFile) -> None:
        if self._warm.get(identifier) is opened:
            del self._warm[identifier]


async def with_local_file(settings: Settings, identifier: str, use: Callable[[Path | None], T]) -> T:
    """What `use` makes of the video's file on this machine, or of None, in the thread that looked for it.

    Where several files share the stem, the row says which is meant; without a row, or a database, it is the
    first in name order.
    """
    folder = settings.videos_dir

    def look() -> tuple[list[str], T | None]:
        names = directory_listing.find_video(folder, identifier)
        if len(names) > 1:
            return names, None
        return [], use(folder / names[0] if names else None)

    several, used = await anyio.to_thread.run_sync(look)
    if several:
        named = await _named_by_row(identifier)
        chosen = named if named in several else several[0]
        used = await anyio.to_thread.run_sync(use, folder / chosen)
    return cast("T", used)


async def _named_by_row(identifier: str) -> str | None:
    try:
        return (await get_video_or_404(identifier)).cloud_url.rpartition("/")[2]
    except (VideoNotFoundError, DatabaseError):
        return None


async def get_video_or_404(identifier: str) -> Video:
    """The video's row, read in a short transaction of its own.

    Raises:
        VideoNotFoundError, DatabaseError.
    """
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, identifier)
    if video is None:
        raise VideoNotFoundError(identifier)
    return video


async def sign_video_url(
    uploader: GCSUploader, video: Video, *, method: str = "GET", as_download: bool = False
) -> str:
    """A signed URL of the video's object, for one HTTP method; on request one that browsers save.

    Raises:
        ObjectNotFoundError: the bucket no longer holds it.
        BucketConflictError: it is in another bucket.
        StorageError.
    """
    bucket, gcs_path = parse_cloud_url(video.cloud_url)
    if bucket != uploader.bucket_name:
        raise BucketConflictError(video.identifier, video.cloud_url, uploader.bucket_name)
    if await with_request_timeout(uploader.describe_object(gcs_path)) is None:
        raise ObjectNotFoundError(
            f"{video.cloud_url} does not exist", remedy="send it again: videomoments migrate --repair"
        )
    return await with_request_timeout(uploader.generate_signed_url(gcs_path, method, as_download=as_download))


async def signed_url(uploader: GCSUploader, identifier: str) -> SignedUrl:
    """A link to the video's object.

    Raises:
        VideoNotFoundError, DatabaseError; see `sign_video_url`.
    """
    url = await sign_video_url(uploader, await get_video_or_404(identifier))
    lifetime = await uploader.signed_url_lifetime()
    return SignedUrl(url=url, expires_in_seconds=int(lifetime.total_seconds()))


def _version(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
