"""Opening of files below a folder that other programs may change at the same time."""

import errno
import os
from contextlib import ExitStack
from pathlib import Path

from app.core.exceptions import FileChangedError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def open_below(folder: Path, path: Path, flags: int) -> int:
    """Open a file and return its descriptor; symbolic links must lead to a file below `folder`.

    The path without links is opened folder by folder, so that a link that replaces a part of it meanwhile is
    not followed.

    Raises:
        FileChangedError: a link leads out of the folder, or has replaced a part of the path.
        OSError: the file cannot be opened.
    """
    root = folder.resolve(strict=True)
    try:
        relative = path.resolve(strict=True).relative_to(root)
    except (ValueError, RuntimeError):  # RuntimeError: links that lead to each other
        raise _leads_out(path) from None
    except OSError as error:
        if error.errno == errno.EINVAL:  # a link was replaced between its detection and reading its target
            raise _leads_out(path) from error
        raise
    with ExitStack() as stack:
        descriptor = os.open(root, _FOLDER)
        stack.callback(os.close, descriptor)
        try:
            for part in relative.parent.parts:
                descriptor = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
                stack.callback(os.close, descriptor)
            return os.open(relative.name, flags | os.O_NOFOLLOW, dir_fd=descriptor)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOTDIR}:
                raise _leads_out(path) from error
            raise


def _leads_out(path: Path) -> FileChangedError:
    return FileChangedError(
        f"{path.name} is a symbolic link out of its folder", remedy="move the file itself into the folder"
    )
