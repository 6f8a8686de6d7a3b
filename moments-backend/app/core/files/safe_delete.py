"""Deletion of files by name, without following symbolic links. Failures are logged."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)


@contextmanager
def open_directory(folder: Path) -> Iterator[int | None]:
    """Open a folder and yield its descriptor; None if it is missing or a symbolic link."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        logger.warning("files not deleted: %s", error.strerror, extra={"path": folder})
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def unlink_at(descriptor: int | None, folder: Path, name: str) -> None:
    """Delete one entry of an open folder; for a symbolic link, the link itself."""
    if descriptor is None:
        return
    try:
        os.unlink(name, dir_fd=descriptor)
    except FileNotFoundError:
        pass
    except OSError as error:
        logger.warning("file not deleted: %s", error.strerror, extra={"path": folder / name})
