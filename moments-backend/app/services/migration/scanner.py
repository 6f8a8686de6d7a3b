"""Reads the folder and its subfolders: videos sorted by path, and ignored entries with the reason."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from app.core.exceptions import (
    ConfigurationError,
    FileUnreadableError,
    LocalFileNotFoundError,
    VideoMomentsError,
)
from app.core.files.content_types import extension_of, is_video_name
from app.services.transcripts.sidecars import CAPTION_SUFFIXES, normalised, parse_name

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)

SYSTEM_FOLDERS = frozenset(
    {"@eaDir", "lost+found", "#recycle", "#snapshot", "$RECYCLE.BIN", "System Volume Information"}
)
"""Folders of file systems, network storage and Windows, which hold no videos of the user."""

UNFINISHED = re.compile(
    r"""
    \.(?:part|crdownload|!qb|!ut)$              # browsers, yt-dlp and BitTorrent clients append these
    | \.(?:temp|f\d{2,4}(?:-\w+)?)\.[^.]+$      # yt-dlp while it merges, and its separate streams
    | \.(?:!qb|!ut)\.[^.]+$
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Names of files that a download has not finished."""

NOT_A_VIDEO = "no video's file extension"


class FileVersion(NamedTuple):
    """The attributes that change when a file is written to or replaced."""

    device: int = 0
    inode: int = 0
    size: int = 0
    modified_ns: int = 0
    changed_ns: int = 0
    """Unlike `modified_ns`, programs that copy a file cannot set it."""

    @classmethod
    def of(cls, status: os.stat_result) -> "FileVersion":
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @property
    def newest_ns(self) -> int:
        """The time at which these bytes may have got this path, or later."""
        return max(self.modified_ns, self.changed_ns)

    @property
    def file(self) -> tuple[int, int]:
        """The same for every version of one file, also while it grows."""
        return self.device, self.inode


NO_VERSION = FileVersion()
"""Version of a file that could not be read, and of a video without one."""


class VideoFile(NamedTuple):
    """A file with a video's extension, or a folder that cannot be read.

    Attributes:
        relative_path: the path below the scanned folder, with `/`.
        location: the path to open it.
        version: the state when the folder was read.
        error: why it cannot be read.
    """

    relative_path: str
    location: str
    version: FileVersion = NO_VERSION
    error: VideoMomentsError | None = None

    @property
    def path(self) -> Path:
        return Path(self.location)

    @property
    def size(self) -> int:
        return self.version.size


class IgnoredEntry(NamedTuple):
    """A file, link or folder that is not migrated."""

    relative_path: str
    reason: str


class Scan(NamedTuple):
    """Content of the folder, sorted by path.

    Attributes:
        captioned: paths without extension of videos with captions beside them, composed (NFC).
    """

    videos: tuple[VideoFile, ...]
    ignored: tuple[IgnoredEntry, ...]
    captioned: frozenset[str] = frozenset()

    def has_captions(self, relative_path: str) -> bool:
        """Return whether a video has captions beside it."""
        return normalised(_without_extension(relative_path)) in self.captioned


def scan(folder: Path, *, recursive: bool = True) -> Scan:
    """Read every folder once; blocks, for a worker thread. Links to folders are not followed.

    Raises:
        ConfigurationError: the folder does not exist or cannot be read.
    """
    try:
        root = folder.resolve(strict=True)
        entries = _entries(os.fspath(folder))
    except OSError as error:
        raise _unusable_folder(folder, error) from error
    walk = _Walk(root, recursive=recursive)
    walk.read("", entries)
    by_path = attrgetter("relative_path")
    videos, ignored = sorted(walk.videos, key=by_path), sorted(walk.ignored, key=by_path)
    return Scan(tuple(videos), tuple(ignored), frozenset(walk.captioned))


def is_gone(path: Path) -> bool:
    """Return whether nothing has this path; False for a path that cannot be looked up. Blocks."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        return list(listing)


class _Walk:
    """Collects the entries of one scan."""

    def __init__(self, root: Path, *, recursive: bool) -> None:
        self.videos: list[VideoFile] = []
        self.ignored: list[IgnoredEntry] = []
        self.captioned: set[str] = set()
        self._root = root
        self._recursive = recursive

    def read(self, prefix: str, entries: list[os.DirEntry[str]]) -> None:
        """Classify the entries of a folder and of the folders below it."""
        waiting: list[tuple[str, list[os.DirEntry[str]] | os.DirEntry[str]]] = [(prefix, entries)]
        while waiting:
            prefix, found = waiting.pop()
            if not isinstance(found, list):
                try:
                    found = _entries(found.path)
                except OSError as error:
                    self._add_unreadable_folder(prefix.removesuffix("/"), error)
                    continue
            waiting.extend(self._classify_all(prefix, found))

    def _classify_all(
        self, prefix: str, entries: list[os.DirEntry[str]]
    ) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Yield the folders to read."""
        self._match_captions(prefix, entries)
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if (reason := self._reason_to_skip(entry.name)) is None:
                    yield f"{path}/", entry
                else:
                    self.ignored.append(IgnoredEntry(path, reason))
            elif (item := self._classify(entry, path)) is None:
                continue
            elif isinstance(item, VideoFile):
                self.videos.append(item)
            else:
                self.ignored.append(item)

    def _match_captions(self, prefix: str, entries: list[os.DirEntry[str]]) -> None:
        """Add the captions beside videos of the folder to `captioned`, and ignore the other ones."""
        captions = [entry.name for entry in entries if _is_caption_name(entry.name)]
        if not captions:
            return
        stems = {normalised(_without_extension(entry.name)) for entry in entries if is_video_name(entry.name)}
        for name in captions:
            parsed = parse_name(name, stems)
            if parsed is not None:
                self.captioned.add(normalised(prefix) + parsed.stem)
            else:
                self.ignored.append(IgnoredEntry(prefix + name, "captions without a video of this name"))

    def _reason_to_skip(self, folder_name: str) -> str | None:
        if folder_name.startswith("."):
            return "a hidden folder"
        if folder_name in SYSTEM_FOLDERS:
            return "a system folder"
        return None if self._recursive else "a folder"

    def _classify(self, entry: os.DirEntry[str], path: str) -> VideoFile | IgnoredEntry | None:
        """Classify what is not a folder; None for hidden files that are not videos, which are not listed."""
        name = entry.name
        is_video = is_video_name(name)
        if name[0] == ".":
            return IgnoredEntry(path, "a hidden file") if is_video else None
        if _is_caption_name(name):
            return None  # see `_match_captions`
        if UNFINISHED.search(name) is not None:
            return IgnoredEntry(path, "an unfinished download")
        if not is_video and entry.is_file(follow_symlinks=False):
            return IgnoredEntry(path, NOT_A_VIDEO)
        try:
            status = entry.stat()
        except OSError as error:
            return _unreadable(entry, path, is_video=is_video, error=error)
        if not stat.S_ISREG(status.st_mode):
            return IgnoredEntry(path, _kind(status))
        if not is_video:
            return IgnoredEntry(path, NOT_A_VIDEO)
        if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(self._root):
            return IgnoredEntry(path, "a symbolic link out of the folder")
        return VideoFile(path, entry.path, FileVersion.of(status))

    def _add_unreadable_folder(self, path: str, error: OSError) -> None:
        remedy = "let this user read it (chmod u+rx), or move it out of the folder of videos"
        if error.errno == errno.ENAMETOOLONG:
            remedy = "shorten the names of its folders"
        cause: VideoMomentsError = FileUnreadableError(
            f"the folder {path} cannot be read: {error.strerror or error}", remedy=remedy
        )
        if error.errno in {errno.ENOENT, errno.ENOTDIR}:  # removed since the folder above was read
            cause = LocalFileNotFoundError(f"the folder {path} no longer exists")
        self.videos.append(VideoFile(path, path, error=cause))


def _is_caption_name(name: str) -> bool:
    return name[0] != "." and extension_of(name) in CAPTION_SUFFIXES


def _without_extension(path: str) -> str:
    return os.path.splitext(path)[0]  # noqa: PTH122 - `Path` treats "." and "//" differently


def _kind(status: os.stat_result) -> str:
    """Name the kind of a file that is neither regular nor a folder, unless a link leads to a folder."""
    if stat.S_ISDIR(status.st_mode):
        return "a symbolic link to a folder"
    return next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "a special file")


def _unreadable(
    entry: os.DirEntry[str], path: str, *, is_video: bool, error: OSError
) -> VideoFile | IgnoredEntry:
    if entry.is_symlink():
        return IgnoredEntry(path, "a symbolic link that leads nowhere")
    if not is_video:
        return IgnoredEntry(path, NOT_A_VIDEO)
    cause: VideoMomentsError = FileUnreadableError(f"{path} cannot be read: {error.strerror or error}")
    if isinstance(error, FileNotFoundError):
        cause = LocalFileNotFoundError(f"{path} no longer exists")
    return VideoFile(path, entry.path, error=cause)


def _unusable_folder(folder: Path, error: OSError) -> ConfigurationError:
    if isinstance(error, FileNotFoundError):
        cause, remedy = "does not exist", "create it and put videos there, or name another with --videos-dir"
    elif isinstance(error, NotADirectoryError):
        cause, remedy = "is not a folder", "name a folder with --videos-dir"
    elif isinstance(error, PermissionError):
        cause, remedy = "cannot be read: permission denied", "let this user read it: chmod u+rx"
    else:
        cause, remedy = f"cannot be read: {error.strerror or error}", "name another with --videos-dir"
    return ConfigurationError(f"the folder {folder} {cause}", remedy=remedy)
