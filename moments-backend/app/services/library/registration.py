"""Registration of a video file: probe, then the verified object, then the row.

An interruption leaves at most an object without a row. The next attempt finds the object, sends nothing and
adds the row. No transaction is open while ffprobe or the network is in use.

A row and its object belong to one video, identified by size and MD5. Other bytes never replace them: a second
file for the same identifier is a conflict.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import BucketConflictError, IdentifierConflictError, VideoBeingDeletedError
from app.database.models import Video
from app.database.session import transaction
from app.media import ffprobe
from app.media.ffprobe import VideoMetadata
from app.models.media_info import RUN_CHOICES
from app.repositories import chapter_index_repository, trash_repository, video_db_repository
from app.services.library.content import file_size
from app.services.library.events import event_data
from app.services.library.identity import identifier_of, object_filename, path_below, title_of
from app.services.library.titles import title_from
from app.services.storage.checksums import Digest
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import ensure_usable_name, parse_cloud_url
from app.services.storage.object_store import StoredObject
from app.services.webhooks import events as webhook_events


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
    restored: bool
    """The video was in the trash, and was taken out of it."""
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


_SILENT = RegistrationObserver()


async def register_video(
    path: Path,
    *,
    identifier: str,
    uploader: GCSUploader,
    settings: Settings,
    within: Path | None = None,
    relative_path: str | None = None,
    gcs_path: str | None = None,
    source_url: str | None = None,
    title: str | None = None,
    refresh: bool = False,
    check_conflicts_first: bool = True,
    assume_absent: bool = False,
    probe: Probe = ffprobe.probe,
    observer: RegistrationObserver = _SILENT,
) -> Registration:
    """Store the file in the bucket and insert its row. Safe to repeat, and to call concurrently.

    Args:
        identifier: the video's id.
        within: a folder that symbolic links must not lead out of, for files that others may replace.
        relative_path: the path below the scanned folder; by default below the folder of videos, if any.
        gcs_path: name of the object, if it does not follow from the path: a moved file keeps its object.
        source_url: the address of the download; stored normalised.
        refresh: update an existing row with the probed metadata and this object, if it is the same video.
        check_conflicts_first: compare an existing row before sending, and not only the stored one afterwards.
        assume_absent: a listing of the bucket did not contain the object; see `GCSUploader.store`.
        probe: a replacement for `ffprobe.probe`, for example one that limits concurrency.

    Raises:
        IdentifierConflictError: another video has this identifier; its object and row are unchanged.
        VideoBeingDeletedError: a deleted video with this identifier is still being removed.
        BucketConflictError: the row names an object in another bucket, and `refresh` is not set.
        InvalidRequestError: `source_url` is not a URL.
        MediaError, LocalFileError, StorageError, DatabaseError, CancelledByUserError: a step failed.
    """
    relative_path = path_below(settings.videos_dir, path) if relative_path is None else relative_path
    gcs_path = gcs_path or uploader.video_path(identifier, object_filename(relative_path or path.name))
    ensure_usable_name(identifier, gcs_path)
    cloud_url = uploader.cloud_url(gcs_path)
    metadata = await probe(path, settings=settings)  # first: renaming a damaged file solves no conflict
    observer.probed(metadata)
    row = await _read_row(identifier) if check_conflicts_first or refresh else None
    guard = _Guard(path, identifier, cloud_url, row, may_replace=refresh)
    await guard.check_row(gcs_path, uploader)
    started = time.monotonic()
    stored = await uploader.store(
        path, gcs_path, observer.uploading, within=within, assume_absent=assume_absent, before_write=guard
    )
    seconds = time.monotonic() - started
    observer.uploaded(cloud_url, seconds, was_there=not stored.sent)
    columns = _columns(metadata, cloud_url, stored.digest, relative_path)
    columns["title"] = title or columns["title"] or _title_of(identifier, relative_path)
    written = await _write_row(identifier, columns, source_url, stored.digest, refresh=refresh)
    video, created, restored = written
    ensure_row_matches_object(video, path.name, gcs_path, uploader)
    if _is_other(video, stored.digest):
        raise IdentifierConflictError(path.name, identifier, video.cloud_url)
    return Registration(video, metadata, gcs_path, created, restored, stored.sent, seconds)


def _columns(
    metadata: VideoMetadata, cloud_url: str, digest: Digest, relative_path: str | None
) -> dict[str, Any]:
    return metadata.columns() | {
        "cloud_url": cloud_url,
        "size_bytes": digest.size,
        "md5": digest.md5_hex,
        "relative_path": relative_path,
    }


async def _write_row(
    identifier: str, columns: Mapping[str, Any], source_url: str | None, digest: Digest, *, refresh: bool
) -> tuple[Video, bool, bool]:
    """Insert the row, or update the existing one of the same video.

    Returns:
        The row, whether it was inserted, and whether it was taken out of the trash; `refresh` leaves it
        there.

    Raises:
        VideoBeingDeletedError: objects of a deleted video with this identifier are still being removed.
    """
    relative_path = columns["relative_path"]
    async with transaction() as session:
        await ensure_not_being_deleted(session, identifier)
        video, created = await video_db_repository.insert_or_get(
            session, identifier=identifier, source_url=source_url, **columns
        )
        if created:  # again: the insertion waits for a deletion that began after the first check
            await ensure_not_being_deleted(session, identifier)
        if _is_other(video, digest):
            return video, False, False
        restored = not refresh and await restore_video(session, video)
        changes: Mapping[str, Any] = {}
        if not created:
            changes = _changes(video, columns, refresh=refresh)
            video = await video_db_repository.update(session, video.id, **changes) or video
        if created or "media" in changes:
            await chapter_index_repository.index_stated(session, video)
        if created:
            await webhook_events.record(session, "video.added", event_data(video))
        if relative_path:
            await video_db_repository.release_path(
                session, relative_path, video, namesake=identifier_of(relative_path)
            )
    return video, created, restored


@dataclass(frozen=True, slots=True)
class _Guard:
    """Prevents a video from replacing another one with the same identifier.

    Attributes:
        row: the row of the identifier, if it was read and exists.
        may_replace: replace the object by the bytes that belong to the row, and accept a row that names the
            same object in another bucket.
    """

    path: Path
    identifier: str
    cloud_url: str
    row: Video | None
    may_replace: bool

    async def check_row(self, gcs_path: str, uploader: GCSUploader) -> None:
        """Compare what can be compared before the file is read."""
        if self.row is None:
            return
        if not self.may_replace or parse_cloud_url(self.row.cloud_url)[1] != gcs_path:
            ensure_row_matches_object(self.row, self.path.name, gcs_path, uploader)
        if self.row.size_bytes is not None:
            size = await run_in_thread(file_size, self.path)
            if size != self.row.size_bytes:
                raise self._conflict()

    def __call__(self, existing: StoredObject | None, digest: Callable[[], Digest]) -> None:
        """Raise `IdentifierConflictError` unless the file may become the object; see `BeforeWrite`.

        `existing` has other bytes than the file. Without a row it may belong to a registration in progress.
        """
        row = self.row
        if row is None:
            if existing is not None:
                raise self._conflict()
        elif row.md5 is not None:
            if _is_other(row, digest()) or not (existing is None or self.may_replace):
                raise self._conflict()
        elif not self._is_plausible(row, existing):
            raise self._conflict()

    def _is_plausible(self, row: Video, existing: StoredObject | None) -> bool:
        """Compare with a row from before MD5s were recorded, whose evidence is its size in kilobytes."""
        kilobytes = file_size(self.path) // 1024
        if existing is None:
            return row.file_size_kb in {None, kilobytes}
        return self.may_replace and row.file_size_kb == kilobytes != existing.size // 1024

    def _conflict(self) -> IdentifierConflictError:
        holder = self.cloud_url if self.row is None else self.row.cloud_url
        return IdentifierConflictError(self.path.name, self.identifier, holder)


def _is_other(video: Video, digest: Digest) -> bool:
    """Return whether the row states other bytes."""
    return video.md5 is not None and (video.size_bytes, video.md5) != (digest.size, digest.md5_hex)


def _title_of(identifier: str, relative_path: str | None) -> str | None:
    """Return the title of the path's last part; None if the identifier suggests the same."""
    title = title_of(relative_path) if relative_path else None
    return None if title == title_from(identifier) else title


DESCRIPTIVE = frozenset({"title", "description", "channel", "recorded_at", "relative_path"})
"""Columns that may come from elsewhere, such as the site of a download: only filled, never replaced."""


def _changes(video: Video, columns: Mapping[str, Any], *, refresh: bool) -> dict[str, Any]:
    """Return the columns that change: those without a value, and with `refresh` all media properties."""
    kept = RUN_CHOICES
    if (video.media or {}).get("chapters_source") == "site":
        kept = (*kept, "chapters", "chapters_source")
    chosen = {name: value for name, value in (video.media or {}).items() if name in kept}
    columns = {**columns, "media": {**columns["media"], **chosen}}
    changes = {
        name: value
        for name, value in columns.items()
        if value is not None
        and (getattr(video, name) is None or (refresh and name not in DESCRIPTIVE))
        and value != getattr(video, name)
    }
    if video.verification_error is not None:
        changes["verification_error"] = None  # the object was just stored, or compared
    if "media" in changes and video.playback_state == "original":
        changes["playback_state"] = None  # was determined from fewer facts
    return changes


async def _read_row(identifier: str) -> Video | None:
    async with transaction() as session:
        await ensure_not_being_deleted(session, identifier)
        return await video_db_repository.get_by_identifier(session, identifier, include_deleted=True)


async def ensure_not_being_deleted(session: AsyncSession, identifier: str) -> None:
    """Check that no objects of a deleted video with this identifier are still being removed.

    Raises:
        VideoBeingDeletedError: they are.
    """
    if await trash_repository.is_being_deleted(session, identifier):
        raise VideoBeingDeletedError(identifier)


async def restore_if_deleted(video: Video) -> bool:
    """Do the same as `restore_video` in a transaction of its own."""
    if video.deleted_at is None:
        return False
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, video.identifier, include_deleted=True)
        return row is not None and await restore_video(session, row)


async def restore_video(session: AsyncSession, video: Video) -> bool:
    """Take a video out of the trash because it was added again; return whether it was there."""
    if video.deleted_at is None or not await trash_repository.restore(session, [video.id]):
        return False
    await session.refresh(video)
    await webhook_events.record(session, "video.restored", event_data(video))
    return True


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
