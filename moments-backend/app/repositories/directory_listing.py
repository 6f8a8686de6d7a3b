"""Cached directory listings, which replace a `stat` call for each row of a list.

A listing is valid while the directory's modification time is unchanged. Two changes within one tick of the
file system's clock leave the same time, so a listing made right after a change is not cached.
"""

import os
import stat
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
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
    folders: tuple[str, ...]
    """Names of the subfolders that are neither hidden nor links."""
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

_EMPTY = DirectoryListing(frozenset(), (), (0, 0, 0))

SEPARATOR = "__"
"""Replaces `/` in the identifier of a file in a subfolder."""


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
        found = _read(key, version)
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


def _read(folder: str, version: tuple[int, int, int]) -> DirectoryListing:
    names, folders = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if _is_file(entry):
                names.append(entry.name)
            elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                folders.append(entry.name)
    return DirectoryListing(frozenset(names), tuple(sorted(folders)), version)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a circular link, or a link through an unreadable folder
        return False


def names(folder: Path) -> frozenset[str]:
    """Return the names of the files in `folder`; see `listing`."""
    return listing(folder).names


def find_video(videos_dir: Path, identifier: str) -> list[str]:
    """Return the paths of the video files with this identifier. Blocks: call it in a thread.

    The identifier is the stem of a file in `videos_dir`, or the path of a file below it, with `__` for `/`.
    Only folders whose names begin the identifier are listed, so the size of the tree does not matter.

    Returns:
        Paths relative to `videos_dir`: sorted names, then paths in subfolders. Only regular files inside
        `videos_dir` and links to such files; each is checked again.
    """
    candidates = (
        *listing(videos_dir).videos.get(identifier, ()),
        *_in_subfolders(videos_dir, "", identifier),
    )
    return [path for path in candidates if is_inside(videos_dir, path)]


def _in_subfolders(folder: Path, prefix: str, identifier: str) -> Iterator[str]:
    if SEPARATOR not in identifier:
        return
    for name in listing(folder).folders:
        if not identifier.startswith(name + SEPARATOR):
            continue
        rest = identifier[len(name) + len(SEPARATOR) :]
        for file in listing(folder / name).videos.get(rest, ()):
            yield f"{prefix}{name}/{file}"
        yield from _in_subfolders(folder / name, f"{prefix}{name}/", rest)


def is_inside(folder: Path, relative_path: str, *, size: int | None = None) -> bool:
    """Return whether the path leads to a regular file inside `folder`, also through links.

    Args:
        size: the required size in bytes.
    """
    path = folder / relative_path
    try:
        status = path.lstat()
        is_link = stat.S_ISLNK(status.st_mode)
        if is_link:
            status = path.stat()
        if (is_link or "/" in relative_path) and not path.resolve().is_relative_to(folder.resolve()):
            return False
    except (OSError, ValueError):  # removed meanwhile, a broken link, or a name with NUL
        return False
    return stat.S_ISREG(status.st_mode) and size in {None, status.st_size}


class VideoTree:
    """The files below the folder of videos, for one request: each folder is listed once."""

    def __init__(self, videos_dir: Path) -> None:
        self._videos_dir = videos_dir
        self._names: dict[str, frozenset[str]] = {}

    def load(self, folders: Iterable[str]) -> None:
        """List folders, given by their paths below the folder of videos. Blocks: call it in a thread."""
        for folder in folders:
            with suppress(FileUnreadableError):  # its files cannot be played from here
                self._names[folder] = names(self._videos_dir / folder)

    def missing(self, folders: Iterable[str]) -> set[str]:
        """Return the folders that are not listed yet."""
        return {*folders} - self._names.keys()

    def has(self, relative_path: str) -> bool:
        """Return whether the file was there when its folder was listed."""
        folder, _, name = relative_path.rpartition("/")
        return name in self._names.get(folder, ())
