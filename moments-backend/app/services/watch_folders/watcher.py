"""Scans the watch folders at an interval and registers new files, one at a time."""

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Self

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.exceptions import VideoMomentsError, WatchFolderError
from app.database.exclusive import try_exclusive_for_long
from app.database.session import transaction
from app.models.pipeline import GenerateMomentsRequest
from app.repositories import watched_file_repository as files
from app.repositories.watched_file_repository import WatchedRow
from app.services.migration.scanner import Scan
from app.services.storage.gcs_uploader import GCSUploader
from app.services.watch_folders.changes import Changes, find_changes
from app.services.watch_folders.intake import Intake, is_outage
from app.services.watch_folders.scanning import FolderScanner
from app.services.watch_folders.states import add_file_problem, set_available, set_unavailable

logger = logging.getLogger(__name__)

Submit = Callable[[GenerateMomentsRequest], Awaitable[object]]
"""Queues a run; see `RunService.submit`."""

WORK_SECONDS = 60.0
"""Time after which a folder with many new files lets the next one have its turn."""

SETTLE_SHARE = 0.9
"""Part of the interval between two scans; the rest allows for the duration of a scan."""


class FolderWatcher:
    """Registers the new files of all watch folders. Any number of workers may call `poll`."""

    def __init__(self, settings: Settings, intake: Intake, scanner: FolderScanner | None = None) -> None:
        self._settings = settings
        self._intake = intake
        self._scanner = scanner or FolderScanner(settings)

    @classmethod
    def create(cls, settings: Settings, uploader: GCSUploader, submit: Submit) -> Self:
        """Return a watcher that starts runs with `submit` if `WATCH_MOMENTS` is set."""

        async def start_run(video_id: str) -> None:
            await submit(GenerateMomentsRequest(video_id=video_id))

        return cls(settings, Intake(settings, uploader, start_run if settings.watch_moments else None))

    async def poll(self) -> None:
        """Scan every folder once, unless another worker does."""
        folders = self._settings.watch_folders
        if not folders:
            return
        async with try_exclusive_for_long("watch folders") as is_held:
            if is_held:
                for folder in folders:
                    await self._poll(folder)

    async def _poll(self, folder: Path) -> None:
        async with transaction() as session:
            rows = await files.list_folder(session, str(folder))
        try:
            found = await self._scanner.scan(folder)
            _ensure_not_emptied(folder, found, rows)
        except WatchFolderError as error:
            await set_unavailable(folder, error)
            return
        settle = timedelta(seconds=self._settings.watch_interval_seconds * SETTLE_SHARE)
        changes = find_changes(found.videos, rows, now=utc_now(), settle=settle)
        await _record(folder, changes)
        await set_available(folder, found, await self._register(folder, changes))

    async def _register(self, folder: Path, changes: Changes) -> VideoMomentsError | None:
        """Register complete files; return why the rest has to wait."""
        until = time.monotonic() + WORK_SECONDS
        for file in changes.ready:
            if time.monotonic() > until:
                break
            try:
                await self._intake.process(folder, file)
            except VideoMomentsError as error:
                if not is_outage(error):
                    raise
                logger.warning("Files of a watch folder wait: %s", error.cause, extra={"folder": str(folder)})
                return error
        return None


def _ensure_not_emptied(folder: Path, found: Scan, rows: dict[str, WatchedRow]) -> None:
    """Raise `WatchFolderError` for a folder without any of its files, like the mount point of a drive."""
    known = sum(row.state in {"added", "known", "missing"} for row in rows.values())
    if known and not found.videos:
        raise WatchFolderError(
            f"the watch folder {folder} is empty, but had {known} videos",
            remedy="mount its drive, or ignore this if the files were removed on purpose",
        )


async def _record(folder: Path, changes: Changes) -> None:
    now, name = utc_now(), str(folder)
    for start in range(0, len(changes.waiting), files.BATCH):
        async with transaction() as session:
            batch = changes.waiting[start : start + files.BATCH]
            await files.save_waiting(session, name, batch, now=now)
    async with transaction() as session:
        await files.set_states(session, name, changes.missing, "missing", now=now)
        await files.delete_files(session, name, changes.forgotten)
        for state, paths in changes.returned.items():
            await files.set_states(session, name, paths, state, now=now)
    for file, error in changes.failed:
        await add_file_problem(folder, file, error)
