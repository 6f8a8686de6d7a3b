"""Reads watch folders without waiting for network drives that do not respond."""

import asyncio
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import ConfigurationError, WatchFolderError
from app.services.library.identity import path_below
from app.services.migration.scanner import Scan, scan

SCAN_SECONDS = 60.0
"""Longest scan; a drive that takes longer is unavailable until its scan ends."""


class FolderScanner:
    """Scans folders, one scan of each at a time.

    Args:
        timeout: longest scan in seconds.
    """

    def __init__(self, settings: Settings, *, timeout: float = SCAN_SECONDS) -> None:
        self._settings = settings
        self._timeout = timeout
        self._running: dict[Path, asyncio.Task[Scan]] = {}

    async def scan(self, folder: Path) -> Scan:
        """Return the videos of a folder, without those of this program's own folder.

        Raises:
            WatchFolderError: the folder does not exist, cannot be read, or does not respond.
        """
        task = self._running.get(folder)
        if task is None:
            work = run_in_thread(scan, folder, grace_seconds=0)
            task = self._running[folder] = asyncio.create_task(work)
            timeout = self._timeout
        else:
            timeout = 0.0  # an earlier scan has not ended; a second one would block another thread
        done, _ = await asyncio.wait([task], timeout=timeout)
        if not done:
            raise WatchFolderError(
                f"the watch folder {folder} did not respond within {self._timeout:g} s",
                remedy="check the network drive",
            )
        del self._running[folder]
        try:
            found = task.result()
        except ConfigurationError as error:
            raise WatchFolderError(
                error.cause.replace("the folder", "the watch folder", 1),
                remedy="mount or create it, let this user read it, or remove it from WATCH_DIR",
            ) from error
        return self._without_own_files(found, folder)

    def _without_own_files(self, found: Scan, folder: Path) -> Scan:
        """Leave out uploads, clips and copies of this program if they are below the watch folder."""
        own = path_below(folder, self._settings.static_path)
        if own is None:
            return found
        prefix = "" if own == "." else f"{own}/"
        videos = tuple(video for video in found.videos if not video.relative_path.startswith(prefix))
        ignored = tuple(entry for entry in found.ignored if not entry.relative_path.startswith(prefix))
        return found._replace(videos=videos, ignored=ignored)
