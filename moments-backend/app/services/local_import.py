"""Brings a file from anywhere on this machine into the folder of videos, where the pipeline finds it.

Its name is its id, so what has that id already is looked for in all three places that may know it: the
folder, the table and the bucket. Another video's file is never touched.
"""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

from app.core.atomic_file import place_new_file, translated_write_errors
from app.core.config import Settings
from app.core.disk import ensure_room
from app.core.exceptions import (
    FileVanishedError,
    IdentifierConflictError,
    NotAVideoError,
    UnusableNameError,
)
from app.core.threads import Check, run_checking
from app.database.models import Video
from app.database.session import transaction
from app.media import ffprobe
from app.media.formats import VIDEO_EXTENSIONS, is_video_name
from app.repositories import local_files, video_db_repository
from app.services.ingest import ensure_same_object
from app.services.pipeline.upload_service import GCSUploader
from app.services.storage.checksums import READ_SIZE, SteadyFile, as_local_error, digest_file
from app.services.storage.names import ensure_usable_name

OnProgress = Callable[[int, int], None]
"""`(bytes copied, bytes in all)`."""


async def import_file(
    file: Path, *, settings: Settings, uploader: GCSUploader, on_progress: OnProgress = lambda *_: None
) -> Path:
    """Make the folder of videos hold `file` under its own name; a file that is there is used as it is.

    The copy has its name only when it is whole. A cancelled caller leaves nothing behind.

    Args:
        on_progress: called from a thread.

    Returns:
        The file in the folder of videos. Its stem is the video's id.

    Raises:
        FileVanishedError: there is no such file.
        NotAVideoError and other MediaErrors: it is no video, by its name or by what it holds.
        IdentifierConflictError, BucketConflictError: another video has this id.
        LocalFileError, DiskFullError: it cannot be read, or the copy cannot be written.
        DatabaseError, StorageError, MediaToolError.
    """
    if not await asyncio.to_thread(os.path.lexists, file):
        raise FileVanishedError(f"there is no file {file}")
    if await asyncio.to_thread(file.is_dir):
        raise NotAVideoError(f"{file.name or file} is a folder", remedy="name its files: FOLDER/*.mp4")
    _ensure_video_name(file)
    target = settings.videos_dir / file.name
    gcs_path = uploader.video_path(target.stem, target.name)
    ensure_usable_name(target.stem, gcs_path)
    await asyncio.to_thread(_ensure_only_one, settings.videos_dir, target)
    row = await _row(target.stem)
    if row is not None:
        ensure_same_object(row, target.name, gcs_path, uploader)
    if not await run_checking(lambda check: _is_there(file, target, check)):
        await ffprobe.probe(file, settings=settings)
        if row is not None:
            await _ensure_stored(file, row, gcs_path, uploader)
        await run_checking(lambda check: _copy(file, target, check, on_progress))
    return target


def _ensure_video_name(file: Path) -> None:
    if not is_video_name(file.name):
        endings = " ".join(sorted(VIDEO_EXTENSIONS))
        raise NotAVideoError(
            f"{file.name or file} does not end like a video", remedy=f"known endings are {endings}"
        )
    if file.name.startswith("."):
        raise UnusableNameError(f"{file.name} is a hidden file", remedy="rename it, without the dot in front")


def _ensure_only_one(folder: Path, target: Path) -> None:
    """Raises:
    IdentifierConflictError: a video of this stem has another ending.
    """
    for name in local_files.find_video(folder, target.stem):
        if name != target.name:
            raise IdentifierConflictError(target.name, target.stem, str(folder / name))


async def _row(identifier: str) -> Video | None:
    async with transaction() as session:
        return await video_db_repository.get_by_identifier(session, identifier)


async def _ensure_stored(file: Path, row: Video, gcs_path: str, uploader: GCSUploader) -> None:
    """Raises:
    IdentifierConflictError: the video of this id is another one, which only the bucket holds.
    """
    stored = await uploader.describe_object(gcs_path)
    if stored is not None and not stored.holds(await run_checking(partial(digest_file, file))):
        raise IdentifierConflictError(file.name, row.identifier, row.cloud_url)


def _is_there(file: Path, target: Path, check: Check) -> bool:
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
        raise as_local_error(error, file) from error
    if not same_size or digest_file(file, check) != digest_file(target, check):
        raise IdentifierConflictError(file.name, target.stem, str(target))
    return True


def _copy(file: Path, target: Path, check: Check, on_progress: OnProgress) -> None:
    part = target.with_name(f".{uuid4().hex}.part")
    with SteadyFile(file) as source, translated_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        ensure_room(target.parent, source.size)
        try:
            _write(source, part, check, on_progress)
            source.ensure_unchanged()
            is_placed = place_new_file(part, target)
        finally:
            part.unlink(missing_ok=True)
    if not is_placed:  # somebody was quicker
        _is_there(file, target, check)


def _write(source: SteadyFile, part: Path, check: Check, on_progress: OnProgress) -> None:
    done = 0
    with part.open("xb", buffering=0) as copy:
        while block := _read(source):
            check()
            rest = memoryview(block)
            while rest:
                rest = rest[copy.write(rest) :]
            done += len(block)
            on_progress(done, source.size)
        os.fsync(copy.fileno())


def _read(source: SteadyFile) -> bytes:
    try:
        return source.stream.read(READ_SIZE)
    except OSError as error:
        raise as_local_error(error, source.path) from error
