"""The users that the embedded servers run as, and how those users reach their files.

No server has capabilities (see `exec_wrapper`). As root, PostgreSQL and Valkey run as an unprivileged user,
which may be unable to enter the directories above the data and the programs, such as /root. Their permissions
stay unchanged: the data directory is the server's working directory, whose parents it need not enter, and the
programs are copied to `PROGRAM_CACHE`.
"""

import os
import pwd
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from app.core.exceptions import ConfigurationError
from app.core.files.private_folder import owner_name
from embedded.exec_wrapper import DROP

UNPRIVILEGED = "nobody"
PROGRAM_CACHE = Path("/var/cache/videomoments")
CURRENT_DIRECTORY = Path("/proc/self/cwd")
"""Names the working directory without its parents; Linux only."""
NOT_AS_ROOT_REMEDY = "run as an ordinary user, or set {setting} to your own server"


@dataclass(frozen=True)
class ServiceUser:
    """The unprivileged user that runs a server when this process is root."""

    name: str
    uid: int
    gid: int

    @property
    def account(self) -> str:
        """The argument of `exec_wrapper`."""
        return f"{self.uid}:{self.gid}"

    def chown(self, path: Path) -> None:
        """Change the owner of `path` to this user.

        Raises:
            ConfigurationError: permission denied, as in a container without CAP_CHOWN.
        """
        try:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        except OSError as error:
            raise ConfigurationError(
                f"cannot give {path} to the user {self.name}: {error.strerror}",
                remedy="run as an ordinary user, or configure your own servers in the settings",
            ) from error

    def chown_tree(self, directory: Path) -> None:
        """Change the owner of `directory` and its content; files that this user owns are skipped."""
        for path in (directory, *directory.rglob("*")):
            if path.lstat().st_uid != self.uid:
                self.chown(path)


@dataclass(frozen=True)
class Launcher:
    """Paths and account of one server's programs.

    Attributes:
        user: None if this process is not root.
        package: package whose wheel contains the programs.
        setting: setting for an external server, named in remedies.
    """

    user: ServiceUser | None
    package: str
    setting: str

    @property
    def account(self) -> str:
        return self.user.account if self.user else DROP

    def data_path(self, data: Path) -> Path:
        """Return the name of `data`, the server's working directory, in its command line."""
        closed = first_closed_folder(data, self.user)
        if closed is None:
            return data
        if CURRENT_DIRECTORY.exists():
            return CURRENT_DIRECTORY
        raise self._unreachable(closed)

    def program_path(self, program: Path, root: Path) -> Path:
        """Return `program`, or the path of its copy if the user cannot enter its directory.

        Args:
            root: the directory above `program` that contains everything the program needs.

        Raises:
            ConfigurationError: a copy is needed, and `PROGRAM_CACHE` is not writable.
        """
        if self.user is None:
            return program
        closed = first_closed_folder(program, self.user)
        if closed is None:
            return program
        copy = PROGRAM_CACHE / f"{self.package}-{version(self.package)}"
        try:
            if not copy.exists():
                _copy_programs(self._package_folders(root), copy)
        except OSError as error:
            raise self._unreachable(closed) from error
        return copy / program.relative_to(root.parent)

    def _package_folders(self, root: Path) -> list[Path]:
        """Return the package and the shared libraries that the wheel keeps beside it."""
        return [folder for folder in (root, root.with_name(f"{root.name}.libs")) if folder.is_dir()]

    def _unreachable(self, closed: Path) -> ConfigurationError:
        name = self.user.name if self.user else "current user"
        return ConfigurationError(
            f"{self.package} does not run as root, and the user {name} cannot enter {closed}",
            remedy=f"run as an ordinary user, make {PROGRAM_CACHE} writable, move the project to a directory "
            f"that other users can enter, or set {self.setting} to your own server",
        )


def launcher_for(data: Path, *, package: str, setting: str) -> Launcher:
    """Return the launcher of the server with the data directory `data`."""
    return Launcher(service_user_for(data, setting=setting), package, setting)


def service_user_for(data: Path, *, setting: str = "DATABASE_URL") -> ServiceUser | None:
    """Return the user to run a server with data directory `data`; None if this process is not root."""
    if os.geteuid() != 0:
        return None
    try:
        # Keep the owner of existing data, so that its owner can still start it after root did.
        owner = data.stat().st_uid if data.exists() else 0
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise ConfigurationError(
            "the embedded servers do not run as root, and this system has no unprivileged user for them",
            remedy=NOT_AS_ROOT_REMEDY.format(setting=setting),
        ) from error
    return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def other_owner(directory: Path) -> ServiceUser | None:
    """Return the owner of `directory` if this process is root and another user owns it.

    Without capabilities, root cannot enter another user's private directory.

    Raises:
        ConfigurationError: that user cannot execute this Python.
    """
    owner = directory.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return None
    user = ServiceUser(owner_name(owner.st_uid), owner.st_uid, owner.st_gid)
    closed = first_closed_folder(Path(sys.executable), user)
    if closed is not None:
        raise ConfigurationError(
            f"{directory} belongs to the user {user.name}, who cannot execute Python in {closed}",
            remedy=f"run as that user, or change the owner: chown -R root {directory}",
        )
    return user


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


def first_closed_folder(path: Path, user: ServiceUser | None) -> Path | None:
    """Return the first directory above `path` that `user` (None: this process's user) cannot enter."""
    uid, gids = (user.uid, {user.gid}) if user else (os.geteuid(), {os.getegid(), *os.getgroups()})
    return next((folder for folder in path.resolve().parents if not _may_enter(folder, uid, gids)), None)


def _may_enter(folder: Path, uid: int, gids: set[int]) -> bool:
    status = folder.stat()
    group_or_others = stat.S_IXGRP if status.st_gid in gids else stat.S_IXOTH
    return bool(status.st_mode & (stat.S_IXUSR if status.st_uid == uid else group_or_others))


def _copy_programs(folders: Iterable[Path], target: Path) -> None:
    """Copy `folders` into the new directory `target`, which gets its name when it is complete."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as temporary:
        staging = Path(temporary) / target.name
        for folder in folders:
            shutil.copytree(folder, staging / folder.name, symlinks=True, ignore=_without_bytecode)
        for path in _directories(staging):
            path.chmod(0o755)  # regardless of the umask
        if not target.exists():
            staging.rename(target)


def _without_bytecode(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__"}


def _directories(root: Path) -> Iterator[Path]:
    yield root
    yield from (path for path in root.rglob("*") if path.is_dir() and not path.is_symlink())
