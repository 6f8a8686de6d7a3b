"""How much of each scarce thing the runs of one worker use at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from app.core.config import Settings


class Resource(Enum):
    """What there is only so much of."""

    FFMPEG = "FFmpeg"
    TRANSCRIPTION = "the transcriber"
    TRANSFER = "uploads and downloads"


class ResourceLimits:
    """One semaphore for each."""

    def __init__(self, settings: Settings) -> None:
        self._places = {
            Resource.FFMPEG: asyncio.Semaphore(settings.worker_ffmpeg_limit),
            Resource.TRANSCRIPTION: asyncio.Semaphore(settings.worker_transcription_limit),
            Resource.TRANSFER: asyncio.Semaphore(settings.worker_upload_limit),
        }

    def is_taken(self, limit: Resource) -> bool:
        """Whether one would have to wait."""
        return self._places[limit].locked()

    @asynccontextmanager
    async def acquire(self, limit: Resource | None) -> AsyncIterator[None]:
        """Wait for a place, and hold it during the block."""
        if limit is None:
            yield
            return
        async with self._places[limit]:
            yield
