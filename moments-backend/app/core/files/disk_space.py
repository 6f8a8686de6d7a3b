"""Free disk space and fsync."""

import os
import shutil
from pathlib import Path

from app.core.exceptions import DiskFullError
from app.core.files.atomic import mapped_write_errors

RESERVED_BYTES = 256 * 1024**2
"""Kept free on the disk for logs, the database and the results of runs."""


def ensure_free_space(folder: Path, size: int, *, announced: int = 0) -> None:
    """Check that `size` more bytes fit on the disk of `folder`.

    Args:
        announced: bytes that were accepted before and have not arrived yet.

    Raises:
        DiskFullError: less than `RESERVED_BYTES` would remain free.
    """
    with mapped_write_errors(folder):
        free = shutil.disk_usage(folder).free
    if free - announced - size < RESERVED_BYTES:
        others = f" {_gb(announced)} announced by unfinished uploads," if announced else ""
        raise DiskFullError(
            f"not enough disk space in {folder}: {_gb(size)} needed, {_gb(free)} free,{others}"
            f" {_gb(RESERVED_BYTES)} reserved",
            remedy="free some space"
            + (", or remove unfinished uploads," if announced else "")
            + " and retry",
        )


def fsync_path(path: Path) -> None:
    """Write a file's bytes, or a directory's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f} GB"
