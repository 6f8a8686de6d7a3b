"""Checks of a file before FFmpeg opens it."""

import errno
import os
import stat
from pathlib import Path

from app.core.exceptions import (
    EmptyFileError,
    FileUnreadableError,
    LocalFileNotFoundError,
    NotAVideoError,
    TruncatedFileError,
)
from app.media.container_size import declared_size

_TEXT_BYTES = 1024
_TEXT_KINDS = (
    (("#EXTM3U", "ffconcat", "[playlist]", "<?xml version", "<MPD", "<asx"), "a playlist"),
    (("<!DOCTYPE html", "<html", "<head"), "a web page"),
    (("version https://git-lfs",), "a Git LFS pointer"),
)
"""Beginnings of text files, compared without case."""

_MISSING = {errno.ENOENT, errno.ENOTDIR}


def ensure_not_truncated(path: Path) -> int:
    """Return the size in bytes; also raise TruncatedFileError if the container declares more."""
    size = ensure_nonempty(path)
    expected = declared_size(path)
    if expected is not None and expected > size:
        raise TruncatedFileError(path.name, size, expected)
    return size


def ensure_nonempty(path: Path) -> int:
    """Return the size in bytes.

    Raises:
        EmptyFileError, NotAVideoError: empty, or not a regular file.
        LocalFileNotFoundError, FileUnreadableError: the file cannot be opened.
    """
    try:
        # Without O_NONBLOCK, opening a pipe without a writer blocks forever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _MISSING:
            raise LocalFileNotFoundError(
                f"{path.name} does not exist", remedy="check whether it was moved"
            ) from error
        raise FileUnreadableError(
            f"{path.name} cannot be read: {error.strerror}", remedy="check its owner and permissions"
        ) from error
    try:
        status = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise NotAVideoError(f"{path.name} is {kind}, not a file", remedy="remove or rename it")
    if status.st_size == 0:
        raise EmptyFileError(path.name)
    return status.st_size


def describe_text(path: Path) -> str | None:
    """Return the kind of a text file, such as `a playlist`; None for other files."""
    with path.open("rb") as file:
        start = file.read(_TEXT_BYTES)
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:  # otherwise the last character is cut
            return None
        text = start[: error.start].decode("utf-8-sig")
    if any(ord(character) < 32 and not character.isspace() for character in text):  # noqa: PLR2004 - control
        return None
    first = text.lstrip().casefold()
    for beginnings, kind in _TEXT_KINDS:
        if first.startswith(tuple(beginning.casefold() for beginning in beginnings)):
            return kind
    return "a text file"
