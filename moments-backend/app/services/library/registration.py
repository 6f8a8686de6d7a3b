"""Registers a video file, whoever brings it: probe, then the object, verified, and only then the row.

A run that dies in between leaves at most an object without a row; the next one finds the object, sends
nothing, and adds the row. No transaction is open while ffprobe or Cloud Storage works.
"""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    IdentifierConflictError,
    UploadCorruptedError,
)
from app.database.models import Video
from app.database.session import transaction
from app.media import ffprobe
from app.media.ffprobe import VideoMetadata
from app.repositories import video_db_repository
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import ensure_usable_name, parse_cloud_url


class Probe(Protocol):
    """Asks ffprobe about a file; see `app.media.ffprobe.probe`."""

    async def __call__(self, path: Path, *, settings: Settings) -> VideoMetadata: ...


@dataclass(frozen=True, slots=True)
class Registration:
    """What registering a file came to.

    `created` is whether the row is ours (False: another writer was first); `uploaded` whether bytes had to
    be sent; `upload_seconds` how long the object took, hashing included.
    """

    video: Video
    metadata: VideoMetadata
    gcs_path: str
    created: bool
    uploaded: bool
    upload_seconds: float


class RegistrationObserver:
    """Told of each step as it is done, on the event loop. Override what you want to hear of."""

    def probed(self, metadata: VideoMetadata) -> None:
        """The file has been read by ffprobe."""

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        """More bytes were sent."""

    def uploaded(self, cloud_url: str, seconds: float, *, was_there: bool) -> None:
        """The object holds the file's bytes; `was_there`: it did so before."""


async def register_video(
    path: Path,
    *,
    identifier: str,
    uploader: GCSUploader,
    settings: Settings,
    source_url: str | None = None,
    title: str | None = None,
    refresh: bool = False,
    look_first: bool = True,
    probe: Probe = ffprobe.probe,
    observer: RegistrationObserver | None = None,
) -> Registration:
    """Make the bucket hold the file and the table name it. Safe to repeat, and to run twice at once.

    Args:
        identifier: the video's id.
        source_url: the address it came from; it is kept normalised.
        refresh: write the probed metadata into a row that is there already, and point it at this object.
        look_first: see whether the identifier is free before anything is sent. Who has just looked, and
            sends little, need not: the row that stands is compared in any case.
        probe: `ffprobe.probe`, or the same with a limit of its own.

    Raises:
        IdentifierConflictError, BucketConflictError: the row of this identifier names another object.
        InvalidRequestError: `source_url` is no address.
        MediaError, LocalFileError, StorageError, DatabaseError, CancelledByUserError.
    """
    observer = observer or RegistrationObserver()
    gcs_path = uploader.video_path(identifier, path.name)
    ensure_usable_name(identifier, gcs_path)
    if look_first and not refresh:
        await _ensure_free(identifier, path.name, gcs_path, uploader)

    metadata = await probe(path, settings=settings)
    observer.probed(metadata)

    started = time.monotonic()
    stored = await uploader.store(path, gcs_path, observer.uploading)
    if await uploader.get_video_signed_url(identifier, path.name) is None:
        raise UploadCorruptedError(f"{uploader.cloud_url(gcs_path)} was gone again after the upload")
    seconds = time.monotonic() - started
    observer.uploaded(uploader.cloud_url(gcs_path), seconds, was_there=not stored.sent)

    columns = {"cloud_url": uploader.cloud_url(gcs_path), **asdict(metadata)}
    async with transaction() as session:
        video, created = await video_db_repository.insert_or_get(
            session, identifier=identifier, source_url=source_url, title=title, **columns
        )
        if refresh and not created:
            video = await video_db_repository.update(session, video.id, **columns) or video
    ensure_row_matches_object(video, path.name, gcs_path, uploader)
    return Registration(video, metadata, gcs_path, created, stored.sent, seconds)


def ensure_row_matches_object(video: Video, filename: str, gcs_path: str, uploader: GCSUploader) -> None:
    """Raises:
    IdentifierConflictError: the row names another file.
    BucketConflictError: the row names this file in another bucket.
    """
    if video.cloud_url == uploader.cloud_url(gcs_path):
        return
    if parse_cloud_url(video.cloud_url)[1] == gcs_path:
        raise BucketConflictError(video.identifier, video.cloud_url, uploader.bucket_name)
    raise IdentifierConflictError(filename, video.identifier, video.cloud_url)


async def _ensure_free(identifier: str, filename: str, gcs_path: str, uploader: GCSUploader) -> None:
    async with transaction() as session:
        standing = await video_db_repository.get_by_identifier(session, identifier)
    if standing is not None:
        ensure_row_matches_object(standing, filename, gcs_path, uploader)
