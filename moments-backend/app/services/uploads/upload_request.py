"""The metadata of a new upload, and the checks that need no bytes."""

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
from app.database.session import transaction
from app.models.text import ensure_line
from app.repositories import video_db_repository
from app.services.library.identity import (
    MAX_NAME_BYTES,
    MD5_DIGITS,
    identifier_of,
    object_filename,
    path_in,
)
from app.services.library.import_target import validate_video_filename
from app.services.storage import object_names
from app.services.storage.object_names import ensure_usable_name

LONGEST_FOLDER_BYTES = 1000
"""Limit of a folder's path; file systems allow about four times as much for a whole path."""

LONGEST_NAME_BYTES = MAX_NAME_BYTES - len("-") - MD5_DIGITS
"""Limit of the file system, minus the hash suffix of a name that is taken."""


@dataclass(frozen=True)
class UploadRequest:
    """Parsed `Upload-Metadata`.

    `folder` is the path of the folder below the folder of videos; empty for none. `force` accepts the file
    although a video of this name and size exists.
    """

    filename: str
    size: int
    find_moments: bool
    force: bool
    folder: str = ""

    @property
    def identifier(self) -> str:
        return identifier_of(path_in(self.folder, self.filename))

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
        _ensure_plain_name(filename)
        validate_video_filename(filename)
        if len(filename.encode()) > LONGEST_NAME_BYTES:
            raise UnusableNameError(
                "the file name is too long", remedy=f"use at most {LONGEST_NAME_BYTES} bytes"
            )
        if size == 0:
            raise EmptyFileError(filename)
        folder = _parse_folder(metadata.get("folder", ""))
        find_moments, force = _parse_bool(metadata, "find_moments"), _parse_bool(metadata, "force")
        return cls(filename, size, find_moments, force, folder)


def validate(request: UploadRequest, settings: Settings) -> None:
    """Check name and size.

    Raises:
        UnusableNameError, TooLargeError: the file cannot be stored.
    """
    identifier = request.identifier
    ensure_usable_name(
        identifier, object_names.video_path(settings, identifier, object_filename(request.filename))
    )
    if request.size > settings.upload_max_size_bytes:
        raise TooLargeError(
            f"{request.filename} has {request.size} bytes; the limit is {settings.upload_max_size_bytes}",
            remedy="raise UPLOAD_MAX_SIZE_BYTES, or upload a smaller file",
        )


async def ensure_new(request: UploadRequest) -> None:
    """Without `force`, check for a video of the same name and size.

    Raises:
        AlreadyInLibraryError: there is one.
        DatabaseError: the table cannot be read.
    """
    if request.force:
        return
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, request.identifier)
    if video is None or video.cloud_url.rpartition("/")[2] != object_filename(request.filename):
        return
    if video.size_bytes is None:
        is_same_size = video.file_size_kb == request.size // 1024
    else:
        is_same_size = video.size_bytes == request.size
    if is_same_size:
        raise AlreadyInLibraryError(request.filename, video.identifier)


def _ensure_plain_name(name: str) -> None:
    """Not `str.isprintable`: macOS puts a narrow no-break space into names of screen recordings."""
    try:
        ensure_line(name)
    except ValueError as error:
        raise UnusableNameError(f"invalid file name {name!r}: {error}", remedy="rename the file") from None
    if "/" in name or "\\" in name:
        raise UnusableNameError(f"invalid file name {name!r}", remedy="use a name without path separators")


def _parse_folder(path: str) -> str:
    """Check the path of a folder; each part must be a name that a scan of the folder of videos accepts."""
    if not path:
        return ""
    if len(path.encode()) > LONGEST_FOLDER_BYTES:
        raise UnusableNameError(
            "the path of the folder is too long", remedy=f"use at most {LONGEST_FOLDER_BYTES} bytes"
        )
    for name in path.split("/"):
        if not name or name.startswith(".") or len(name.encode()) > MAX_NAME_BYTES:
            raise UnusableNameError(
                f"invalid folder {path!r}", remedy="use a relative path without empty and hidden parts"
            )
        _ensure_plain_name(name)
    return path


def _parse_bool(metadata: Mapping[str, str], name: str) -> bool:
    value = metadata.get(name, "false")
    if value not in {"true", "false"}:
        raise InvalidRequestError(f"{name} in Upload-Metadata must be true or false")
    return value == "true"
