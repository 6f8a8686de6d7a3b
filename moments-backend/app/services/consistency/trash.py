"""The trash of `doctor --storage --apply`: a prefix in the bucket, and a hidden folder on the disk.

Both keep the names of what was removed, below the id of the plan. They are emptied after `TRASH_DAYS`.
"""

import logging
import os
import shutil
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path, PurePosixPath

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import LocalFileError, ObjectChangedError
from app.core.files.atomic import mapped_write_errors
from app.core.files.safe_delete import open_directory
from app.services.consistency.bucket import age_of
from app.services.consistency.disk import DERIVED_FOLDERS, PARTIAL
from app.services.storage.gcs_uploader import GCSUploader

logger = logging.getLogger(__name__)

STORAGE_TRASH_SECONDS = 3600.0
"""Interval of the purge, which lists the trash in the bucket."""
_TEMPORARY_FOLDERS = frozenset({"uploads", ".work"})


def object_in_trash(settings: Settings, plan_id: str, name: str) -> str:
    return f"{settings.gcs_trash_prefix}{plan_id}/{name}"


def file_in_trash(settings: Settings, plan_id: str, subject: str) -> Path:
    return settings.trash_dir / plan_id / subject


def ensure_removable_path(subject: str) -> None:
    """Check that a plan names a derived file or a leftover, not an original or a file outside.

    Raises:
        LocalFileError: it does not.
    """
    parts = PurePosixPath(subject).parts
    is_plain = "/".join(parts) == subject and not {"..", "."} & set(parts) and "\0" not in subject
    if is_plain and len(parts) > 1:
        folder, name = parts[0], parts[-1]
        if folder in DERIVED_FOLDERS or PARTIAL.fullmatch(name):
            return
        if folder in _TEMPORARY_FOLDERS and len(parts) == 2:  # noqa: PLR2004 - the folder and its entry
            return
    raise LocalFileError(f"{subject!r} is not a file that a plan may remove")


def rename_below(root: Path, subject: str, target: Path) -> None:
    """Rename a file or folder below `root`, without following links. Blocks.

    Raises:
        LocalFileError: it does not exist, is in a link, or cannot be renamed.
    """
    *folders, name = subject.split("/")
    current = root.resolve()
    with ExitStack() as stack, mapped_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = stack.enter_context(open_directory(current))
        for folder in folders:
            current = current / folder
            if descriptor is not None:
                descriptor = stack.enter_context(open_directory(current, parent=descriptor))
        if descriptor is None:
            raise LocalFileError(f"the folder of {subject} does not exist, or is a symbolic link")
        if os.path.lexists(target):
            raise LocalFileError(f"{target} exists already", remedy="move it away, then run again")
        os.rename(name, target, src_dir_fd=descriptor)


def touch_trash(settings: Settings, plan_id: str) -> None:
    """Restart the retention of a plan's local trash. Blocks."""
    folder = settings.trash_dir / plan_id
    if folder.exists():
        os.utime(folder)


class StorageTrash:
    """Deletes for good what has been in the trash for `TRASH_DAYS`."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader

    async def purge(self) -> int:
        """Delete old entries; return the number of objects and of local plans.

        Raises:
            StorageError: the bucket cannot be used.
        """
        count = await run_in_thread(self._purge_files)
        limit = timedelta(days=self._settings.trash_days).total_seconds()
        async for page in self._uploader.list_pages(self._settings.gcs_trash_prefix):
            for found in page:
                if age_of(found) <= limit:
                    continue
                try:
                    await self._uploader.delete_object(found.name, generation=found.generation)
                except ObjectChangedError:  # replaced, so it is new
                    continue
                count += 1
        if count:
            logger.info("Emptied the trash of `doctor --storage`", extra={"count": count})
        return count

    def _purge_files(self) -> int:
        oldest = time.time() - timedelta(days=self._settings.trash_days).total_seconds()
        count = 0
        for folder in self._settings.trash_dir.glob("*/"):
            if not folder.is_symlink() and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
                count += 1
        return count
