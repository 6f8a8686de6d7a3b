"""Deletion of a video: the row first, then everything derived from it.

The row decides: without it the video is deleted. Objects or files that cannot be removed afterwards only use
space, so such an error is logged with what remains and does not fail the request.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import LocalFileError, VideoMomentsError, VideoNotFoundError
from app.core.files.safe_delete import delete_files_in, open_directory, unlink_at, unlink_below
from app.database.models import Video
from app.database.session import transaction
from app.repositories import (
    moment_edit_repository,
    transcript_change_repository,
    video_db_repository,
)
from app.repositories.base import kept_names
from app.repositories.transcript_repository import RECOGNISED
from app.services.library.originals import OriginalFacts, find_relative_path, has_bytes_of
from app.services.library.storyboards import StoryboardStore
from app.services.library.thumbnails import KEPT_SOURCES, ThumbnailStore, kept_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import clip_filename, clip_ids

logger = logging.getLogger(__name__)

SLOW_TIMEOUT_SECONDS = 30.0
"""Longest wait of a request for bucket and original. The deletion then continues in the background."""

_background: set[asyncio.Task[None]] = set()


async def delete_video(
    identifier: str,
    *,
    settings: Settings,
    uploader: GCSUploader,
    thumbnails: ThumbnailStore,
    storyboards: StoryboardStore,
    delete_runs: Callable[[str], Awaitable[None]],
    delete_local: bool,
) -> None:
    """Delete the row, then objects and derived files, and with `delete_local` the local original.

    Args:
        delete_runs: ends and deletes the runs of a video; see `RunService.delete_runs`.

    Raises:
        VideoNotFoundError: no row has this identifier; nothing was deleted.
        DatabaseError: nothing was deleted.
    """
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, identifier)
        if video is None or not await video_db_repository.delete_by_identifier(session, identifier):
            raise VideoNotFoundError(identifier)
        await moment_edit_repository.delete_for_video(session, identifier)
        await transcript_change_repository.delete_for_video(session, identifier)
    await delete_runs(identifier)
    await thumbnails.cancel(identifier)
    await storyboards.cancel(identifier)
    slow = [asyncio.create_task(_delete_objects(identifier, settings, uploader))]
    if delete_local:
        slow.append(asyncio.create_task(run_in_thread(_delete_original, settings, video)))
    _background.update(slow)
    for task in slow:
        task.add_done_callback(_background.discard)
    await run_in_thread(_delete_files, identifier, settings)
    done, _ = await asyncio.wait(slow, timeout=SLOW_TIMEOUT_SECONDS)
    for task in done:
        task.result()


async def _delete_objects(identifier: str, settings: Settings, uploader: GCSUploader) -> None:
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
    for path, result in zip([*prefixes, *documents], results, strict=True):
        if isinstance(result, VideoMomentsError):
            logger.warning("objects not deleted: %s", result.cause, extra={"path": uploader.cloud_url(path)})
        elif isinstance(result, BaseException):
            raise result


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
