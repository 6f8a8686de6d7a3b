"""Registration of a video file: probe, then the verified object, then the row.

An interruption leaves at most an object without a row. The next attempt finds the object, sends nothing and
adds the row. No transaction is open while ffprobe or Cloud Storage works.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.core.config import Settings
from app.core.exceptions import BucketConflictError, IdentifierConflictError
from app.database.models import Video
from app.database.session import transaction
from app.media import ffprobe
from app.media.ffprobe import VideoMetadata
from app.repositories import video_db_repository
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import ensure_usable_name, parse_cloud_url


class Probe(Protocol):
    """Reads a file's metadata; see `app.media.ffprobe.probe`."""

    async def __call__(self, path: Path, *, settings: Settings) -> VideoMetadata: ...


@dataclass(frozen=True, slots=True)
class Registration:
    """Result of a registration."""

    video: Video
    metadata: VideoMetadata
    gcs_path: str
    created: bool
    """False if the row existed, or another writer was first."""
    uploaded: bool
    """False if the bucket already held the same bytes."""
    upload_seconds: float
    """Duration of hashing and upload."""


class RegistrationObserver:
    """Callbacks after each step, on the event loop. Override the ones you need."""

    def probed(self, metadata: VideoMetadata) -> None:
        """Report the metadata of the file."""

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        """Report progress of the upload."""

    def uploaded(self, cloud_url: str, seconds: float, *, was_there: bool) -> None:
        """Report the verified object; `was_there` if nothing had to be sent."""


async def register_video(
    path: Path,
    *,
    identifier: str,
    uploader: GCSUploader,
    settings: Settings,
    source_url: str | None = None,
    title: str | None = None,
    refresh: bool = False,
    check_conflicts_first: bool = True,
    assume_absent: bool = False,
    probe: Probe = ffprobe.probe,
    observer: RegistrationObserver | None = None,
) -> Registration:
    """Store the file in the bucket and insert its row. Safe to repeat, and to call concurrently.

    Args:
        identifier: the video's id.
        source_url: the address of the download; stored normalised.
        refresh: update an existing row with the probed metadata and this object.
        check_conflicts_first: compare an existing row before sending. May be skipped if the caller just
            checked and the file is small; the stored row is compared afterwards anyway.
        assume_absent: a listing of the bucket did not contain the object; see `GCSUploader.store`.
        probe: a replacement for `ffprobe.probe`, for example one that limits concurrency.

    Raises:
        IdentifierConflictError, BucketConflictError: the row of this identifier names another object.
        InvalidRequestError: `source_url` is not a URL.
        MediaError, LocalFileError, StorageError, DatabaseError, CancelledByUserError: a step failed.
    """
    observer = observer or RegistrationObserver()
    gcs_path = uploader.video_path(identifier, path.name)
    ensure_usable_name(identifier, gcs_path)
    if check_conflicts_first and not refresh:
        await _ensure_no_conflict(identifier, path.name, gcs_path, uploader)

    metadata = await probe(path, settings=settings)
    observer.probed(metadata)

    started = time.monotonic()
    stored = await uploader.store(path, gcs_path, observer.uploading, assume_absent=assume_absent)
    seconds = time.monotonic() - started
    observer.uploaded(uploader.cloud_url(gcs_path), seconds, was_there=not stored.sent)

    columns = {"cloud_url": uploader.cloud_url(gcs_path), **metadata.columns()}
    file_title = columns.pop("title")  # of a new row only: users may have changed it since
    async with transaction() as session:
        video, created = await video_db_repository.insert_or_get(
            session, identifier=identifier, source_url=source_url, title=title or file_title, **columns
        )
        if refresh and not created:
            video = await video_db_repository.update(session, video.id, **columns) or video
    ensure_row_matches_object(video, path.name, gcs_path, uploader)
    return Registration(video, metadata, gcs_path, created, stored.sent, seconds)


def ensure_row_matches_object(video: Video, filename: str, gcs_path: str, uploader: GCSUploader) -> None:
    """Check that the row names this object.

    Raises:
        IdentifierConflictError: the row names another file.
        BucketConflictError: the row names this file in another bucket.
    """
    if video.cloud_url == uploader.cloud_url(gcs_path):
        return
    if parse_cloud_url(video.cloud_url)[1] == gcs_path:
        raise BucketConflictError(video.identifier, video.cloud_url, uploader.bucket_name)
    raise IdentifierConflictError(filename, video.identifier, video.cloud_url)


async def _ensure_no_conflict(identifier: str, filename: str, gcs_path: str, uploader: GCSUploader) -> None:
    async with transaction() as session:
        existing = await video_db_repository.get_by_identifier(session, identifier)
    if existing is not None:
        ensure_row_matches_object(existing, filename, gcs_path, uploader)
