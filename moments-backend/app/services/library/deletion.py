"""Final deletion of a video: the row first, then everything derived from it.

The row decides: without it the video is deleted. In the same transaction a row of `video_purges` is added,
which reserves the identifier until objects and files are removed. A worker repeats what was interrupted.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import LocalFileError, VideoMomentsError
from app.core.files.safe_delete import delete_files_in, open_directory, unlink_at, unlink_below
from app.database.exclusive import try_exclusive_for_long
from app.database.models import Video, VideoPurge
from app.database.session import transaction
from app.repositories import (
    bulk_operation_repository,
    moment_edit_repository,
    transcript_change_repository,
    trash_repository,
    video_db_repository,
)
from app.repositories.base import kept_names
from app.repositories.transcript_repository import RECOGNISED
from app.repositories.trash_repository import PurgeScope
from app.services.library.events import event_data
from app.services.library.originals import OriginalFacts, find_relative_path, has_bytes_of
from app.services.library.thumbnails import KEPT_SOURCES, kept_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import clip_filename, clip_ids
from app.services.webhooks import events

logger = logging.getLogger(__name__)

PARALLEL_DELETIONS = 4
"""Final deletions of one process at a time; each holds a connection of its own."""

ForVideo = Callable[[str], Awaitable[None]]
"""Callback for the video with this identifier."""


@dataclass(frozen=True)
class VideoDeletion:
    """Deletes videos for good; safe to repeat, and in several processes.

    Attributes:
        delete_runs: ends and deletes the runs of a video; see `RunService.delete_runs`.
        stop_making: stops what this process makes of a video, such as its thumbnail.
    """

    settings: Settings
    uploader: GCSUploader
    delete_runs: ForVideo
    stop_making: tuple[ForVideo, ...] = ()
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PARALLEL_DELETIONS))

    async def finish(self, identifier: str) -> bool:
        """Delete what remains of a video whose deletion has begun; return whether nothing remains.

        Objects that cannot be deleted are logged; they remain for the next attempt. A deletion that another
        process is doing counts as unfinished.

        Raises:
            DatabaseError: the tables could not be read or changed.
        """
        async with self._slots, try_exclusive_for_long(f"purge:{identifier}") as is_ours:
            if not is_ours:
                return False
            async with transaction() as session:
                await take_row(session, identifier)
                purge = await trash_repository.get_purge(session, identifier)
            if purge is None:
                return True
            await self.delete_runs(identifier)
            for stop in self.stop_making:
                await stop(identifier)
            if purge.scope == "all":
                await run_in_thread(_delete_original, self.settings, _as_video(purge))
            await run_in_thread(_delete_files, identifier, self.settings)
            if not await _delete_objects(identifier, self.settings, self.uploader):
                return False
            async with transaction() as session:
                await trash_repository.finish_purge(session, identifier)
            return True


async def take_row(session: AsyncSession, identifier: str, scope: PurgeScope | None = None) -> bool:
    """Delete the row of a video, which begins its final deletion; see `trash_repository.take_row`."""
    video = await video_db_repository.get_by_identifier(session, identifier, include_deleted=True)
    if video is None or not await trash_repository.take_row(session, identifier, scope):
        return False
    await moment_edit_repository.delete_for_video(session, identifier)
    await bulk_operation_repository.delete_merges_into(session, identifier)
    await transcript_change_repository.delete_for_video(session, identifier)
    await events.record(session, "video.deleted", event_data(video))
    return True


def _as_video(purge: VideoPurge) -> Video:
    """Return the facts that identify the local original."""
    return Video(
        identifier=purge.identifier,
        cloud_url=purge.cloud_url,
        relative_path=purge.relative_path,
        size_bytes=purge.size_bytes,
        md5=purge.md5,
        created_at=purge.registered_at,
    )


async def _delete_objects(identifier: str, settings: Settings, uploader: GCSUploader) -> bool:
    """Delete the objects of a video; return whether all are deleted."""
    # The slash keeps the prefix of `talk` from matching objects of `talk-2`.
    prefixes = [
        f"{prefix}{identifier}/"
        for prefix in (
            settings.gcs_videos_prefix,
            settings.gcs_audio_prefix,
            settings.gcs_clips_prefix,
            settings.gcs_playback_prefix,
            settings.gcs_storyboards_prefix,
            settings.gcs_thumbnails_prefix,
            settings.gcs_captions_prefix,
            settings.gcs_exports_prefix,
        )
    ]
    documents = [
        f"{prefix}{identifier}.json"
        for prefix in (
            settings.gcs_transcripts_prefix,
            f"{settings.gcs_transcripts_prefix}{RECOGNISED}/",
            settings.gcs_moments_prefix,
            settings.gcs_chapters_prefix,
        )
    ]
    deletions = [*map(uploader.delete_prefix, prefixes), *map(uploader.delete_object, documents)]
    results = await asyncio.gather(*deletions, return_exceptions=True)
    is_complete = True
    for path, result in zip([*prefixes, *documents], results, strict=True):
        if isinstance(result, VideoMomentsError):
            is_complete = False
            logger.warning("objects not deleted: %s", result.cause, extra={"path": uploader.cloud_url(path)})
        elif isinstance(result, BaseException):
            raise result
    return is_complete


def _delete_original(settings: Settings, video: Video) -> None:
    """Delete the local original, unless the file at its path is another video."""
    facts = OriginalFacts.of(video)
    path = find_relative_path(settings.videos_dir, video.identifier, facts)
    if path is None:
        return
    try:
        is_original = has_bytes_of(settings.videos_dir / path, video)
    except LocalFileError as error:
        logger.warning("local file not deleted: %s", error.cause, extra={"path": path})
        return
    if is_original:
        unlink_below(settings.videos_dir, path)
    else:
        logger.warning("local file not deleted: it is another video", extra={"path": path})


def _delete_files(identifier: str, settings: Settings) -> None:
    for folder, name in (
        (settings.audios_dir, f"{identifier}.wav"),
        (settings.transcripts_dir, f"{identifier}.json"),
        *((settings.transcripts_dir, name) for name in kept_names(settings.transcripts_dir, identifier)),
        (settings.transcripts_dir / RECOGNISED, f"{identifier}.json"),
        (settings.moments_dir, f"{identifier}.json"),
        (settings.chapters_dir, f"{identifier}.json"),
        (settings.thumbnails_dir, f"{identifier}.jpg"),
        *((kept_file(settings, identifier, source).parent, f"{identifier}.jpg") for source in KEPT_SOURCES),
        (settings.storyboards_dir, f"{identifier}.vtt"),
        (settings.storyboards_dir, f"{identifier}.jpg"),
    ):
        with open_directory(folder) as descriptor:
            unlink_at(descriptor, folder, name)
    with open_directory(settings.moment_clips_dir) as descriptor:
        names = os.listdir(descriptor) if descriptor is not None else ()  # noqa: PTH208 - pathlib has no fd
        for moment_id in clip_ids(identifier, names):
            unlink_at(descriptor, settings.moment_clips_dir, clip_filename(identifier, moment_id))
    delete_files_in(settings.captions_dir, identifier)
