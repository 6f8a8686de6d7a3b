"""What a client says of a file before it sends it, and whether that can be served."""

import asyncio
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.config import Settings
from app.core.exceptions import (
    AlreadyInLibraryError,
    EmptyFileError,
    InvalidRequestError,
    TooLargeError,
    UnusableNameError,
)
from app.core.files.atomic import mapped_write_errors
from app.core.files.disk_space import ensure_free_space
from app.database.session import transaction
from app.repositories import video_db_repository
from app.services.library.import_target import validate_video_filename
from app.services.storage import object_names
from app.services.storage.object_names import ensure_usable_name

DIGITS = 8
"""Hexadecimal ones of the content's MD5, in the name of a file whose own name another one has."""

MAX_NAME_BYTES = 255 - len("-") - DIGITS
"""What file systems hold, with room for the digits."""


@dataclass(frozen=True)
class UploadRequest:
    """`force`: it is wanted although a file of this name and size is registered."""

    filename: str
    size: int
    find_moments: bool
    force: bool

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], size: int) -> "UploadRequest":
        """Raises:
        InvalidRequestError: a word that is missing, or none of those that are known.
        NotAVideoError, UnusableNameError, EmptyFileError.
        """
        filename = metadata.get("filename", "")
        if not filename:
            raise InvalidRequestError("Upload-Metadata has no filename that can be read")
        if "/" in filename or "\\" in filename or _has_control(filename):
            raise UnusableNameError(
                f"{filename!r} is no plain file name", remedy="leave out folders and control characters"
            )
        validate_video_filename(filename)
        if len(filename.encode()) > MAX_NAME_BYTES:
            raise UnusableNameError("the name is too long", remedy=f"use at most {MAX_NAME_BYTES} bytes")
        if size == 0:
            raise EmptyFileError(f"{filename} is empty (0 bytes)")
        return cls(filename, size, _parse_bool(metadata, "find_moments"), _parse_bool(metadata, "force"))


async def validate(wish: UploadRequest, settings: Settings) -> None:
    """Raises:
    UnusableNameError, TooLargeError, DiskFullError, LocalFileError, DatabaseError.
    AlreadyInLibraryError: a video has this file's name and size, and nobody insists.
    """
    identifier = wish.filename.rpartition(".")[0]
    ensure_usable_name(identifier, object_names.video_path(settings, identifier, wish.filename))
    if wish.size > settings.upload_max_size_bytes:
        raise TooLargeError(
            f"{wish.filename} has {wish.size} bytes, and {settings.upload_max_size_bytes} are allowed",
            remedy="raise UPLOAD_MAX_SIZE_BYTES, or send a smaller file",
        )
    await asyncio.to_thread(_ensure_room, settings, wish.size)
    if wish.force:
        return
    async with transaction() as session:
        # A video's object is `…/{identifier}/{filename}`, so the name's own stem finds it.
        video = await video_db_repository.get_by_identifier(session, identifier)
    if (
        video is not None
        and video.cloud_url.rpartition("/")[2] == wish.filename
        and video.file_size_kb == wish.size // 1024
    ):
        raise AlreadyInLibraryError(wish.filename, video.identifier)


def _ensure_room(settings: Settings, size: int) -> None:
    with mapped_write_errors(settings.uploads_dir):
        settings.uploads_dir.mkdir(parents=True, exist_ok=True)
    ensure_free_space(settings.uploads_dir, size)


def _has_control(text: str) -> bool:
    """Not `isprintable`: macOS writes a narrow no-break space into its screen recordings' names."""
    return any(unicodedata.category(character) == "Cc" for character in text)


def _parse_bool(metadata: Mapping[str, str], name: str) -> bool:
    word = metadata.get(name, "false")
    if word not in {"true", "false"}:
        raise InvalidRequestError(f"{name} in Upload-Metadata is neither true nor false")
    return word == "true"
