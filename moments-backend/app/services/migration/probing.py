"""ffprobe for many videos at once: as many of it as there are processors, however many jobs."""

import asyncio
import os
from pathlib import Path

from app.core.config import Settings
from app.media import ffprobe
from app.media.ffprobe import VideoMetadata


class LimitedProbe:
    """`ffprobe.probe` whose callers take turns. More at once would only cost memory."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(os.cpu_count() or 1)

    async def __call__(self, path: Path, *, settings: Settings) -> VideoMetadata:
        async with self._turns:
            return await ffprobe.probe(path, settings=settings)
