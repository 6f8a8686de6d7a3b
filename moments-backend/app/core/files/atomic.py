"""Files that are replaced whole: a reader finds the old content or the new, never a mixture."""

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
    """What the operating system says about writing `path`, as one of our errors."""
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
    """Write `path` through a sibling that is renamed over it. The folder is made where it is missing.

    The sibling has a short name of its own, so one that a killed writer left behind is in nobody's way, and
    the longest name that `path` may have still fits.

    Raises:
        DiskFullError, LocalFileError: it could not be written; `path` is as it was.
    """
    part_name = f".{uuid4().hex}.part"
    with mapped_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Unbuffered: what fails, fails inside the block, where AtomicSaver closes and removes its part.
            with AtomicSaver(path, part_file=part_name, buffering=0) as file:
                rest = memoryview(content)
                while rest:
                    rest = rest[file.write(rest) :]
        except BaseException:  # it leaves its part behind when its own fsync fails
            path.with_name(part_name).unlink(missing_ok=True)
            raise


def move_file(file: Path, target: Path) -> None:
    """Give a finished file the name `target`, instead of what had it. The folder is made where it is missing.

    Raises:
        DiskFullError, LocalFileError: it could not be done; `target` is as it was.
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
    """`move_file`, unless another file has that name, which then stays; whether `file` got it."""
    with mapped_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.hardlink_to(file)
        except FileExistsError:
            return False
        except OSError:  # a disk without hard links, or another disk
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
