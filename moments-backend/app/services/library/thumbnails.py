"""Thumbnails: made when they are first asked for, kept in `static/thumbnails/{id}.jpg`."""

import asyncio
import os
import stat
from pathlib import Path

import anyio.to_thread

from app.core.config import Settings
from app.core.exceptions import (
    EmptyFileError,
    LocalFileNotFoundError,
    NotAVideoError,
    ThumbnailUnavailableError,
    VideoNotFoundError,
)
from app.media.ffprobe import probe
from app.media.thumbnail import extract_frame
from app.services.library.local_files import (
    OpenedFile,
    get_video_or_404,
    open_file,
    sign_video_url,
    with_local_file,
)
from app.services.storage.gcs_uploader import GCSUploader

PROGRAMS_AT_ONCE = 2
POSITION = 0.1
"""How far into the video the picture is taken: beyond titles and black, before anything is given away."""

MAX_NAME_BYTES = 255


class ThumbnailStore:
    """Makes each thumbnail once, however many ask for it at the same time."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader
        self._programs = asyncio.Semaphore(PROGRAMS_AT_ONCE)
        self._making: dict[str, asyncio.Task[None]] = {}

    async def open(self, identifier: str) -> OpenedFile:
        """The thumbnail, made first where there is none or the original is newer.

        Raises:
            VideoNotFoundError: there is neither a local file nor a row.
            ThumbnailUnavailableError, ObjectNotFoundError: there is nothing to take a picture from.
            BucketConflictError, DatabaseError, StorageError, FFmpegError, LocalFileError,
            ConfigurationError.
        """
        picture = self._settings.thumbnails_dir / f"{identifier}.jpg"
        original, current = await with_local_file(
            self._settings, identifier, lambda original: (original, _open_current(picture, original))
        )
        if current is None:
            await self._make_once(identifier, picture, original)
            current = await anyio.to_thread.run_sync(open_file, picture)
        if current is None:
            raise LocalFileNotFoundError(f"{picture.name} is gone again", remedy="try again")
        return current

    async def _make_once(self, identifier: str, picture: Path, original: Path | None) -> None:
        """Make it, or wait for the task that does; all who ask share it, its failure included."""
        task = self._making.get(identifier)
        if task is None:
            task = asyncio.create_task(self._make(identifier, picture, original))
            self._making[identifier] = task
            task.add_done_callback(lambda done: self._forget(identifier, done))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # not we, but the work was ended
                raise VideoNotFoundError(identifier) from None
            raise

    def _forget(self, identifier: str, task: "asyncio.Task[None]") -> None:
        del self._making[identifier]
        if not task.cancelled():
            task.exception()  # seen, also when everybody who asked has gone

    async def _make(self, identifier: str, picture: Path, original: Path | None) -> None:
        source: Path | str
        if original is None:
            video = await get_video_or_404(identifier)
            if len(os.fsencode(picture.name)) > MAX_NAME_BYTES:
                raise ThumbnailUnavailableError("the video's id is too long for the name of a file")
            source = await sign_video_url(self._uploader, video)
            duration = video.duration_seconds
        else:
            source, duration = original, None
        try:
            async with self._programs:
                if isinstance(source, Path):
                    duration = (await probe(source, settings=self._settings)).duration_seconds
                at_seconds = duration * POSITION if duration else None
                await extract_frame(source, picture, settings=self._settings, at_seconds=at_seconds)
        except (NotAVideoError, EmptyFileError) as error:
            raise ThumbnailUnavailableError(error.cause, remedy=error.remedy) from error

    async def abandon(self, identifier: str) -> None:
        """Stop making this one: the video is being deleted."""
        task = self._making.get(identifier)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def close(self) -> None:
        for identifier in list(self._making):
            await self.abandon(identifier)


def _open_current(picture: Path, original: Path | None) -> OpenedFile | None:
    """The picture, if it is there, a regular file, and no older than the original."""
    try:
        found = picture.lstat()
        current = stat.S_ISREG(found.st_mode) and (
            original is None or found.st_mtime_ns >= original.stat().st_mtime_ns
        )
    except OSError:
        return None
    return open_file(picture) if current else None
