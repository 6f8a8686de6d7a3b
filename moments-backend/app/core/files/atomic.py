"""Atomic file replacement: a reader finds the old content or the new one, never a mixture."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from boltons.fileutils import AtomicSaver

from app.core.exceptions import DiskFullError, LocalFileError

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def mapped_write_errors(path: Path) -> Iterator[None]:
    """Map `OSError`s of writing `path`.

    Raises:
        DiskFullError, LocalFileError: instead of the `OSError`.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFullError(
                f"no space left to write {path}", remedy="free some space and retry"
            ) from error
        raise LocalFileError(
            f"{path} could not be written: {error.strerror or error}",
            remedy="check the folder and its permissions",
        ) from error


def atomic_write(path: Path, content: bytes) -> None:
    """Write a hidden sibling of `path` and rename it to `path`. Missing folders are created.

    The sibling has a short random name, so leftovers of killed writers do not collide, and `path` may have
    the longest name that the file system allows.

    Raises:
        DiskFullError, LocalFileError: writing failed; `path` is unchanged.
    """
    part_name = f".{uuid4().hex}.part"
    with mapped_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Unbuffered, so that errors are raised inside the block, where AtomicSaver removes its part.
            with AtomicSaver(path, part_file=part_name, buffering=0) as file:
                rest = memoryview(content)
                while rest:
                    rest = rest[file.write(rest) :]
        except BaseException:  # AtomicSaver does not remove its part when its fsync fails
            path.with_name(part_name).unlink(missing_ok=True)
            raise


def move_file(file: Path, target: Path) -> None:
    """Move a complete file to `target`, replacing it. Missing folders are created.

    Raises:
        DiskFullError, LocalFileError: moving failed; `target` is unchanged.
    """
    with mapped_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            file.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = _copy_beside(file, target)
            beside.replace(target)
            file.unlink()


def move_file_if_absent(file: Path, target: Path) -> bool:
    """Move a complete file to `target` unless that exists; return whether it was moved."""
    with mapped_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.hardlink_to(file)
        except FileExistsError:
            return False
        except OSError:  # no hard links on this file system, or another file system
            if target.exists():
                return False
            move_file(file, target)
        else:
            file.unlink()
        return True


def _copy_beside(file: Path, target: Path) -> Path:
    beside = target.with_name(f".{uuid4().hex}.part")
    try:
        shutil.copyfile(file, beside)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return beside
