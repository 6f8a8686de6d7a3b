"""Room on the disk, and what is safely on it."""

import os
import shutil
from pathlib import Path

from app.core.exceptions import DiskFullError
from app.core.files.atomic import mapped_write_errors

RESERVED_BYTES = 256 * 1024**2
"""Left free on the disk for everybody else: logs, the database, what a run still has to make."""


def ensure_free_space(folder: Path, size: int) -> None:
    """Raises:
    DiskFullError: after `size` more bytes less than `RESERVED_BYTES` would be free.
    """
    with mapped_write_errors(folder):
        free = shutil.disk_usage(folder).free
    if free - size < RESERVED_BYTES:
        raise DiskFullError(
            f"{size} bytes more do not fit on the disk of {folder}: {free} are free, and {RESERVED_BYTES}"
            " of them are to stay so",
            remedy="free some space and retry",
        )


def fsync_path(path: Path) -> None:
    """Bring a file's bytes, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
