"""Dropping root privileges for PostgreSQL, which refuses to run as root."""

import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.exceptions import ConfigurationError

UNPRIVILEGED = "nobody"
NOT_AS_ROOT_REMEDY = "run as an ordinary user, or set DATABASE_URL to your own PostgreSQL server"


@dataclass(frozen=True)
class ServiceUser:
    """The unprivileged user that runs a server when this process is root."""

    name: str
    uid: int
    gid: int

    def chown(self, path: Path) -> None:
        """Change the owner of `path` to this user.

        Raises:
            ConfigurationError: permission denied, as in a container without CAP_CHOWN.
        """
        try:
            os.chown(path, self.uid, self.gid)
        except OSError as error:
            raise ConfigurationError(
                f"cannot give {path} to the user {self.name}: {error.strerror}",
                remedy=NOT_AS_ROOT_REMEDY,
            ) from error

    def command(self, argv: Sequence[str], *, reach: Iterable[Path]) -> tuple[list[str], str]:
        """Return the command to run `argv` as this user, and the `UID:GID` for `exec_wrapper` (`-` for none).

        If a parent directory of `reach` denies access to other users, as /root does, the program runs with
        CAP_DAC_OVERRIDE through `setpriv`; directory permissions are not changed.

        Raises:
            ConfigurationError: a directory denies access and `setpriv` is not installed.
        """
        closed = next((folder for path in reach for folder in _closed_folders(path)), None)
        if closed is None:
            return list(argv), f"{self.uid}:{self.gid}"
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ConfigurationError(
                f"PostgreSQL does not run as root, and the user {self.name} cannot enter {closed}",
                remedy="run as an ordinary user, install util-linux, or move the project to a directory that "
                "other users can enter",
            )
        prefix = [
            setpriv,
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            # initdb calls access(2), which ignores the capability unless this bit is set.
            "--securebits=+no_setuid_fixup",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "--pdeathsig=INT",  # changing the user cleared the signal set by exec_wrapper
            "--",
        ]
        return [*prefix, *argv], "-"


def service_user_for(data: Path) -> ServiceUser | None:
    """Return the user to run a server with data directory `data`; None if this process is not root."""
    if os.geteuid() != 0:
        return None
    try:
        # Keep the owner of existing data, so that its owner can still start it after root did.
        owner = data.stat().st_uid if data.exists() else 0
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise ConfigurationError(
            "PostgreSQL does not run as root, and this system has no unprivileged user for it",
            remedy=NOT_AS_ROOT_REMEDY,
        ) from error
    return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def ensure_passwd_entry() -> None:
    """Check that the current user has a passwd entry, which initdb requires.

    Raises:
        ConfigurationError: the user id has no entry, as under `docker run --user 1234`.
    """
    number = os.geteuid()
    try:
        pwd.getpwuid(number)
    except KeyError as error:
        raise ConfigurationError(
            f"PostgreSQL does not start for user id {number}, which has no entry in /etc/passwd",
            remedy="run as a user with an entry, or set DATABASE_URL to your own PostgreSQL server",
        ) from error


def _closed_folders(path: Path) -> Iterable[Path]:
    return (folder for folder in path.resolve().parents if not folder.stat().st_mode & stat.S_IXOTH)
