"""Cached directory listings, which replace a `stat` call for each row of a list.

A listing is valid while the directory's modification time is unchanged. Two changes within one tick of the
file system's clock leave the same time, so a listing made right after a change is not cached.
"""

import os
import stat
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.core.exceptions import FileUnreadableError
from app.core.files.content_types import is_video_name

SETTLED_NS = 2_000_000_000
"""Minimum age of a modification time for caching. FAT has the coarsest clock: 2 s."""


@dataclass(frozen=True)
class DirectoryListing:
    """Names of the regular files of one folder, and of links to regular files."""

    names: frozenset[str]
    version: tuple[int, int, int]
    """Device, inode and modification time of the folder before it was read."""

    @cached_property
    def videos(self) -> dict[str, list[str]]:
        """Map stems to the sorted names of videos that are not hidden."""
        by_stem = defaultdict(list)
        for name in sorted(self.names):
            if is_video_name(name) and not name.startswith("."):
                by_stem[os.path.splitext(name)[0]].append(name)  # noqa: PTH122 - a `Path` per file is slow
        return dict(by_stem)

    @cached_property
    def stems(self) -> dict[str, frozenset[str]]:
        """Map suffixes, in their original case (`.wav`), to the stems of all files."""
        by_suffix = defaultdict(set)
        for name in self.names:
            stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a `Path` per file is slow
            by_suffix[suffix].add(stem)
        return {suffix: frozenset(stems) for suffix, stems in by_suffix.items()}


_cache: dict[str, DirectoryListing] = {}
"""Listings by folder. Entries are immutable, so threads need no lock; at worst a folder is read twice."""

_EMPTY = DirectoryListing(frozenset(), (0, 0, 0))


def listing(folder: Path) -> DirectoryListing:
    """Return the files in `folder`, or an empty listing if it does not exist. Blocks: call it in a thread.

    Raises:
        FileUnreadableError: the folder exists but cannot be listed.
    """
    key = os.fspath(folder)
    try:
        status = os.stat(key)  # noqa: PTH116 - `Path.stat` costs more than the call itself
        version = (status.st_dev, status.st_ino, status.st_mtime_ns)
        cached = _cache.get(key)
        if cached is not None and cached.version == version:
            return cached
        now = time.time_ns()
        with os.scandir(key) as entries:
            found = DirectoryListing(frozenset(entry.name for entry in entries if _is_file(entry)), version)
    except (FileNotFoundError, NotADirectoryError):
        _cache.pop(key, None)
        return _EMPTY
    except OSError as error:
        raise FileUnreadableError(
            f"{folder} cannot be listed: {error.strerror}", remedy="check its owner and permissions"
        ) from error
    if now - status.st_mtime_ns >= SETTLED_NS:
        _cache[key] = found
    else:
        _cache.pop(key, None)
    return found


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a circular link, or a link through an unreadable folder
        return False


def names(folder: Path) -> frozenset[str]:
    """Return the names of the files in `folder`; see `listing`."""
    return listing(folder).names


def find_video(videos_dir: Path, identifier: str) -> list[str]:
    """Return the sorted names of the video files with the stem `identifier`. Blocks: call it in a thread.

    Returns only regular files inside `videos_dir` and links to such files; checks each candidate again.
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
    except OSError:  # removed meanwhile, or a broken link
        return False
    return stat.S_ISREG(status.st_mode)
