"""Limits on what the runs of one worker use at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from app.core.config import Settings


class Resource(Enum):
    """A limited resource; the value completes "waiting for"."""

    FFMPEG = "an FFmpeg slot"
    TRANSCRIPTION = "a transcription slot"
    TRANSFER = "a transfer slot"


class ResourceLimits:
    def __init__(self, settings: Settings) -> None:
        self._semaphores = {
            Resource.FFMPEG: asyncio.Semaphore(settings.worker_ffmpeg_limit),
            Resource.TRANSCRIPTION: asyncio.Semaphore(settings.worker_transcription_limit),
            Resource.TRANSFER: asyncio.Semaphore(settings.worker_upload_limit),
        }

    def is_exhausted(self, resource: Resource) -> bool:
        """Return whether `acquire` would block."""
        return self._semaphores[resource].locked()

    @asynccontextmanager
    async def acquire(self, resource: Resource | None) -> AsyncIterator[None]:
        """Hold a slot of the resource during the block; None needs no slot."""
        if resource is None:
            yield
            return
        async with self._semaphores[resource]:
            yield
