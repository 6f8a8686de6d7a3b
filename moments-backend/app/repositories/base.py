"""JSON files, one for each video."""

import os
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
MAX_NAME_BYTES = 255
"""What Linux's and macOS's file systems take."""


class JsonFileRepository(Generic[ContentT]):
    """One folder of `{video_id}.json`, each read and written as one typed value.

    A subclass says what the value is. Every method blocks: call it in a thread. A writer replaces the whole
    file, so of two writers the later one stands, and a reader sees one of them and never a mixture.

    Every method raises `InvalidRequestError` for an id that would name a file elsewhere.
    """

    def __init__(self, folder: Path, content: TypeAdapter[ContentT]) -> None:
        self._folder = folder
        self._content = content

    def path(self, video_id: str) -> Path:
        """Where the file of this video is, or would be."""
        if video_id in {"", ".", ".."} or "/" in video_id or "\0" in video_id:
            raise InvalidRequestError(f"{video_id!r} is no id of a video")
        return self._folder / f"{video_id}{SUFFIX}"

    def load(self, video_id: str) -> ContentT | None:
        """What is kept for this video; None when nothing is.

        Raises:
            CorruptFileError: the file does not hold what it should.
            FileUnreadableError: the file is there and cannot be opened.
        """
        path = self.path(video_id)
        if not _fits(path):
            return None
        try:
            stored = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileUnreadableError(
                f"{path} cannot be read: {error.strerror}", remedy="check its owner and permissions"
            ) from error
        return self.parse(stored, where=str(path))

    def parse(self, stored: bytes, *, where: str) -> ContentT:
        """The value that these bytes of a file hold.

        Raises:
            CorruptFileError: they do not hold what they should; `where` names them.
        """
        try:
            return self._content.validate_json(stored)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in problem["loc"])
            raise CorruptFileError(
                f"{where} is damaged: {f'{place}: ' if place else ''}{problem['msg']}",
                remedy=f"remove {where} and process the video again",
            ) from error

    def save(self, video_id: str, content: ContentT) -> None:
        """Keep `content` for this video, instead of what was kept before.

        Raises:
            UnusableNameError: the id is too long for a file's name.
            DiskFullError, LocalFileError: it could not be written; what was kept before is as it was.
        """
        path = self.path(video_id)
        if not _fits(path):
            raise UnusableNameError(
                f"the id {video_id!r} is too long to keep {path.name} on disk", remedy="rename the video"
            )
        atomic_write(path, self._content.dump_json(content, indent=2) + b"\n")

    def delete(self, video_id: str) -> bool:
        """Whether something was kept."""
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
