"""Deletes a video: its row first, and then what hangs on it.

The row is the truth: once it is gone the video is gone, and what could not be removed after it is only
lost room. So a bucket or a disk that refuses is logged, naming what remains, and fails nothing.
"""

import asyncio
import logging
import os

import anyio.to_thread

from app.core.config import Settings
from app.core.exceptions import VideoMomentsError, VideoNotFoundError
from app.core.files.safe_delete import open_directory, unlink_at
from app.database.session import transaction
from app.repositories import directory_listing, moment_edit_repository, video_db_repository
from app.services.library.thumbnails import ThumbnailStore
from app.services.pipeline.run_service import RunService
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import clip_filename, clip_ids

logger = logging.getLogger(__name__)

OBJECTS_SECONDS = 30.0
"""How long a request waits for the bucket. The removal itself goes on."""

_under_way: set[asyncio.Task[None]] = set()


async def delete_video(
    identifier: str,
    *,
    settings: Settings,
    uploader: GCSUploader,
    thumbnails: ThumbnailStore,
    submission: RunService,
    delete_local: bool,
) -> None:
    """Delete the row, then the objects and the derived files, and with `delete_local` the original.

    Raises:
        VideoNotFoundError: there is no such row, and nothing was removed.
        DatabaseError: nothing was removed.
    """
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, identifier)
        if video is None or not await video_db_repository.delete_by_identifier(session, identifier):
            raise VideoNotFoundError(identifier)
        await moment_edit_repository.delete_for_video(session, identifier)
    await submission.delete_runs(identifier)
    original = video.cloud_url.rpartition("/")[2] if delete_local else None
    await thumbnails.abandon(identifier)
    objects = asyncio.create_task(_remove_objects(identifier, settings, uploader))
    _under_way.add(objects)
    objects.add_done_callback(_under_way.discard)
    await anyio.to_thread.run_sync(_remove_files, identifier, settings, original)
    done, _ = await asyncio.wait([objects], timeout=OBJECTS_SECONDS)
    for task in done:
        task.result()


async def _remove_objects(identifier: str, settings: Settings, uploader: GCSUploader) -> None:
    # The slash keeps `talk` from reaching the objects of `talk-2`.
    prefixes = [
        f"{prefix}{identifier}/"
        for prefix in (settings.gcs_videos_prefix, settings.gcs_audio_prefix, settings.gcs_clips_prefix)
    ]
    documents = [
        f"{prefix}{identifier}.json"
        for prefix in (settings.gcs_transcripts_prefix, settings.gcs_moments_prefix)
    ]
    removals = [*map(uploader.delete_prefix, prefixes), *map(uploader.delete_object, documents)]
    results = await asyncio.gather(*removals, return_exceptions=True)
    for prefix, result in zip([*prefixes, *documents], results, strict=True):
        if isinstance(result, VideoMomentsError):
            remains = uploader.cloud_url(prefix)
            logger.warning("objects remain: %s", result.cause, extra={"remains": remains})
        elif isinstance(result, BaseException):
            raise result


def _remove_files(identifier: str, settings: Settings, original: str | None) -> None:
    for folder, name in (
        (settings.audios_dir, f"{identifier}.wav"),
        (settings.transcripts_dir, f"{identifier}.json"),
        (settings.moments_dir, f"{identifier}.json"),
        (settings.thumbnails_dir, f"{identifier}.jpg"),
    ):
        with open_directory(folder) as descriptor:
            unlink_at(descriptor, folder, name)
    with open_directory(settings.moment_clips_dir) as descriptor:
        names = os.listdir(descriptor) if descriptor is not None else ()  # noqa: PTH208 - of this folder
        for moment_id in clip_ids(identifier, names):
            unlink_at(descriptor, settings.moment_clips_dir, clip_filename(identifier, moment_id))
    if original in directory_listing.find_video(settings.videos_dir, identifier):
        with open_directory(settings.videos_dir) as descriptor:
            unlink_at(descriptor, settings.videos_dir, original)
