"""Storyboards: made on the first request and kept in `static/storyboards` and in the bucket."""

import asyncio
import logging
import os
from pathlib import Path

from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    DatabaseError,
    LocalFileNotFoundError,
    MediaError,
    StoryboardUnavailableError,
    TooManyStoryboardsError,
    VideoMomentsError,
)
from app.database.models import Video
from app.database.session import transaction
from app.media.frame_hash import VERSION
from app.media.limits import low_priority
from app.media.storyboard import Storyboard, make_storyboard, version_of
from app.repositories import duplicate_repository
from app.services.library import storyboard_files as files
from app.services.library.local_files import OpenedFile, get_video_or_404, open_file, with_local_file
from app.services.library.make_once import MakeOnce
from app.services.library.picture_source import picture_source, row_or_none
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import storyboard_path
from app.services.storage.timeouts import with_request_timeout

MAX_PROCESSES = 1
"""A storyboard may take a minute, and FFmpeg uses several threads."""
MAX_WAITING = 20

MAX_NAME_BYTES = 255
MAX_READ_BYTES = 512 * 1024**2
"""Size up to which an object is read as a whole. Of larger ones, a few positions are read."""

LOOKUP_SECONDS = 2.0
"""Longest look-up in the bucket if the storyboard can be made from a local file instead."""

_EXTENSIONS = (".jpg", ".vtt")
"""In the order of writing: the cues refer to the sheet."""

logger = logging.getLogger(__name__)


class StoryboardStore:
    """Makes each storyboard once, even for concurrent requests."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader
        self._processes = asyncio.Semaphore(MAX_PROCESSES)
        self._making = MakeOnce(MAX_WAITING, TooManyStoryboardsError)
        self._uploads: dict[str, asyncio.Task[None]] = {}

    async def open_cues(self, identifier: str) -> OpenedFile:
        """Open the WebVTT file; make the storyboard if it is missing or older than the video.

        Raises:
            VideoNotFoundError: there is neither a local file nor a row.
            StoryboardUnavailableError, ObjectNotFoundError: no frame can be extracted.
            TooManyStoryboardsError: `MAX_WAITING` other storyboards are being made.
            BucketConflictError, DatabaseError, StorageError, FFmpegError, LocalFileError,
            ConfigurationError: a step failed.
        """
        await self._ensure_made(identifier)
        return await self._open(files.cues_file(self._settings, identifier))

    async def open_sheet(self, identifier: str, version: str | None) -> tuple[OpenedFile, bool]:
        """Open the sprite sheet; also return whether `version` names exactly this one.

        Raises the same errors as `open_cues`.
        """
        await self._ensure_made(identifier)
        opened = await self._open(files.sheet_file(self._settings, identifier))
        if version is None:
            return opened, False
        content = await run_in_thread(os.pread, opened.descriptor, opened.status.st_size, 0)
        return opened, version_of(content) == version

    async def cancel(self, identifier: str) -> None:
        """Stop making and storing the storyboard of a video that is being deleted."""
        await self._making.cancel(identifier)
        if upload := self._uploads.get(identifier):
            await cancel_and_wait(upload)

    async def close(self) -> None:
        """Stop making and storing storyboards."""
        await self._making.close()
        await cancel_and_wait(*self._uploads.values())

    async def _open(self, path: Path) -> OpenedFile:
        opened = await run_in_thread(open_file, path)
        if opened is None:
            raise LocalFileNotFoundError(f"{path.name} was deleted meanwhile", remedy="try again")
        return opened

    async def _ensure_made(self, identifier: str) -> None:
        def find(video: Path | None) -> tuple[Path | None, bool]:
            return video, files.is_current(self._settings, identifier, video)

        video, is_current = await with_local_file(self._settings, identifier, find)
        if not is_current:
            await self._making.run(identifier, lambda: self._make(identifier, video))

    async def _make(self, identifier: str, video: Path | None) -> None:
        row = await (get_video_or_404(identifier) if video is None else row_or_none(identifier))
        if len(os.fsencode(f"{identifier}.jpg")) > MAX_NAME_BYTES:
            raise StoryboardUnavailableError("the video's id is too long for a file name")
        if row is not None and await self._fetch(row, video):
            return
        try:
            source = await picture_source(
                identifier,
                video,
                settings=self._settings,
                uploader=self._uploader,
                processes=self._processes,
            )
            is_large = not source.is_local and not 0 < source.size_bytes <= MAX_READ_BYTES
            async with self._processes:
                with low_priority():
                    storyboard = await make_storyboard(
                        source.pictures,
                        source_bytes=source.size_bytes,
                        by_seeking=is_large,
                        settings=self._settings,
                    )
        except MediaError as error:
            raise StoryboardUnavailableError(error.cause, remedy=error.remedy) from error
        await run_in_thread(files.write, self._settings, identifier, storyboard)
        if row is not None and row.size_bytes in {None, source.size_bytes}:
            await _save_hashes(row, storyboard)
        await self._start_upload(identifier)

    async def _fetch(self, row: Video, video: Path | None) -> bool:
        """Fetch the storyboard that the bucket keeps of this video; return whether there is one."""
        identifier = row.identifier
        targets = [
            (storyboard_path(self._settings, identifier, extension), file(self._settings, identifier))
            for extension, file in zip(_EXTENSIONS, (files.sheet_file, files.cues_file), strict=True)
        ]
        try:
            cues_name, _ = targets[-1]
            async with asyncio.timeout(None if video is None else LOOKUP_SECONDS):
                if await with_request_timeout(self._uploader.describe_object(cues_name)) is None:
                    return False
            await run_in_thread(lambda: self._settings.storyboards_dir.mkdir(parents=True, exist_ok=True))
            for name, path in targets:
                await self._uploader.download(name, path)
        except TimeoutError:
            return False
        except VideoMomentsError as error:
            logger.warning("storyboard not fetched: %s", error.cause, extra={"video_id": identifier})
            return False
        if await run_in_thread(files.is_current, self._settings, identifier, video):
            facts = await run_in_thread(files.read_facts, self._settings, identifier)
            return facts is not None and (row.size_bytes or 0) in {0, facts.source_bytes}
        return False

    async def _start_upload(self, identifier: str) -> None:
        """Store the files in the bucket, in the background, if the video has a row."""
        if await row_or_none(identifier) is None:
            return
        if previous := self._uploads.get(identifier):
            await cancel_and_wait(previous)
        task = asyncio.create_task(self._upload(identifier))
        self._uploads[identifier] = task
        task.add_done_callback(lambda _: self._uploads.pop(identifier, None))

    async def _upload(self, identifier: str) -> None:
        paths = (files.sheet_file(self._settings, identifier), files.cues_file(self._settings, identifier))
        try:
            for path, extension in zip(paths, _EXTENSIONS, strict=True):
                await self._uploader.store(path, storyboard_path(self._settings, identifier, extension))
        except VideoMomentsError as error:
            logger.warning("storyboard not stored: %s", error.cause, extra={"video_id": identifier})


async def _save_hashes(video: Video, storyboard: Storyboard) -> None:
    """Store the hashes of the frames; without them a worker reads the frames again."""
    try:
        async with transaction() as session:
            await duplicate_repository.save_hashes(session, video.id, VERSION, storyboard.hashes)
    except DatabaseError as error:
        logger.warning("frame hashes not stored: %s", error.cause, extra={"video_id": video.identifier})
