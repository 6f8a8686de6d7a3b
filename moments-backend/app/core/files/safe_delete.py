"""Removes files by name from a folder, and follows no symbolic link. What cannot be removed is logged."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)


@contextmanager
def open_directory(folder: Path) -> Iterator[int | None]:
    """A descriptor of the folder itself; None when there is none, or when it is a symbolic link."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        logger.warning("files remain: %s", error.strerror, extra={"remains": folder})
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def unlink_at(descriptor: int | None, folder: Path, name: str) -> None:
    """Remove one entry of an open folder. Of a symbolic link that is the link, never what it leads to."""
    if descriptor is None:
        return
    try:
        os.unlink(name, dir_fd=descriptor)
    except FileNotFoundError:
        pass
    except OSError as error:
        logger.warning("a file remains: %s", error.strerror, extra={"remains": folder / name})
