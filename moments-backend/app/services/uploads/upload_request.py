"""The metadata of a new upload, and the checks that need no bytes."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.concurrency import run_in_thread
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
"""Hex digits of the content's MD5 that are appended to a name that is taken."""

MAX_NAME_BYTES = 255 - len("-") - DIGITS
"""Limit of the file system, minus the hash suffix."""


@dataclass(frozen=True)
class UploadRequest:
    """Parsed `Upload-Metadata`.

    `force` accepts the file although a video of this name and size exists.
    """

    filename: str
    size: int
    find_moments: bool
    force: bool

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], size: int) -> "UploadRequest":
        """Parse and check the metadata.

        Raises:
            InvalidRequestError: a value is missing or malformed.
            NotAVideoError, UnusableNameError, EmptyFileError: the file cannot become a video.
        """
        filename = metadata.get("filename", "")
        if not filename:
            raise InvalidRequestError("Upload-Metadata has no readable filename")
        if "/" in filename or "\\" in filename or _has_control_character(filename):
            raise UnusableNameError(
                f"invalid file name {filename!r}",
                remedy="use a name without path separators and control characters",
            )
        validate_video_filename(filename)
        if len(filename.encode()) > MAX_NAME_BYTES:
            raise UnusableNameError("the file name is too long", remedy=f"use at most {MAX_NAME_BYTES} bytes")
        if size == 0:
            raise EmptyFileError(f"{filename} is empty (0 bytes)")
        return cls(filename, size, _parse_bool(metadata, "find_moments"), _parse_bool(metadata, "force"))


async def validate(request: UploadRequest, settings: Settings) -> None:
    """Check size, disk space and, without `force`, for a video of the same name and size.

    Raises:
        UnusableNameError, TooLargeError, DiskFullError, LocalFileError, DatabaseError: it cannot be stored.
        AlreadyInLibraryError: a video with this name and size exists.
    """
    identifier = request.filename.rpartition(".")[0]
    ensure_usable_name(identifier, object_names.video_path(settings, identifier, request.filename))
    if request.size > settings.upload_max_size_bytes:
        raise TooLargeError(
            f"{request.filename} has {request.size} bytes; the limit is {settings.upload_max_size_bytes}",
            remedy="raise UPLOAD_MAX_SIZE_BYTES, or upload a smaller file",
        )
    await run_in_thread(_ensure_free_space, settings, request.size)
    if request.force:
        return
    async with transaction() as session:
        # The object is `…/{identifier}/{filename}`, so the stem of the name is the identifier.
        video = await video_db_repository.get_by_identifier(session, identifier)
    if (
        video is not None
        and video.cloud_url.rpartition("/")[2] == request.filename
        and video.file_size_kb == request.size // 1024
    ):
        raise AlreadyInLibraryError(request.filename, video.identifier)


def _ensure_free_space(settings: Settings, size: int) -> None:
    with mapped_write_errors(settings.uploads_dir):
        settings.uploads_dir.mkdir(parents=True, exist_ok=True)
    ensure_free_space(settings.uploads_dir, size)


def _has_control_character(text: str) -> bool:
    """Not `str.isprintable`: macOS puts a narrow no-break space into names of screen recordings."""
    return any(unicodedata.category(character) == "Cc" for character in text)


def _parse_bool(metadata: Mapping[str, str], name: str) -> bool:
    value = metadata.get(name, "false")
    if value not in {"true", "false"}:
        raise InvalidRequestError(f"{name} in Upload-Metadata must be true or false")
    return value == "true"
