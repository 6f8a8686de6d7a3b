"""Thumbnails: made on the first request and kept in `static/thumbnails/{id}.jpg`."""

import asyncio
import os
import stat
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    LocalFileNotFoundError,
    MediaError,
    ThumbnailUnavailableError,
    TooManyThumbnailsError,
    VideoNotFoundError,
)
from app.media.ffprobe import probe
from app.media.thumbnail import extract_frame
from app.models.thumbnail import Thumbnail
from app.services.library.local_files import (
    OpenedFile,
    get_video_or_404,
    open_file,
    sign_video_url,
    with_local_file,
)
from app.services.storage.gcs_uploader import GCSUploader

MAX_PROCESSES = 2
MAX_WAITING = 200
"""Thumbnails that are being made or wait for a process; more than the cards of two pages."""

POSITION = 0.1
"""Position of the frame relative to the duration: after titles and black frames, and without spoilers."""

MAX_NAME_BYTES = 255


class ThumbnailStore:
    """Makes each thumbnail once, even for concurrent requests."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader
        self._processes = asyncio.Semaphore(MAX_PROCESSES)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def open(self, identifier: str) -> OpenedFile:
        """Open the thumbnail; make it if it is missing or older than the local file.

        Raises:
            VideoNotFoundError: there is neither a local file nor a row.
            ThumbnailUnavailableError, ObjectNotFoundError: no frame can be extracted.
            TooManyThumbnailsError: `MAX_WAITING` other thumbnails are being made.
            BucketConflictError, DatabaseError, StorageError, FFmpegError, LocalFileError,
            ConfigurationError: a step failed.
        """
        thumbnail = self._settings.thumbnails_dir / f"{identifier}.jpg"
        video, opened = await with_local_file(
            self._settings, identifier, lambda video: (video, _open_current(thumbnail, video))
        )
        if opened is None:
            await self._make_once(identifier, thumbnail, video)
            opened = await run_in_thread(open_file, thumbnail)
        if opened is None:
            raise LocalFileNotFoundError(f"{thumbnail.name} was deleted meanwhile", remedy="try again")
        return opened

    async def choose_frame(self, identifier: str, at_seconds: float) -> Thumbnail:
        """Use a frame as the user's thumbnail."""
        raise ThumbnailUnavailableError(f"no frame of {identifier} at {at_seconds} s")

    async def choose_picture(self, identifier: str, picture: bytes, content_type: str) -> Thumbnail:
        """Use a picture as the user's thumbnail."""
        raise ThumbnailUnavailableError(f"{len(picture)} bytes of {content_type} for {identifier}")

    async def reset(self, identifier: str) -> None:
        """Remove the user's thumbnail."""
        await get_video_or_404(identifier)

    async def cancel(self, identifier: str) -> None:
        """Stop making the thumbnail of a video that is being deleted."""
        task = self._tasks.get(identifier)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def close(self) -> None:
        for identifier in list(self._tasks):
            await self.cancel(identifier)

    async def _make_once(self, identifier: str, thumbnail: Path, video: Path | None) -> None:
        """Make the thumbnail, or wait for the task that does; its error is shared as well."""
        task = self._tasks.get(identifier)
        if task is None:
            if len(self._tasks) >= MAX_WAITING:
                raise TooManyThumbnailsError(MAX_WAITING)
            task = asyncio.create_task(self._make(identifier, thumbnail, video))
            self._tasks[identifier] = task
            task.add_done_callback(lambda done: self._on_done(identifier, done))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # by `cancel`; otherwise this request was cancelled
                raise VideoNotFoundError(identifier) from None
            raise

    def _on_done(self, identifier: str, task: "asyncio.Task[None]") -> None:
        del self._tasks[identifier]
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not log it if all requests were cancelled

    async def _make(self, identifier: str, thumbnail: Path, video: Path | None) -> None:
        source: Path | str
        if video is None:
            row = await get_video_or_404(identifier)
            if len(os.fsencode(thumbnail.name)) > MAX_NAME_BYTES:
                raise ThumbnailUnavailableError("the video's id is too long for a file name")
            source = await sign_video_url(self._uploader, row)
            duration = row.duration_seconds
        else:
            source, duration = video, None
        try:
            async with self._processes:
                if isinstance(source, Path):
                    duration = (await probe(source, settings=self._settings)).duration_seconds
                at_seconds = duration * POSITION if duration else None
                await extract_frame(source, thumbnail, settings=self._settings, at_seconds=at_seconds)
        except MediaError as error:
            raise ThumbnailUnavailableError(error.cause, remedy=error.remedy) from error


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
