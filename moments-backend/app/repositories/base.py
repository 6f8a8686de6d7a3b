"""JSON files, one per video."""

import os
import re
from itertools import count
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.core.exceptions import (
    CorruptFileError,
    FileUnreadableError,
    InvalidRequestError,
    UnusableNameError,
)
from app.core.files.atomic import atomic_write

ContentT = TypeVar("ContentT")

SUFFIX = ".json"
KEPT = ".replaced"
"""Suffix of copies of replaced files; listings and backups contain names in `.json` only."""
MAX_NAME_BYTES = 255
"""Limit of the file systems of Linux and macOS."""


class JsonFileRepository(Generic[ContentT]):
    """A folder of `{video_id}.json` files, each holding one value of a type that subclasses define.

    Every method blocks: call it in a thread. Files are replaced atomically, so the last writer wins. Every
    method raises `InvalidRequestError` for an id that would name a file outside the folder.
    """

    def __init__(self, folder: Path, content: TypeAdapter[ContentT]) -> None:
        self._folder = folder
        self._content = content

    def path(self, video_id: str) -> Path:
        """Return the path of the video's file, which need not exist."""
        if video_id in {"", ".", ".."} or "/" in video_id or "\0" in video_id:
            raise InvalidRequestError(f"{video_id!r} is not a valid video id")
        return self._folder / f"{video_id}{SUFFIX}"

    def load(self, video_id: str) -> ContentT | None:
        """Return the video's value; None without a file.

        Raises:
            CorruptFileError: the content is invalid.
            FileUnreadableError: the file exists but cannot be opened.
        """
        stored = self.read(video_id)
        return None if stored is None else self.parse(stored, where=str(self.path(video_id)))

    def read(self, video_id: str) -> bytes | None:
        """Return the content of the video's file; None without a file.

        Raises:
            FileUnreadableError: the file exists but cannot be opened.
        """
        path = self.path(video_id)
        if not _fits(path):
            return None
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileUnreadableError(
                f"{path} cannot be read: {error.strerror}", remedy="check its owner and permissions"
            ) from error

    def parse(self, stored: bytes, *, where: str) -> ContentT:
        """Return the value of a file's content.

        Raises:
            CorruptFileError: the content is invalid; the message names `where`.
        """
        try:
            return self._content.validate_json(stored)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
            location = ".".join(str(part) for part in problem["loc"])
            raise CorruptFileError(
                f"{where} is corrupt: {f'{location}: ' if location else ''}{problem['msg']}",
                remedy=f"remove {where} and process the video again",
            ) from error

    def save(self, video_id: str, content: ContentT) -> None:
        """Replace the video's value; see `write`."""
        self.write(video_id, self.encode(content))

    def encode(self, content: ContentT) -> bytes:
        """Return the content of the file that holds a value."""
        return self._content.dump_json(content, indent=2) + b"\n"

    def write(self, video_id: str, stored: bytes) -> None:
        """Replace the content of the video's file.

        Raises:
            UnusableNameError: the id is too long for a file name.
            DiskFullError, LocalFileError: writing failed; the old file is unchanged.
        """
        path = self.path(video_id)
        if not _fits(path):
            raise UnusableNameError(
                f"the id {video_id!r} is too long for a file name", remedy="rename the video"
            )
        atomic_write(path, stored)

    def keep(self, video_id: str, stored: bytes) -> Path:
        """Copy content that will be replaced to a file beside the video's, and return the path of the copy.

        Earlier copies stay; a copy with the same content is not written again.

        Raises:
            UnusableNameError: the id is too long for the name of the copy.
            DiskFullError, LocalFileError: writing failed.
        """
        original = self.path(video_id)
        for number in count(1):
            path = original.with_name(f"{original.name}{KEPT}{'' if number == 1 else f'-{number}'}")
            if not _fits(path):
                break
            try:
                if path.read_bytes() == stored:
                    return path
            except FileNotFoundError:
                atomic_write(path, stored)
                return path
            except OSError as error:
                raise FileUnreadableError(
                    f"{path} cannot be read: {error.strerror}", remedy="check its owner and permissions"
                ) from error
        raise UnusableNameError(
            f"{original} differs from the bucket's document, and its name is too long for a copy",
            remedy=f"move {original} to another folder",
        )

    def delete(self, video_id: str) -> bool:
        """Delete the video's file; return whether it existed."""
        path = self.path(video_id)
        if not _fits(path):
            return False
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise FileUnreadableError(
                f"{path} cannot be removed: {error.strerror}", remedy="check its owner and permissions"
            ) from error
        return True


def _fits(path: Path) -> bool:
    return len(os.fsencode(path.name)) <= MAX_NAME_BYTES


def kept_names(folder: Path, video_id: str) -> list[str]:
    """Return the names of the copies that `JsonFileRepository.keep` made. Blocks: it lists the folder."""
    pattern = re.compile(re.escape(f"{video_id}{SUFFIX}{KEPT}") + r"(-\d+)?")
    try:
        return [name for name in os.listdir(folder) if pattern.fullmatch(name)]  # noqa: PTH208 - names only
    except FileNotFoundError:
        return []
