"""Thumbnails: chosen by a user, by the site, or made on the first request.

Automatic ones are kept in `static/thumbnails/{id}.jpg` and can be made again. The others are also stored in
the bucket, as `thumbnails/{id}/user.jpg` and `site.jpg`.
"""

import asyncio
import hashlib
import logging
import os
import stat
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    FileUnreadableError,
    InvalidRequestError,
    LocalFileNotFoundError,
    MediaError,
    MediaLimitError,
    ThumbnailUnavailableError,
    TooManyThumbnailsError,
    VideoMomentsError,
    VideoNotFoundError,
)
from app.core.files.atomic import atomic_write
from app.media.thumbnail import choose_thumbnail, convert_picture, extract_thumbnail
from app.models.thumbnail import Thumbnail
from app.services.library.local_files import OpenedFile, get_video_or_404, open_file, with_local_file
from app.services.library.make_once import MakeOnce
from app.services.library.picture_source import SourceOfVideo, picture_source, row_or_none
from app.services.library.storyboard_files import read_facts
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import thumbnail_path, thumbnails_prefix
from app.services.storage.timeouts import with_request_timeout

MAX_PROCESSES = 2
MAX_WAITING = 200
"""Thumbnails that are being made or wait for a process; more than the cards of two pages."""

MAX_NAME_BYTES = 255
KEPT_WAIT_SECONDS = 2.0
"""Longest wait for the bucket after an automatic thumbnail is ready."""

MAX_PICTURE_BYTES = 20 * 1024**2
"""Size of a site's picture, as of an uploaded one; see `app/api/guards/bodies.py`."""

KeptSource = Literal["user", "site"]
KEPT_SOURCES: tuple[KeptSource, ...] = ("user", "site")
"""Kinds of thumbnails that are kept in the bucket; the first one is shown."""

_SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}

logger = logging.getLogger(__name__)


class ThumbnailStore:
    """Makes each thumbnail once, even for concurrent requests."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader
        self._processes = asyncio.Semaphore(MAX_PROCESSES)
        self._making = MakeOnce(MAX_WAITING, TooManyThumbnailsError)
        self._saving = asyncio.Lock()
        self._changes = 0

    async def open(self, identifier: str, *, include_deleted: bool = False) -> OpenedFile:
        """Open the thumbnail; make it if it is missing or older than the local file.

        Args:
            include_deleted: accept a video in the trash.

        Raises:
            VideoNotFoundError: there is neither a local file nor a row.
            ThumbnailUnavailableError, ObjectNotFoundError: no frame can be extracted.
            TooManyThumbnailsError: `MAX_WAITING` other thumbnails are being made.
            BucketConflictError, DatabaseError, StorageError, FFmpegError, LocalFileError,
            ConfigurationError: a step failed.
        """

        def find(video: Path | None) -> tuple[Path | None, OpenedFile | None]:
            return video, self._open_existing(identifier, video)

        video, opened = await with_local_file(
            self._settings, identifier, find, include_deleted=include_deleted
        )
        if opened is None:
            await self._making.run(
                identifier, lambda: self._make(identifier, video, include_deleted=include_deleted)
            )
            opened = await run_in_thread(self._open_existing, identifier, None)
        if opened is None:
            raise LocalFileNotFoundError(
                f"the thumbnail of {identifier!r} was deleted meanwhile", remedy="try again"
            )
        return opened

    async def choose_frame(self, identifier: str, at_seconds: float) -> Thumbnail:
        """Use the frame at a time as the user's thumbnail.

        Raises:
            VideoNotFoundError: no row has this identifier.
            InvalidRequestError: the video ends before.
            ThumbnailUnavailableError: the video cannot be decoded.
            TooManyThumbnailsError: too many are being made.
            ObjectNotFoundError, BucketConflictError, DatabaseError, StorageError, FFmpegError,
            LocalFileError: a step failed; the thumbnail is unchanged.
        """
        await get_video_or_404(identifier)
        video = await with_local_file(self._settings, identifier, lambda path: path)
        try:
            source = await self._source(identifier, video)
            async with self._one_change():
                jpeg = await extract_thumbnail(source.pictures, at_seconds, settings=self._settings)
        except MediaError as error:
            raise ThumbnailUnavailableError(error.cause, remedy=error.remedy) from error
        return await self._keep(identifier, jpeg, "user")

    async def choose_picture(self, identifier: str, picture: bytes, content_type: str) -> Thumbnail:
        """Use a picture as the user's thumbnail; it is encoded again.

        Raises:
            VideoNotFoundError: no row has this identifier.
            InvalidRequestError: the picture cannot be decoded, or is too large.
            TooManyThumbnailsError: too many are being made.
            DatabaseError, StorageError, FFmpegError, LocalFileError: the thumbnail is unchanged.
        """
        await get_video_or_404(identifier)
        async with self._one_change():
            jpeg = await self._convert(picture, content_type)
        return await self._keep(identifier, jpeg, "user")

    async def set_from_file(self, identifier: str, image: Path, *, source: KeptSource = "site") -> Thumbnail:
        """Use a picture file as the site's thumbnail. A user's choice is still shown instead.

        Raises:
            InvalidRequestError: it is not a JPEG, PNG or WebP picture, or too large.
            FileUnreadableError: it cannot be read.
            StorageError, FFmpegError, LocalFileError: the thumbnail is unchanged.
        """
        picture = await run_in_thread(_read_picture, image)
        content_type = next((kind for start, kind in _SIGNATURES.items() if picture.startswith(start)), None)
        if content_type is None:
            raise InvalidRequestError(f"{image.name} is not a JPEG, PNG or WebP image")
        async with self._one_change():
            jpeg = await self._convert(picture, content_type)
        return await self._keep(identifier, jpeg, source)

    async def reset(self, identifier: str) -> None:
        """Remove the user's thumbnail.

        Raises:
            VideoNotFoundError: no row has this identifier.
            DatabaseError, StorageError, LocalFileError: the thumbnail is unchanged.
        """
        await get_video_or_404(identifier)
        async with self._saving:
            await with_request_timeout(
                self._uploader.delete_object(thumbnail_path(self._settings, identifier, "user"))
            )
            path = kept_file(self._settings, identifier, "user")
            await run_in_thread(lambda: path.unlink(missing_ok=True))

    async def cancel(self, identifier: str) -> None:
        """Stop making the thumbnail of a video that is being deleted."""
        await self._making.cancel(identifier)

    async def close(self) -> None:
        """Stop making thumbnails."""
        await self._making.close()

    def _open_existing(self, identifier: str, video: Path | None) -> OpenedFile | None:
        for source in KEPT_SOURCES:
            if opened := _open_current(kept_file(self._settings, identifier, source), None):
                return opened
        return _open_current(self._settings.thumbnails_dir / f"{identifier}.jpg", video)

    async def _make(self, identifier: str, video: Path | None, *, include_deleted: bool) -> None:
        """Make the automatic thumbnail, unless the bucket keeps another one."""
        if video is None:
            await get_video_or_404(identifier, include_deleted=include_deleted)
        if len(os.fsencode(f"{identifier}.jpg")) > MAX_NAME_BYTES:
            raise ThumbnailUnavailableError("the video's id is too long for a file name")
        if video is None:
            if not await self._fetch_kept(identifier):
                await self._make_automatic(identifier, None, include_deleted=include_deleted)
            return
        # The bucket may be slow or unavailable: a local file needs none.
        fetching = asyncio.create_task(self._fetch_kept_quietly(identifier))
        try:
            await self._make_automatic(identifier, video)
            await asyncio.wait([fetching], timeout=KEPT_WAIT_SECONDS)
        finally:
            await cancel_and_wait(fetching)

    async def _source(
        self, identifier: str, video: Path | None, *, include_deleted: bool = False
    ) -> SourceOfVideo:
        return await picture_source(
            identifier,
            video,
            settings=self._settings,
            uploader=self._uploader,
            processes=self._processes,
            include_deleted=include_deleted,
        )

    async def _make_automatic(
        self, identifier: str, video: Path | None, *, include_deleted: bool = False
    ) -> None:
        try:
            source = await self._source(identifier, video, include_deleted=include_deleted)
            facts = await run_in_thread(read_facts, self._settings, identifier)
            is_current = facts is not None and facts.source_bytes == source.size_bytes
            async with self._processes:
                jpeg = await choose_thumbnail(
                    source.pictures,
                    settings=self._settings,
                    best_second=facts.best_second if facts is not None and is_current else None,
                )
        except MediaError as error:
            raise ThumbnailUnavailableError(error.cause, remedy=error.remedy) from error
        await run_in_thread(atomic_write, self._settings.thumbnails_dir / f"{identifier}.jpg", jpeg)

    async def _fetch_kept_quietly(self, identifier: str) -> None:
        if await row_or_none(identifier) is None:
            return
        try:
            await self._fetch_kept(identifier)
        except VideoMomentsError as error:
            logger.warning("kept thumbnail not fetched: %s", error.cause, extra={"video_id": identifier})

    async def _fetch_kept(self, identifier: str) -> bool:
        """Fetch the thumbnails that the bucket keeps; return whether there is one."""
        paths = {
            thumbnail_path(self._settings, identifier, source): kept_file(self._settings, identifier, source)
            for source in KEPT_SOURCES
        }
        prefix = thumbnails_prefix(self._settings, identifier)
        objects = await with_request_timeout(self._uploader.list_objects(prefix))
        found = [stored.name for stored in objects if stored.name in paths]
        for name in found:
            await run_in_thread(lambda path: path.parent.mkdir(parents=True, exist_ok=True), paths[name])
            await self._uploader.download(name, paths[name])
        return bool(found)

    async def _convert(self, picture: bytes, content_type: str) -> bytes:
        try:
            return await convert_picture(picture, content_type, settings=self._settings)
        except MediaLimitError as error:
            raise InvalidRequestError(error.cause, remedy="send a smaller image") from error

    async def _keep(self, identifier: str, jpeg: bytes, source: KeptSource) -> Thumbnail:
        """Store the thumbnail in the bucket, then locally."""
        path = kept_file(self._settings, identifier, source)
        staged = path.with_name(f".{hashlib.sha256(os.fsencode(identifier)).hexdigest()}.jpg")
        async with self._saving:
            await run_in_thread(atomic_write, staged, jpeg)
            try:
                await self._uploader.store(staged, thumbnail_path(self._settings, identifier, source))
                if source == "user":
                    await self._ensure_not_deleted(identifier)
                await run_in_thread(staged.replace, path)
            finally:
                with suppress(OSError):
                    staged.unlink(missing_ok=True)
        version = hashlib.sha256(jpeg).hexdigest()[:16]
        url = f"/api/videos/{quote(identifier, safe='')}/thumbnail?v={version}"
        return Thumbnail(thumbnail_url=url, source=source)

    async def _ensure_not_deleted(self, identifier: str) -> None:
        """Remove the object again if the video was deleted meanwhile.

        Raises:
            VideoNotFoundError: it was.
        """
        try:
            await get_video_or_404(identifier)
        except VideoNotFoundError:
            await self._uploader.delete_prefix(thumbnails_prefix(self._settings, identifier))
            raise

    @asynccontextmanager
    async def _one_change(self) -> AsyncIterator[None]:
        """Acquire a process for a change; refuse changes beyond `MAX_WAITING`."""
        if self._changes >= MAX_WAITING:
            raise TooManyThumbnailsError(MAX_WAITING)
        self._changes += 1
        try:
            async with self._processes:
                yield
        finally:
            self._changes -= 1


def kept_file(settings: Settings, identifier: str, source: KeptSource) -> Path:
    """Return the local copy of a thumbnail that is kept in the bucket."""
    return settings.thumbnails_dir / source / f"{identifier}.jpg"


def list_existing(settings: Settings, identifiers: Iterable[str]) -> set[str]:
    """Return the videos with a local thumbnail. Blocks: call it in a thread."""
    folders = [settings.thumbnails_dir, *(settings.thumbnails_dir / source for source in KEPT_SOURCES)]
    return {
        identifier
        for identifier in identifiers
        # `Path.is_file` raises an error for names that are too long.
        if any(os.path.isfile(folder / f"{identifier}.jpg") for folder in folders)  # noqa: PTH113
    }


def _read_picture(image: Path) -> bytes:
    try:
        with image.open("rb") as file:
            picture = file.read(MAX_PICTURE_BYTES + 1)
    except OSError as error:
        raise FileUnreadableError(f"{image.name} cannot be read: {error.strerror}") from error
    if len(picture) > MAX_PICTURE_BYTES:
        raise InvalidRequestError(f"{image.name} is larger than {MAX_PICTURE_BYTES // 1024**2} MiB")
    return picture


def _open_current(thumbnail: Path, video: Path | None) -> OpenedFile | None:
    """Open the thumbnail if it is a regular file that is not older than the video."""
    try:
        found = thumbnail.lstat()
        is_current = stat.S_ISREG(found.st_mode) and (
            video is None or found.st_mtime_ns >= video.stat().st_mtime_ns
        )
    except OSError:
        return None
    return open_file(thumbnail) if is_current else None
