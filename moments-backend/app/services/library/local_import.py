"""Copies a local file into the folder of videos, where the pipeline finds it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.concurrency import CancelCheck, run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.core.exceptions import ConflictError, LocalFileNotFoundError, NotAVideoError
from app.core.files.atomic import move_file_if_absent
from app.core.files.partial import PartialFile
from app.database.session import transaction
from app.media import ffprobe
from app.repositories import video_db_repository
from app.services.library.content import LocalContent, find_same_content, has_content
from app.services.library.identity import identifier_of, path_below, renamed
from app.services.library.import_target import (
    find_free_target,
    has_same_content,
    resolve_target,
    validate_video_filename,
)
from app.services.library.registration import restore_if_deleted
from app.services.storage.checksums import READ_SIZE, StableFile, map_os_error
from app.services.storage.gcs_uploader import GCSUploader

OnProgress = Callable[[int, int], None]
"""`(bytes copied, total bytes)`."""


@dataclass(frozen=True)
class ImportedFile:
    """A file of the library, and the id that it has or gets.

    Attributes:
        path: None if a video of another name has the same bytes, so that nothing was copied.
        is_renamed: another video has the id of the file's own name.
        is_restored: the video was in the trash, and was taken out of it.
    """

    identifier: str
    path: Path | None
    is_renamed: bool = False
    is_restored: bool = False


async def import_file(
    file: Path, *, settings: Settings, uploader: GCSUploader, on_progress: OnProgress = lambda *_: None
) -> ImportedFile:
    """Copy `file` to the folder of videos, unless the library has its bytes.

    The copy gets its name once it is complete: the file's own, or one with a hash suffix if another video has
    that. Cancellation leaves nothing behind. A file below the folder of videos stays where it is.

    Args:
        on_progress: called from a thread.

    Raises:
        LocalFileNotFoundError: the file does not exist.
        MediaError: it is not a video, by its name or its content.
        IdentifierConflictError, BucketConflictError: another video has this id, and the one with the suffix.
        LocalFileError, DiskFullError: it cannot be read, or the copy cannot be written.
        DatabaseError, StorageError, FFmpegError: a check failed.
    """
    if not await run_in_thread(os.path.lexists, file):
        raise LocalFileNotFoundError(f"{file} does not exist")
    if await run_in_thread(file.is_dir):
        raise NotAVideoError(f"{file.name or file} is a directory", remedy="pass its files: FOLDER/*.mp4")
    validate_video_filename(file.name)
    content = LocalContent(file)
    relative_path = await run_in_thread(_path_below, settings.videos_dir, file)
    if relative_path is not None:
        identifier = await _identifier_of_local(content, relative_path, uploader)
        is_renamed = identifier != identifier_of(relative_path)
        return ImportedFile(identifier, settings.videos_dir / relative_path, is_renamed)
    same = await find_same_content(content, uploader)
    is_restored = same is not None and await restore_if_deleted(same)
    if same is not None and not await _has_own_name(same.identifier, content, settings, uploader):
        return ImportedFile(same.identifier, None, is_restored=is_restored)
    target = await find_free_target(content, file.name, settings=settings, uploader=uploader)
    if not target.is_present:
        await ffprobe.probe(file, settings=settings)
        await run_cancellable_in_thread(lambda check: _copy(file, target.path, check, on_progress))
    return ImportedFile(target.identifier, target.path, target.path.name != file.name, is_restored)


def _path_below(folder: Path, file: Path) -> str | None:
    """Return the path of a file or of a link's target below the folder of videos; None for other files."""
    return path_below(folder.resolve(), file.resolve())


async def _identifier_of_local(content: LocalContent, relative_path: str, uploader: GCSUploader) -> str:
    """Return the id of a file below the folder of videos: the plain one, unless another video has it."""
    plain = identifier_of(relative_path)
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, plain, include_deleted=True)
    if row is None or await has_content(row, content, uploader) is not False:
        return plain
    same = await find_same_content(content, uploader)
    return same.identifier if same else renamed(plain, (await content.digest()).md5_hex)


async def _has_own_name(
    identifier: str, content: LocalContent, settings: Settings, uploader: GCSUploader
) -> bool:
    """Return whether the video with these bytes has the name of the file, which may then be copied."""
    name = content.path.name
    if identifier != identifier_of(name):
        return False
    try:
        await resolve_target(content, name, settings=settings, uploader=uploader)
    except ConflictError:
        return False
    return True


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
