"""Detection of files that are still being written."""

import asyncio
import stat
import time
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.exceptions import FileStillWrittenError, LocalFileError
from app.services.migration.scanner import FileVersion
from app.services.storage.checksums import map_os_error

RECENT_SECONDS = 10
"""Files changed within this time are taken last."""

STILL_SECONDS = 2.0
"""A file is complete if its size and time have been unchanged for this long."""

NANOSECONDS = 1_000_000_000


def is_recent(version: FileVersion, now_ns: int) -> bool:
    """Return whether the file was changed shortly before, or by a clock that is ahead of ours."""
    return now_ns - version.modified_ns < RECENT_SECONDS * NANOSECONDS


async def wait_until_still(path: Path, scanned: FileVersion) -> FileVersion:
    """Wait until the file has been unchanged for `STILL_SECONDS`, and return its version.

    Files that were not changed recently cost one `stat`.

    Raises:
        FileStillWrittenError: it changed during the wait.
        LocalFileError: it no longer exists, cannot be read, or is not a regular file.
    """
    current = await run_in_thread(_version, path)
    age = (time.time_ns() - current.modified_ns) / NANOSECONDS
    if current == scanned and age >= STILL_SECONDS:
        return current
    # The clock of a network drive may be ahead of ours, so that ages are meaningless.
    is_age_usable = current == scanned and age >= 0
    await asyncio.sleep(STILL_SECONDS - age if is_age_usable else STILL_SECONDS)
    if await run_in_thread(_version, path) != current:
        raise FileStillWrittenError(path.name)
    return current


async def was_written_to(path: Path, version: FileVersion) -> bool:
    """Return whether the file changed since `version`; False if the path names another file, or none."""

    def compare() -> bool:
        try:
            now = FileVersion.of(path.stat())
        except OSError:
            return False
        return now.file == version.file and now != version

    return await run_in_thread(compare)


def _version(path: Path) -> FileVersion:
    try:
        status = path.stat()
    except OSError as error:
        raise map_os_error(error, path) from error
    if not stat.S_ISREG(status.st_mode):
        raise LocalFileError(f"{path.name} is not a regular file")
    return FileVersion.of(status)
