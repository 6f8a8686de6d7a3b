"""Deletion of files by name, without following symbolic links. Failures are logged."""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)


@contextmanager
def open_directory(folder: Path, *, parent: int | None = None) -> Iterator[int | None]:
    """Open a folder and yield its descriptor; None if it is missing or a symbolic link.

    Args:
        parent: descriptor of the folder that contains it.
    """
    path = folder if parent is None else folder.name
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
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


def unlink_below(folder: Path, relative_path: str) -> None:
    """Delete a file below `folder`. Subfolders that are symbolic links are not entered."""
    *parents, name = relative_path.split("/")
    with ExitStack() as stack:
        descriptor = stack.enter_context(open_directory(folder))
        for parent in parents:
            if descriptor is None:
                return
            folder = folder / parent
            descriptor = stack.enter_context(open_directory(folder, parent=descriptor))
        unlink_at(descriptor, folder, name)


def delete_files_in(folder: Path, name: str) -> None:
    """Delete the folder `name` in `folder` with the files in it, unless one of the two is a link."""
    with ExitStack() as stack:
        parent = stack.enter_context(open_directory(folder))
        if parent is None:
            return
        descriptor = stack.enter_context(open_directory(folder / name, parent=parent))
        if descriptor is None:
            return
        for file in os.listdir(descriptor):  # noqa: PTH208 - pathlib has no fd
            unlink_at(descriptor, folder / name, file)
        try:
            os.rmdir(name, dir_fd=parent)
        except OSError as error:
            logger.warning("folder not deleted: %s", error.strerror, extra={"path": folder / name})
