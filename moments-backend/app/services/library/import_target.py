"""Where a file may lie in the folder of videos.

Its name is its id, so what has that id already is looked for in all three places that may know it: the
folder, the table and the bucket. Another video's file is never touched.
"""

import asyncio
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.core.concurrency import CancelCheck, run_cancellable_in_thread
from app.core.config import Settings
from app.core.exceptions import IdentifierConflictError, NotAVideoError, UnusableNameError
from app.database.models import Video
from app.database.session import transaction
from app.media.formats import VIDEO_EXTENSIONS, is_video_name
from app.repositories import directory_listing, video_db_repository
from app.services.library.registration import ensure_row_matches_object
from app.services.storage.checksums import digest_file, map_os_error
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import ensure_usable_name


@dataclass(frozen=True)
class ImportTarget:
    """A name in the folder that a file may have.

    `row` is the video of that id, if the table has it; `is_there` whether the folder has these bytes under
    the name already.
    """

    target: Path
    gcs_path: str
    row: Video | None
    is_there: bool


def validate_video_filename(name: str) -> None:
    """Raises:
    NotAVideoError: the name does not end like a video's.
    UnusableNameError: it is a hidden file's.
    """
    if not is_video_name(name):
        endings = " ".join(sorted(VIDEO_EXTENSIONS))
        raise NotAVideoError(f"{name} does not end like a video", remedy=f"known endings are {endings}")
    if name.startswith("."):
        raise UnusableNameError(f"{name} is a hidden file", remedy="rename it, without the dot in front")


async def resolve_target(file: Path, name: str, *, settings: Settings, uploader: GCSUploader) -> ImportTarget:
    """The place of `file` under `name`, which its own name need not be. Only the folder's bytes are compared.

    Raises:
        UnusableNameError: the table or the bucket cannot hold this name.
        IdentifierConflictError, BucketConflictError: another video has this id.
        LocalFileError, DatabaseError.
    """
    target = settings.videos_dir / name
    gcs_path = uploader.video_path(target.stem, name)
    ensure_usable_name(target.stem, gcs_path)
    await asyncio.to_thread(_ensure_only_one, settings.videos_dir, target)
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, target.stem)
    if row is not None:
        ensure_row_matches_object(row, name, gcs_path, uploader)
    is_there = await run_cancellable_in_thread(lambda check: has_same_content(target, file, check))
    return ImportTarget(target, gcs_path, row, is_there)


async def is_in_bucket(file: Path, place: ImportTarget, uploader: GCSUploader) -> bool:
    """Whether the video of this id has these bytes in the bucket; False where there is none, or no object.

    Raises:
        IdentifierConflictError: the video of this id is another one, which only the bucket holds.
        LocalFileError, StorageError.
    """
    if place.row is None:
        return False
    stored = await uploader.describe_object(place.gcs_path)
    if stored is not None and not stored.matches(await run_cancellable_in_thread(partial(digest_file, file))):
        raise IdentifierConflictError(place.target.name, place.row.identifier, place.row.cloud_url)
    return stored is not None


def has_same_content(target: Path, file: Path, check: CancelCheck) -> bool:
    """Whether the folder has the file, or one with the same bytes.

    Raises:
        IdentifierConflictError: what has its name is another.
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


def _ensure_only_one(folder: Path, target: Path) -> None:
    """Raises:
    IdentifierConflictError: a video of this stem has another ending.
    """
    for name in directory_listing.find_video(folder, target.stem):
        if name != target.name:
            raise IdentifierConflictError(target.name, target.stem, str(folder / name))
