"""Computes the frame hashes of videos that have none, in a worker."""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    DatabaseError,
    MediaError,
    ObjectNotFoundError,
    StorageUnavailableError,
    VideoMomentsError,
    VideoNotFoundError,
)
from app.database.exclusive import try_exclusive_for_long
from app.database.models import Video
from app.database.session import transaction
from app.media.frame_hash import VERSION, hash_frames
from app.media.limits import low_priority
from app.media.overview import overview, overview_by_seeking
from app.repositories import duplicate_repository
from app.services.library.originals import find_local_original
from app.services.library.picture_source import picture_source
from app.services.library.storyboards import MAX_READ_BYTES
from app.services.storage.gcs_uploader import GCSUploader

logger = logging.getLogger(__name__)

HASH_SECONDS = 60.0
"""Interval of the search for videos without hashes; one query if there are none."""
PORTION = 50
RETRY_SECONDS = 3600.0
"""Time until another attempt with a video that failed, for example because its file cannot be read."""


@dataclass(frozen=True)
class FrameHasher:
    """Hashes the frames of one video at a time; one process of all workers does."""

    settings: Settings
    uploader: GCSUploader
    _processes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _retry_at: dict[int, float] = field(default_factory=dict)
    """Earliest times of further attempts, by `videos.id`."""

    async def hash_missing(self) -> int:
        """Hash videos without hashes; return their number.

        A video that fails does not keep the others from being hashed.

        Raises:
            StorageUnavailableError, DatabaseError: the rest waits for the next call.
        """
        if not self.settings.near_duplicates:
            return 0
        async with try_exclusive_for_long("frame hashes") as is_ours:
            if not is_ours:
                return 0
            done, last = 0, 0
            while True:
                async with transaction() as session:
                    videos = await duplicate_repository.list_without_hashes(
                        session, VERSION, PORTION, after=last
                    )
                for video in videos:
                    done += await self._try(video)
                    last = video.id
                if len(videos) < PORTION:
                    return done

    async def _try(self, video: Video) -> bool:
        """Hash a video, unless it failed less than `RETRY_SECONDS` ago; return whether it succeeded."""
        if time.monotonic() < self._retry_at.get(video.id, 0.0):
            return False
        try:
            await self.hash(video)
        except (StorageUnavailableError, DatabaseError):
            raise
        except VideoMomentsError as error:
            logger.warning("frames not compared: %s", error.cause, extra={"video_id": video.identifier})
        except Exception:
            logger.exception("frames not compared", extra={"video_id": video.identifier})
        else:
            self._retry_at.pop(video.id, None)
            return True
        self._retry_at[video.id] = time.monotonic() + RETRY_SECONDS
        return False

    async def hash(self, video: Video) -> None:
        """Hash the frames of a video, and store the hashes; none if it cannot be decoded.

        Raises:
            StorageError, DatabaseError, FFmpegError, LocalFileError: a later attempt may succeed.
        """
        try:
            hashes = await self._read(video)
        except VideoNotFoundError:
            return  # deleted meanwhile
        except (MediaError, ObjectNotFoundError, BucketConflictError) as error:
            logger.info("no frames to compare: %s", error.cause, extra={"video_id": video.identifier})
            hashes = b""
        async with transaction() as session:
            await duplicate_repository.save_hashes(session, video.id, VERSION, hashes)

    async def _read(self, video: Video) -> bytes:
        local = await find_local_original(self.settings, video)
        source = await picture_source(
            video.identifier,
            local,
            settings=self.settings,
            uploader=self.uploader,
            processes=self._processes,
        )
        is_large = not source.is_local and not 0 < source.size_bytes <= MAX_READ_BYTES
        with low_priority():
            if is_large:
                frames = await overview_by_seeking(source.pictures, settings=self.settings)
            else:
                frames = await overview(source.pictures, settings=self.settings)
        return hash_frames(frames)
