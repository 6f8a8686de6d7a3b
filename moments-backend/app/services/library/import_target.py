"""Resolves the path of a new file in the folder of videos.

The stem of the name is the video's id, so the folder, the table and the bucket are checked for that id.
Files of another video are never modified.
"""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.core.concurrency import CancelCheck, run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.core.exceptions import IdentifierConflictError, NotAVideoError, UnusableNameError
from app.core.files.content_types import VIDEO_EXTENSIONS, is_video_name
from app.database.models import Video
from app.database.session import transaction
from app.repositories import directory_listing, video_db_repository
from app.services.library.registration import ensure_row_matches_object
from app.services.storage.checksums import digest_file, map_os_error
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import ensure_usable_name


@dataclass(frozen=True)
class ImportTarget:
    """A path in the folder of videos that a file may take."""

    path: Path
    gcs_path: str
    row: Video | None
    """The video with this id, if the table has one."""
    is_present: bool
    """True if the folder already has these bytes under this name."""


def validate_video_filename(name: str) -> None:
    """Check the extension.

    Raises:
        NotAVideoError: it is not the extension of a video.
        UnusableNameError: the file is hidden.
    """
    if not is_video_name(name):
        extensions = " ".join(sorted(VIDEO_EXTENSIONS))
        raise NotAVideoError(
            f"{name}: unsupported file type", remedy=f"use a file with one of the extensions {extensions}"
        )
    if name.startswith("."):
        raise UnusableNameError(f"{name} is a hidden file", remedy="rename it without the leading dot")


async def resolve_target(file: Path, name: str, *, settings: Settings, uploader: GCSUploader) -> ImportTarget:
    """Resolve the target of `file` under `name`. Content is compared with the folder only.

    Raises:
        UnusableNameError: the table or the bucket cannot store this name.
        IdentifierConflictError, BucketConflictError: another video has this id.
        LocalFileError, DatabaseError: the folder or the table could not be read.
    """
    target = settings.videos_dir / name
    gcs_path = uploader.video_path(target.stem, name)
    ensure_usable_name(target.stem, gcs_path)
    await run_in_thread(_ensure_unique_stem, settings.videos_dir, target)
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, target.stem)
    if row is not None:
        ensure_row_matches_object(row, name, gcs_path, uploader)
    is_present = await run_cancellable_in_thread(lambda check: has_same_content(target, file, check))
    return ImportTarget(target, gcs_path, row, is_present)


async def is_in_bucket(file: Path, target: ImportTarget, uploader: GCSUploader) -> bool:
    """Return whether the object of the registered video has these bytes. False without a row or an object.

    Raises:
        IdentifierConflictError: the object is another video.
        LocalFileError, StorageError: file or object could not be read.
    """
    if target.row is None:
        return False
    stored = await uploader.describe_object(target.gcs_path)
    if stored is not None and not stored.matches(await run_cancellable_in_thread(partial(digest_file, file))):
        raise IdentifierConflictError(target.path.name, target.row.identifier, target.row.cloud_url)
    return stored is not None


def has_same_content(target: Path, file: Path, check: CancelCheck) -> bool:
    """Return whether `target` exists, with the bytes of `file`.

    Raises:
        IdentifierConflictError: it has other bytes.
        LocalFileError: a file could not be read.
    """
    try:
        if not os.path.lexists(target):
            return False
        if target.exists() and file.samefile(target):
            return True
        same_size = target.is_file() and file.stat().st_size == target.stat().st_size
    except OSError as error:
        raise map_os_error(error, file) from error
    if not same_size or digest_file(file, check) != digest_file(target, check):
        raise IdentifierConflictError(target.name, target.stem, str(target))
    return True


def _ensure_unique_stem(folder: Path, target: Path) -> None:
    for name in directory_listing.find_video(folder, target.stem):
        if name != target.name:
            raise IdentifierConflictError(target.name, target.stem, str(folder / name))
