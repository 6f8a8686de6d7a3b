"""Files of one run that would get the same identifier, such as `talk.mp4` and `talk.mkv`.

The first usable file in the order of paths gets it. A damaged file is never registered, so it must not take
the identifier from a good one.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import FFmpegError, LocalFileError, MediaError, ToolMissingError
from app.media import ffprobe
from app.services.migration.planner import Planner, twin_conflict
from app.services.migration.tasks import Task


async def ensure_usable(path: Path, settings: Settings) -> None:
    """Read the file's properties, unless ffprobe itself fails, which states nothing about the file.

    Raises:
        MediaError, LocalFileError: the file cannot be registered.
    """
    try:
        await ffprobe.probe(path, settings=settings)
    except (FFmpegError, ToolMissingError):
        return


@dataclass(slots=True)
class Contenders:
    """Decides which of the files with the same identifier gets it."""

    planner: Planner
    settings: Settings
    _locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _usable: dict[Path, bool] = field(default_factory=dict)

    async def settle(self, task: Task) -> Task:
        """Return the task without its conflict if all files before it are unusable.

        Conflicts with a video in the database remain.
        """
        files = self.planner.contenders(task.identifier)
        if task.conflict is None or task.filename not in files:
            return task
        async with self._locks[task.identifier]:
            for filename, location in files.items():
                if filename == task.filename:
                    return replace(task, conflict=None)
                if await self._is_usable(Path(location)):
                    return replace(
                        task, conflict=twin_conflict(task.filename, task.identifier, filename, task.size)
                    )
        return task

    async def _is_usable(self, path: Path) -> bool:
        if path not in self._usable:
            try:
                await ensure_usable(path, self.settings)
            except (MediaError, LocalFileError):
                self._usable[path] = False
            else:
                self._usable[path] = True
        return self._usable[path]
