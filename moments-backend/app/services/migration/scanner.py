"""Reads the directory: videos in file-name order, and ignored entries with the reason."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from app.core.exceptions import (
    ConfigurationError,
    FileUnreadableError,
    LocalFileNotFoundError,
    VideoMomentsError,
)
from app.core.files.content_types import is_video_name

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A file with a video's extension.

    Attributes:
        size: bytes when the directory was read.
        error: why the file cannot be read.
    """

    path: Path
    size: int = 0
    error: VideoMomentsError | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def identifier(self) -> str:
        return self.path.stem


@dataclass(frozen=True, slots=True)
class IgnoredFile:
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    videos: tuple[VideoFile, ...]
    ignored: tuple[IgnoredFile, ...]


def scan(folder: Path) -> Scan:
    """Read the directory once; blocks, for a worker thread.

    Raises:
        ConfigurationError: the directory does not exist or cannot be read.
    """
    try:
        root = folder.resolve(strict=True)
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        raise _unusable_folder(folder, error) from error
    found = [item for entry in entries if (item := _classify(entry, root)) is not None]
    return Scan(
        videos=tuple(item for item in found if isinstance(item, VideoFile)),
        ignored=tuple(item for item in found if isinstance(item, IgnoredFile)),
    )


def _classify(entry: os.DirEntry[str], root: Path) -> VideoFile | IgnoredFile | None:
    """Classify an entry; None for hidden files that are not videos, which are not reported."""
    is_video = is_video_name(entry.name)
    if entry.name.startswith("."):
        return IgnoredFile(entry.name, "a hidden file") if is_video else None
    try:
        status = entry.stat()
    except OSError as error:
        return _unreadable(entry, is_video=is_video, error=error)
    kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), None)
    if kind is not None:
        return IgnoredFile(entry.name, kind)
    if entry.name.lower().endswith(".part"):
        return IgnoredFile(entry.name, "an unfinished download")
    if not is_video:
        return IgnoredFile(entry.name, "no video's file extension")
    if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(root):
        return IgnoredFile(entry.name, "a symbolic link out of the folder")
    return VideoFile(Path(entry.path), status.st_size)


def _unreadable(entry: os.DirEntry[str], *, is_video: bool, error: OSError) -> VideoFile | IgnoredFile:
    if entry.is_symlink():
        return IgnoredFile(entry.name, "a symbolic link that leads nowhere")
    if not is_video:
        return IgnoredFile(entry.name, "no video's file extension")
    cause: VideoMomentsError = FileUnreadableError(f"{entry.name} cannot be read: {error.strerror or error}")
    if isinstance(error, FileNotFoundError):
        cause = LocalFileNotFoundError(f"{entry.name} no longer exists")
    return VideoFile(Path(entry.path), error=cause)


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
