"""What is in the folders below `static/`, from one listing each instead of a `stat` for every row.

A listing is kept while the folder's modification time stands. That time is only as fine as the file system's
clock: two changes within one tick leave the same time, so a listing made right after a change is used once
and not kept.
"""

import os
import stat
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.core.exceptions import FileUnreadableError
from app.media.formats import is_video_name

SETTLED_NS = 2_000_000_000
"""How old a modification time must be before an equal one means "unchanged". FAT's clock ticks every 2 s."""


@dataclass(frozen=True)
class DirectoryListing:
    """The files of one folder at one moment: regular ones, and links to regular ones."""

    names: frozenset[str]
    version: tuple[int, int, int]
    """Device, inode and modification time of the folder, taken before it was read."""

    @cached_property
    def videos(self) -> dict[str, list[str]]:
        """The names of the videos that are not hidden, in name order, by their stem."""
        by_stem = defaultdict(list)
        for name in sorted(self.names):
            if is_video_name(name) and not name.startswith("."):
                by_stem[os.path.splitext(name)[0]].append(name)  # noqa: PTH122 - thousands, a `Path` each
        return dict(by_stem)

    @cached_property
    def stems(self) -> dict[str, frozenset[str]]:
        """The stems of all files, by their ending as it is written (`.wav`)."""
        by_ending = defaultdict(set)
        for name in self.names:
            stem, ending = os.path.splitext(name)  # noqa: PTH122 - thousands, a `Path` each
            by_ending[ending].add(stem)
        return {ending: frozenset(stems) for ending, stems in by_ending.items()}


_kept: dict[str, DirectoryListing] = {}
"""By folder. Replaced whole under one key, so threads need no lock: two at once read the folder twice."""

_EMPTY = DirectoryListing(frozenset(), (0, 0, 0))


def listing(folder: Path) -> DirectoryListing:
    """The files in `folder`; none when there is no such folder. Blocks: call it in a thread.

    Raises:
        FileUnreadableError: the folder is there and cannot be listed.
    """
    key = os.fspath(folder)
    try:
        status = os.stat(key)  # noqa: PTH116 - a `Path` method costs more than the call
        version = (status.st_dev, status.st_ino, status.st_mtime_ns)
        kept = _kept.get(key)
        if kept is not None and kept.version == version:
            return kept
        now = time.time_ns()
        with os.scandir(key) as entries:
            found = DirectoryListing(frozenset(entry.name for entry in entries if _is_file(entry)), version)
    except (FileNotFoundError, NotADirectoryError):
        _kept.pop(key, None)
        return _EMPTY
    except OSError as error:
        raise FileUnreadableError(
            f"{folder} cannot be listed: {error.strerror}", remedy="check its owner and permissions"
        ) from error
    if now - status.st_mtime_ns >= SETTLED_NS:
        _kept[key] = found
    else:
        _kept.pop(key, None)
    return found


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link in a circle, or through a folder that is closed to us
        return False


def names(folder: Path) -> frozenset[str]:
    """The names of the files in `folder`; see `listing`."""
    return listing(folder).names


def find_video(videos_dir: Path, identifier: str) -> list[str]:
    """The names of the video files whose stem is `identifier`, in name order, with their real ending.

    Only regular files, or links to one, inside `videos_dir` count, as they are now rather than as they were
    listed. An identifier that is no file name is found nowhere. Blocks: call it in a thread.
    """
    candidates = listing(videos_dir).videos.get(identifier, [])
    return [name for name in candidates if _is_inside(videos_dir, name)]


def _is_inside(folder: Path, name: str) -> bool:
    path = folder / name
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            status = path.stat()
            if not path.resolve().is_relative_to(folder.resolve()):
                return False
    except OSError:  # gone since, or a link to nowhere
        return False
    return stat.S_ISREG(status.st_mode)
