"""Removes a local original whose object has the same bytes, and brings it back.

Nothing is deleted before both were read again and found equal. The row keeps the path, so that `fetch_video`
restores the file where it was; without the file, streams, runs and exports use the object.
"""

from dataclasses import dataclass

from app.core.clock import utc_now
from app.core.concurrency import CancelCheck, run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    MismatchError,
    ObjectNotFoundError,
    OffloadRefusedError,
    VideoInUseError,
)
from app.core.files.proven_delete import ProvenFile
from app.database.models import Video
from app.database.session import transaction
from app.models.storage import TransferResult
from app.repositories import offload_repository
from app.services.library.fetch import fetch_video
from app.services.library.local_files import get_video_or_404
from app.services.library.object_proof import ensure_generation, path_in_bucket, prove_equal
from app.services.library.originals import OriginalFacts, find_relative_path
from app.services.storage.checksums import Digest, Digester
from app.services.storage.gcs_uploader import GCSUploader

__all__ = ["fetch_video", "find_offloadable", "offload_video"]


@dataclass(frozen=True, slots=True)
class LocalOriginal:
    """The local file of a row, found by path and size."""

    video: Video
    gcs_path: str
    path: str | None
    """Below the folder of videos; None if this machine does not have the file."""


async def find_offloadable(identifier: str, *, settings: Settings, uploader: GCSUploader) -> LocalOriginal:
    """Find the file that `offload_video` would compare, without reading it.

    Raises:
        VideoNotFoundError: no video has this identifier.
        BucketConflictError: the object is in another bucket.
        VideoInUseError: a run or an export may read the file.
    """
    video = await get_video_or_404(identifier)
    gcs_path = path_in_bucket(video, uploader)
    path = await run_in_thread(find_relative_path, settings.videos_dir, identifier, OriginalFacts.of(video))
    async with transaction() as session:
        user = await offload_repository.find_active_user(session, video)
    if path is not None and user is not None:
        raise VideoInUseError(identifier, user)
    return LocalOriginal(video, gcs_path, path)


async def offload_video(
    identifier: str, *, settings: Settings, uploader: GCSUploader, dry_run: bool = False
) -> TransferResult:
    """Delete the local original, after its object has been proven equal.

    A video whose file is not on this machine is left as it is.

    Args:
        dry_run: compare, but delete nothing.

    Raises:
        VideoNotFoundError: no video has this identifier.
        BucketConflictError: the object is in another bucket.
        VideoInUseError: a run or an export may read the file.
        OffloadRefusedError: file, object and row are not equal.
        ObjectNotFoundError, ObjectChangedError: the object is missing, or was replaced meanwhile.
        LocalFileError: the file is a link, cannot be read, or changed meanwhile.
        StorageError, DatabaseError: bucket or table cannot be used.
    """
    found = await find_offloadable(identifier, settings=settings, uploader=uploader)
    if found.path is None:
        size = found.video.size_bytes or 0
        return TransferResult(
            id=identifier, location="bucket", path=None, size_bytes=size, freed_bytes=0, changed=False
        )
    file = await run_in_thread(ProvenFile, settings.videos_dir, found.path)
    with file:
        digest = await run_cancellable_in_thread(lambda check: _digest(file, check))
        await _compare(found, digest, settings, uploader)
        if not dry_run:
            await _delete(found, file, digest)
        return TransferResult(
            id=identifier,
            location="both" if dry_run else "bucket",
            path=found.path,
            size_bytes=file.size,
            freed_bytes=0 if file.is_shared else file.size,
            changed=not dry_run,
        )


async def _compare(found: LocalOriginal, digest: Digest, settings: Settings, uploader: GCSUploader) -> None:
    video = found.video
    if video.size_bytes not in {None, digest.size} or video.md5 not in {None, digest.md5_hex}:
        raise OffloadRefusedError(
            f"{found.path} ({digest.size} bytes, MD5 {digest.md5_hex}) is not the video that the row of"
            f" {video.identifier!r} describes ({video.size_bytes} bytes, MD5 {video.md5})",
            remedy="register or identify the file: videomoments migrate",
        )
    try:
        stored = await prove_equal(uploader, settings, found.gcs_path, digest)
    except MismatchError as error:
        raise OffloadRefusedError(
            f"{found.path} was kept: {error.cause}",
            remedy="compare all copies: videomoments doctor --storage",
        ) from error
    except ObjectNotFoundError as error:
        raise ObjectNotFoundError(f"{found.path} was kept: {error.cause}", remedy=error.remedy) from error
    await ensure_generation(uploader, stored)


async def _delete(found: LocalOriginal, file: ProvenFile, digest: Digest) -> None:
    """Delete the file while the row is locked, if the row has not changed since it was read."""
    video, path = found.video, found.path
    async with transaction() as session:
        current = await offload_repository.lock(session, video.id)
        if current is None or _facts(current) != _facts(video):
            raise OffloadRefusedError(
                f"the row of {video.identifier!r} changed during the comparison", remedy="run again"
            )
        user = await offload_repository.find_active_user(session, video)
        if user is not None:
            raise VideoInUseError(video.identifier, user)
        current.relative_path = path
        current.md5 = digest.md5_hex
        current.verified_at, current.verification_error = utc_now(), None
        await session.flush()
        await run_in_thread(file.delete)


def _digest(file: ProvenFile, check: CancelCheck) -> Digest:
    digester = Digester()
    file.read(digester.update, check)
    return digester.digest()


def _facts(video: Video) -> tuple[object, ...]:
    return video.cloud_url, video.size_bytes, video.md5, video.relative_path, video.deleted_at
