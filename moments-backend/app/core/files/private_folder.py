"""Folders that other users of this machine cannot enter."""

import pwd
import stat
from pathlib import Path

from app.core.config import Settings

OWNER_ONLY = 0o700
NOT_OWNER = stat.S_IRWXG | stat.S_IRWXO


def make_private(folder: Path, mode: int = OWNER_ONLY) -> str | None:
    """Create `folder`, or change the group's and others' permissions of an existing one to those of `mode`.

    Files and folders inside it stay unchanged. A folder whose permissions cannot be changed stays usable.

    Returns:
        A message for the user if the permissions of an existing folder were changed, or could not be.

    Raises:
        OSError: the folder cannot be created.
    """
    existed = folder.is_dir()
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    status = folder.stat()
    current = stat.S_IMODE(status.st_mode)
    wanted = (current & ~NOT_OWNER) | (mode & NOT_OWNER)
    if current == wanted:
        return None
    try:
        folder.chmod(wanted)
    except OSError as error:
        return (
            f"{folder} is accessible to other users (mode {current:04o}), and its permissions cannot be "
            f"changed: {error.strerror}; its owner is {owner_name(status.st_uid)}"
        )
    if not existed:
        return None
    message = f"Changed the permissions of {folder} from {current:04o} to {wanted:04o}"
    is_closed = current & ~wanted
    return (
        f"{message}, because other users of this machine could reach private data in it"
        if is_closed
        else message
    )


def make_static_dir_private(settings: Settings) -> str | None:
    """Create STATIC_DIR or correct its permissions; return a message as `make_private` does.

    A folder that cannot be created is reported by the first operation that needs it.
    """
    try:
        message = make_private(settings.static_path, int(settings.static_dir_mode, 8))
    except OSError:
        return None
    return message and f"{message} (setting: STATIC_DIR_MODE)"


def owner_name(uid: int) -> str:
    """Return the name of a user, or the number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
