"""Sizes of playback copies that runs of earlier versions did not record."""

import asyncio
import logging
from collections.abc import Iterable

from app.core.exceptions import StorageError
from app.database.session import transaction
from app.repositories import video_media_repository
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.timeouts import with_request_timeout

logger = logging.getLogger(__name__)

MAX_READ = 200
"""Copies looked up at once; a feed that is read again states the sizes of the next ones."""
PARALLEL = 8


async def read_missing(uploader: GCSUploader, identifiers: Iterable[str]) -> dict[str, int]:
    """Return the sizes of copies by the video's identifier, from the bucket, and store them.

    Copies that do not exist are left out, and all others once the bucket does not respond.

    Raises:
        DatabaseError: the sizes could not be stored.
    """
    waiting, sizes = list(identifiers)[:MAX_READ], dict[str, int]()
    queue = iter(waiting)

    async def read() -> None:
        for identifier in queue:
            path = uploader.playback_path(identifier)
            stored = await with_request_timeout(uploader.describe_object(path))
            if stored is not None:
                sizes[identifier] = stored.size

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(PARALLEL, len(waiting))):
                group.create_task(read())
    except* StorageError as errors:
        logger.warning("Sizes of playback copies could not be read: %s", errors.exceptions[0])
    if sizes:
        async with transaction() as session:
            for identifier, size in sizes.items():
                await video_media_repository.merge(session, identifier, playback_bytes=size)
    return sizes
