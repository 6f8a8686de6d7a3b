"""A file that is read once and then deleted, only if it is still the file that was read.

Links are not followed, neither the file itself nor folders below the root. The file is renamed before it is
compared for the last time, so that no other file can take its name between the comparison and the deletion.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from app.core.exceptions import FileChangedError, LocalFileError, LocalFileNotFoundError

READ_SIZE = 1024 * 1024
_NO_LINKS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_LINK_ERRORS = {errno.ELOOP, errno.ENOTDIR}
"""Errors of opening a link with `O_NOFOLLOW`, without and with `O_DIRECTORY`."""


class ProvenFile:
    """A regular file below `root`, opened without following links. Every method blocks.

    Raises:
        LocalFileNotFoundError: it does not exist.
        LocalFileError: a link, not a regular file, or unreadable.
    """

    def __init__(self, root: Path, relative_path: str) -> None:
        self.path = root / relative_path
        *folders, self._name = relative_path.split("/")
        with ExitStack() as stack:
            with _named_errors(self.path):
                # The root is configured, so it may be a link itself.
                self._parent = _opened(stack, root.resolve(), os.O_DIRECTORY)
                for folder in folders:
                    self._parent = _opened(stack, folder, os.O_DIRECTORY, parent=self._parent)
                self._file = _opened(stack, self._name, os.O_NONBLOCK, parent=self._parent)
            self.status = os.fstat(self._file)
            if not stat.S_ISREG(self.status.st_mode):
                raise LocalFileError(f"{self.path} is not a regular file")
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def size(self) -> int:
        return self.status.st_size

    @property
    def is_shared(self) -> bool:
        """True if another name leads to the same bytes, so that deleting this one frees nothing."""
        return self.status.st_nlink > 1

    def read(self, add: Callable[[bytes], object], check: Callable[[], None]) -> None:
        """Pass the content to `add`, block by block; `check` raises to stop.

        Raises:
            FileChangedError: the file changed meanwhile.
        """
        with _named_errors(self.path):
            position = 0
            while block := os.pread(self._file, READ_SIZE, position):
                check()
                add(block)
                position += len(block)
        self.ensure_unchanged()

    def ensure_unchanged(self) -> None:
        """Raise `FileChangedError` if file or path changed since the file was opened."""
        self._ensure_named(self._name)

    def delete(self) -> None:
        """Delete the file.

        Raises:
            FileChangedError: the file changed, or the path leads to another one; nothing was deleted.
            LocalFileError: the folder cannot be written to; nothing was deleted.
        """
        aside = f".{uuid4().hex}.part"
        with _named_errors(self.path):
            os.rename(self._name, aside, src_dir_fd=self._parent, dst_dir_fd=self._parent)
        try:
            self._ensure_named(aside)
        except BaseException:
            self._put_back(aside)
            raise
        with _named_errors(self.path):
            os.unlink(aside, dir_fd=self._parent)

    def _ensure_named(self, name: str) -> None:
        try:
            named = os.stat(name, dir_fd=self._parent, follow_symlinks=False)
        except FileNotFoundError:
            raise LocalFileNotFoundError(f"{self.path} no longer exists") from None
        if not _version(named) == _version(os.fstat(self._file)) == _version(self.status):
            raise FileChangedError(
                f"{self.path.name} changed while it was compared",
                remedy="run again once no program is writing to it",
            )

    def _put_back(self, aside: str) -> None:
        """Give the file its name back, unless another file has it now."""
        descriptors = {"src_dir_fd": self._parent, "dst_dir_fd": self._parent}
        with _named_errors(self.path):
            try:
                os.link(aside, self._name, **descriptors, follow_symlinks=False)
            except FileExistsError:
                return
            except OSError:  # no hard links on this file system
                os.rename(aside, self._name, **descriptors)  # noqa: PTH104
                return
            os.unlink(aside, dir_fd=self._parent)


def _opened(stack: ExitStack, path: Path | str, flags: int, *, parent: int | None = None) -> int:
    descriptor = os.open(path, _NO_LINKS | flags, dir_fd=parent)
    stack.callback(os.close, descriptor)
    return descriptor


def _version(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """Map `OSError`s of the block to errors that name the path."""
    try:
        yield
    except FileNotFoundError as error:
        raise LocalFileNotFoundError(f"{path} no longer exists") from error
    except OSError as error:
        if error.errno in _LINK_ERRORS:
            raise LocalFileError(
                f"{path} is a symbolic link, or in a folder that is one",
                remedy="links are not followed: change the file where it really is",
            ) from error
        raise LocalFileError(
            f"{path} cannot be used: {error.strerror or error}", remedy="check its owner and permissions"
        ) from error
