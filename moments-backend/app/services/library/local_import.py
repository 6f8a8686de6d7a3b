"""Brings a file from anywhere on this machine into the folder of videos, where the pipeline finds it."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from app.core.concurrency import CancelCheck, run_cancellable_in_thread
from app.core.config import Settings
from app.core.exceptions import LocalFileNotFoundError, NotAVideoError
from app.core.files.atomic import mapped_write_errors, move_file_if_absent
from app.core.files.disk_space import ensure_free_space
from app.media import ffprobe
from app.services.library.import_target import (
    has_same_content,
    is_in_bucket,
    resolve_target,
    validate_video_filename,
)
from app.services.storage.checksums import READ_SIZE, StableFile, map_os_error
from app.services.storage.gcs_uploader import GCSUploader

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
        LocalFileNotFoundError: there is no such file.
        NotAVideoError and other MediaErrors: it is no video, by its name or by what it holds.
        IdentifierConflictError, BucketConflictError: another video has this id.
        LocalFileError, DiskFullError: it cannot be read, or the copy cannot be written.
        DatabaseError, StorageError, FFmpegError.
    """
    if not await asyncio.to_thread(os.path.lexists, file):
        raise LocalFileNotFoundError(f"there is no file {file}")
    if await asyncio.to_thread(file.is_dir):
        raise NotAVideoError(f"{file.name or file} is a folder", remedy="name its files: FOLDER/*.mp4")
    validate_video_filename(file.name)
    place = await resolve_target(file, file.name, settings=settings, uploader=uploader)
    if not place.is_there:
        await ffprobe.probe(file, settings=settings)
        await is_in_bucket(file, place, uploader)  # if it is another one, this raises
        await run_cancellable_in_thread(lambda check: _copy(file, place.target, check, on_progress))
    return place.target


def _copy(file: Path, target: Path, check: CancelCheck, on_progress: OnProgress) -> None:
    part = target.with_name(f".{uuid4().hex}.part")
    with StableFile(file) as source, mapped_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        ensure_free_space(target.parent, source.size)
        try:
            _write(source, part, check, on_progress)
            source.ensure_unchanged()
            is_placed = move_file_if_absent(part, target)
        finally:
            part.unlink(missing_ok=True)
    if not is_placed:  # somebody was quicker
        has_same_content(target, file, check)


def _write(source: StableFile, part: Path, check: CancelCheck, on_progress: OnProgress) -> None:
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


def _read(source: StableFile) -> bytes:
    try:
        return source.stream.read(READ_SIZE)
    except OSError as error:
        raise map_os_error(error, source.path) from error
