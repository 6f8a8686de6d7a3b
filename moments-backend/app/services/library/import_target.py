"""Resolves the path of a new file in the folder of videos.

The name determines the video's id, so the folder, the table and the bucket are checked for that id. Files of
another video are never modified.
"""

import os
from dataclasses import dataclass
from pathlib import Path, PurePath

from app.core.concurrency import CancelCheck, run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.core.exceptions import ConflictError, IdentifierConflictError, NotAVideoError, UnusableNameError
from app.core.files.content_types import VIDEO_EXTENSIONS, is_video_name
from app.database.models import Video
from app.database.session import transaction
from app.repositories import directory_listing, video_db_repository
from app.services.library.content import LocalContent, has_content
from app.services.library.identity import MD5_DIGITS, identifier_of, object_filename
from app.services.library.registration import ensure_not_being_deleted, ensure_row_matches_object
from app.services.storage.checksums import digest_file, map_os_error
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import ensure_usable_name


@dataclass(frozen=True)
class ImportTarget:
    """A path in the folder of videos that a file may take."""

    path: Path
    identifier: str
    is_present: bool
    """True if the folder already has these bytes under this name."""
    is_registered: bool
    """True if the video with this id is known to have these bytes."""


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


async def find_free_target(
    content: LocalContent,
    name: str,
    *,
    settings: Settings,
    uploader: GCSUploader,
    check_object: bool = True,
) -> ImportTarget:
    """Resolve the target under `name`, or under a name with a hash suffix if another video has that.

    Args:
        check_object: also look for an object without a row, which an interrupted registration may have left.

    Raises:
        UnusableNameError: the table or the bucket cannot store this name.
        IdentifierConflictError, BucketConflictError: another video has the name with the suffix, too.
        LocalFileError, DatabaseError, StorageError: a comparison failed.
    """
    try:
        return await resolve_target(
            content, name, settings=settings, uploader=uploader, check_object=check_object
        )
    except ConflictError:
        plain = PurePath(name)
        digits = (await content.digest()).md5_hex[:MD5_DIGITS]
        suffixed = plain.with_name(f"{plain.stem}-{digits}{plain.suffix}").as_posix()
        return await resolve_target(content, suffixed, settings=settings, uploader=uploader)


async def resolve_target(
    content: LocalContent,
    name: str,
    *,
    settings: Settings,
    uploader: GCSUploader,
    check_object: bool = False,
) -> ImportTarget:
    """Resolve the target of a file under `name`; see `find_free_target`.

    Raises:
        UnusableNameError: the table or the bucket cannot store this name.
        IdentifierConflictError, BucketConflictError: another video has this id.
        VideoBeingDeletedError: a deleted video with this id is still being removed.
        LocalFileError, DatabaseError, StorageError: a comparison failed.
    """
    target, identifier = settings.videos_dir / name, identifier_of(name)
    gcs_path = uploader.video_path(identifier, object_filename(name))
    ensure_usable_name(identifier, gcs_path)
    await run_in_thread(_ensure_unique, settings.videos_dir, name, identifier)
    async with transaction() as session:
        await ensure_not_being_deleted(session, identifier)
        row = await video_db_repository.get_by_identifier(session, identifier, include_deleted=True)
    if row is None:
        is_registered = False
        if check_object:
            await _ensure_object_is_free(content, name, identifier, gcs_path, uploader)
    else:
        ensure_row_matches_object(row, name, gcs_path, uploader)
        is_registered = await _is_registered(row, content, name, uploader)
    is_present = await run_cancellable_in_thread(lambda check: has_same_content(target, content.path, check))
    return ImportTarget(target, identifier, is_present, is_registered)


async def _is_registered(row: Video, content: LocalContent, name: str, uploader: GCSUploader) -> bool:
    """Return whether the row is known to have these bytes; False if only its size in kilobytes is known."""
    is_same = await has_content(row, content, uploader)
    if is_same is None:
        is_similar = row.file_size_kb in {None, await content.size() // 1024}
        is_same = None if is_similar else False
    if is_same is False:
        raise IdentifierConflictError(name, row.identifier, row.cloud_url)
    return bool(is_same)


async def _ensure_object_is_free(
    content: LocalContent, name: str, identifier: str, gcs_path: str, uploader: GCSUploader
) -> None:
    """Check that the object is missing or has these bytes; it may belong to a registration in progress."""
    stored = await uploader.describe_object(gcs_path)
    if stored is None:
        return
    if stored.size != await content.size() or not stored.matches(await content.digest()):
        raise IdentifierConflictError(name, identifier, uploader.cloud_url(gcs_path))


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
        raise IdentifierConflictError(target.name, identifier_of(target.name), str(target))
    return True


def _ensure_unique(folder: Path, name: str, identifier: str) -> None:
    for path in directory_listing.find_video(folder, identifier):
        if path != name:
            raise IdentifierConflictError(name, identifier, str(folder / path))
