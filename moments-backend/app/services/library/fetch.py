"""Brings a local original back from the bucket, to the path that its row states."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from app.core.concurrency import CancelCheck, run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    FileConflictError,
    LocalFileError,
    MismatchError,
    ObjectNotFoundError,
    VideoNotFoundError,
)
from app.core.files.atomic import move_file_if_absent
from app.core.files.disk_space import ensure_free_space
from app.database.models import Video
from app.database.session import transaction
from app.models.storage import TransferResult
from app.repositories import offload_repository, video_db_repository
from app.services.library.identity import object_filename
from app.services.library.local_files import get_video_or_404
from app.services.library.object_proof import path_in_bucket
from app.services.storage.checksums import digest_file, to_hex
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_store import StoredObject

OnProgress = Callable[[int, int], None]
"""`(bytes received, total bytes)`."""


async def fetch_video(
    identifier: str, *, settings: Settings, uploader: GCSUploader, on_progress: OnProgress | None = None
) -> TransferResult:
    """Download the original to its path below the folder of videos, and record the path.

    The file appears only when it is complete and equal to the object. A file that exists there with the same
    bytes is kept.

    Raises:
        VideoNotFoundError: no video has this identifier.
        BucketConflictError: the object is in another bucket.
        FileConflictError: another file has the path, or the path leaves the folder of videos.
        ObjectNotFoundError, ObjectChangedError: the object is missing, or was replaced meanwhile.
        MismatchError: it is not the object that the row describes.
        DiskFullError, LocalFileError: the file cannot be written.
        StorageError, DatabaseError: bucket or table cannot be used.
    """
    video = await get_video_or_404(identifier)
    gcs_path = path_in_bucket(video, uploader)
    path = video.relative_path or object_filename(gcs_path)
    target = await run_in_thread(_target, settings, video, path)
    stored = await _describe(uploader, video, gcs_path)
    if await run_cancellable_in_thread(lambda check: _is_present(target, path, video, stored, check)):
        return await _finish(video, path, stored, changed=False)
    await run_in_thread(ensure_free_space, _existing_folder(target), stored.size)
    part = target.with_name(f".{uuid4().hex}.part")
    try:
        await uploader.download(gcs_path, part, on_progress, generation=stored.generation)
        if stored.md5 is None:
            await run_cancellable_in_thread(lambda check: _ensure_md5(part, video, check))
        if not await run_in_thread(move_file_if_absent, part, target):
            await run_cancellable_in_thread(lambda check: _is_present(target, path, video, stored, check))
    finally:
        await run_in_thread(part.unlink, True)
    return await _finish(video, path, stored, changed=True)


async def _describe(uploader: GCSUploader, video: Video, gcs_path: str) -> StoredObject:
    stored = await uploader.describe_object(gcs_path)
    if stored is None:
        raise ObjectNotFoundError(
            f"{video.cloud_url} does not exist", remedy="restore it from a backup or an older generation"
        )
    is_same = video.size_bytes in {None, stored.size} and (
        None in {video.md5, stored.md5} or video.md5 == to_hex(stored.md5 or "")
    )
    if not is_same:
        raise MismatchError(
            f"{video.cloud_url} is not the video that the row describes: it has {stored.size} bytes, the row"
            f" states {video.size_bytes}, or the MD5 differs",
            remedy="compare all copies: videomoments doctor --storage",
        )
    return stored


def _target(settings: Settings, video: Video, path: str) -> Path:
    """Return the target of a path, which may come from a bucket that others write to."""
    parts = path.split("/")
    if "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise FileConflictError(video.identifier, repr(path), "it is not a path below the folder of videos")
    target = settings.videos_dir.joinpath(*parts)
    try:
        root = _existing_folder(settings.videos_dir / "x").resolve()
        is_inside = _existing_folder(target).resolve().is_relative_to(root)
    except (OSError, RuntimeError) as error:  # a name is too long, or a link leads to itself
        raise FileConflictError(video.identifier, path, f"its folder cannot be used: {error}") from error
    if not is_inside:
        raise FileConflictError(video.identifier, path, "a link leads out of the folder of videos")
    return target


def _existing_folder(target: Path) -> Path:
    """Return the nearest folder that exists. A file in its place is reported when the folder is created."""
    return next(folder for folder in target.parents if folder.exists())


def _is_present(target: Path, path: str, video: Video, stored: StoredObject, check: CancelCheck) -> bool:
    """Return whether the file exists with the bytes of the object.

    Raises:
        FileConflictError: another file has the path.
    """
    if not os.path.lexists(target):
        return False
    try:
        is_same = target.is_file() and target.stat().st_size == stored.size
        is_same = is_same and stored.matches(digest_file(target, check))
    except (OSError, LocalFileError) as error:
        raise FileConflictError(video.identifier, path, f"the file there cannot be read: {error}") from error
    if not is_same:
        raise FileConflictError(video.identifier, path, "another file is there already")
    return True


def _ensure_md5(file: Path, video: Video, check: CancelCheck) -> None:
    """Compare the MD5 of a composite object, which the bucket does not state, with that of the row."""
    if video.md5 not in {None, digest_file(file, check).md5_hex}:
        raise MismatchError(
            f"the MD5 of {video.cloud_url} differs from that of the row",
            remedy="compare all copies: videomoments doctor --storage",
        )


async def _finish(video: Video, path: str, stored: StoredObject, *, changed: bool) -> TransferResult:
    async with transaction() as session:
        current = await offload_repository.lock(session, video.id)
        if current is None:
            raise VideoNotFoundError(video.identifier)
        if current.relative_path != path:
            current.relative_path = path
            await session.flush()
        await video_db_repository.release_path(session, path, current, namesake=current.identifier)
    return TransferResult(
        id=video.identifier,
        location="both",
        path=path,
        size_bytes=stored.size,
        freed_bytes=0,
        changed=changed,
    )
