"""Copies a local file into the folder of videos, where the pipeline finds it."""

import os
from collections.abc import Callable
from pathlib import Path

from app.core.concurrency import CancelCheck, run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.core.exceptions import LocalFileNotFoundError, NotAVideoError
from app.core.files.atomic import move_file_if_absent
from app.core.files.partial import PartialFile
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
"""`(bytes copied, total bytes)`."""


async def import_file(
    file: Path, *, settings: Settings, uploader: GCSUploader, on_progress: OnProgress = lambda *_: None
) -> Path:
    """Copy `file` under its own name, unless the folder has it already.

    The copy gets its name once it is complete. Cancellation leaves nothing behind.

    Args:
        on_progress: called from a thread.

    Returns:
        The path in the folder of videos. Its stem is the video's id.

    Raises:
        LocalFileNotFoundError: the file does not exist.
        MediaError: it is not a video, by its name or its content.
        IdentifierConflictError, BucketConflictError: another video has this id.
        LocalFileError, DiskFullError: it cannot be read, or the copy cannot be written.
        DatabaseError, StorageError, FFmpegError: a check failed.
    """
    if not await run_in_thread(os.path.lexists, file):
        raise LocalFileNotFoundError(f"{file} does not exist")
    if await run_in_thread(file.is_dir):
        raise NotAVideoError(f"{file.name or file} is a directory", remedy="pass its files: FOLDER/*.mp4")
    validate_video_filename(file.name)
    target = await resolve_target(file, file.name, settings=settings, uploader=uploader)
    if not target.is_present:
        await ffprobe.probe(file, settings=settings)
        await is_in_bucket(file, target, uploader)  # raises if the object is another video
        await run_cancellable_in_thread(lambda check: _copy(file, target.path, check, on_progress))
    return target.path


def _copy(file: Path, target: Path, check: CancelCheck, on_progress: OnProgress) -> None:
    with StableFile(file) as source, PartialFile(target, expected_size=source.size) as copy:
        while block := _read(source):
            check()
            copy.write(block)
            on_progress(copy.size, source.size)
        copy.flush(sync=True)
        source.ensure_unchanged()
        is_moved = move_file_if_absent(copy.path, target)
    if not is_moved:  # another process has created the target meanwhile
        has_same_content(target, file, check)


def _read(source: StableFile) -> bytes:
    try:
        return source.stream.read(READ_SIZE)
    except OSError as error:
        raise map_os_error(error, source.path) from error
