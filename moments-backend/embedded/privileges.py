"""Who PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.exceptions import ConfigurationError

UNPRIVILEGED = "nobody"
NOT_AS_ROOT_REMEDY = "run as an ordinary user, or set DATABASE_URL to a PostgreSQL server of your own"


@dataclass(frozen=True)
class ServiceUser:
    """A user that this process, being root, hands a server to."""

    name: str
    uid: int
    gid: int

    def chown(self, path: Path) -> None:
        """Give `path` to the account.

        Raises:
            ConfigurationError: the system does not let us, as in a container without that right.
        """
        try:
            os.chown(path, self.uid, self.gid)
        except OSError as error:
            raise ConfigurationError(
                f"cannot give {path} to the user {self.name}: {error.strerror}",
                remedy=NOT_AS_ROOT_REMEDY,
            ) from error

    def command(self, argv: Sequence[str], *, reach: Iterable[Path]) -> tuple[list[str], str]:
        """`argv` made to run as this account, and the `UID:GID` for the launcher to become (`-` for none).

        Where a folder on the way to `reach` is closed to others, such as /root, the program is given the
        right to pass it; the permissions of the folders stay as they are.

        Raises:
            ConfigurationError: a folder is closed and the program `setpriv` is not here to pass it.
        """
        closed = next((folder for path in reach for folder in _closed_folders(path)), None)
        if closed is None:
            return list(argv), f"{self.uid}:{self.gid}"
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ConfigurationError(
                f"PostgreSQL does not run as root, and the user {self.name} may not enter {closed}",
                remedy="run as an ordinary user, install util-linux, or keep the project in a folder that "
                "others may enter",
            )
        prefix = [
            setpriv,
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            # Without it access(2), which initdb asks, would look past the capability.
            "--securebits=+no_setuid_fixup",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "--pdeathsig=INT",  # the launcher's own was cleared by the change of user
            "--",
        ]
        return [*prefix, *argv], "-"


def account_for(data: Path) -> ServiceUser | None:
    """The account for a server with its data in `data`; None when it can be the user's own."""
    if os.geteuid() != 0:
        return None
    try:
        # Data that an ordinary user made stays theirs, should root start it once.
        owner = data.stat().st_uid if data.exists() else 0
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise ConfigurationError(
            "PostgreSQL does not run as root, and this system has no other user for it",
            remedy=NOT_AS_ROOT_REMEDY,
        ) from error
    return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def ensure_passwd_entry() -> None:
    """Raises:
    ConfigurationError: our own user has a number but no name, as under `docker run --user 1234`. PostgreSQL
        does not make a data folder for such a user.
    """
    number = os.geteuid()
    try:
        pwd.getpwuid(number)
    except KeyError as error:
        raise ConfigurationError(
            f"PostgreSQL does not start for the user {number}, who has no entry in /etc/passwd",
            remedy="run as a user who has one, or set DATABASE_URL to a PostgreSQL server of your own",
        ) from error


def _closed_folders(path: Path) -> Iterable[Path]:
    return (folder for folder in path.resolve().parents if not folder.stat().st_mode & stat.S_IXOTH)
