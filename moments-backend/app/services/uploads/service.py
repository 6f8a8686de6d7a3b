"""Uploads of this machine: creation, transfer, registration, listing and removal.

The protocol over it is in `app/api/tus`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    CancelledByUserError,
    UploadBusyError,
    UploadNotFoundError,
    UploadStateError,
    VideoMomentsError,
)
from app.database.session import transaction
from app.models.upload import Upload
from app.repositories import video_db_repository
from app.services.storage.gcs_uploader import GCSUploader
from app.services.uploads.finalizer import Progress, RunSubmitter, UploadFinalizer
from app.services.uploads.index import UploadIndex
from app.services.uploads.locks import UploadLocks
from app.services.uploads.metadata_store import (
    UploadDirectory,
    UploadInfo,
    UploadSnapshot,
    upload_directories,
)
from app.services.uploads.upload_request import UploadRequest, ensure_new, validate
from app.services.uploads.writer import UploadWriter

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
MAX_REGISTRATIONS = 4
"""Concurrent registrations; others are queued."""
REGISTRATION_LOCK_SECONDS = 10.0
"""The lock of a complete upload is released soon, unless another process is registering it."""


UploadCursor: TypeAlias = tuple[str, str]
"""Position in the list of uploads: creation time in ISO 8601 and id."""


@dataclass(frozen=True, slots=True)
class _AppendSession:
    info: UploadInfo
    writer: UploadWriter


class UploadService:
    """The uploads of this machine."""

    def __init__(self, settings: Settings, uploader: GCSUploader, runs: RunSubmitter) -> None:
        self._settings = settings
        self._index = UploadIndex(settings)
        self._finalizer = UploadFinalizer(settings, uploader, runs)
        self._locks = UploadLocks()
        self._sessions: dict[str, _AppendSession] = {}
        self._progress: dict[str, Progress] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._registration_slots = asyncio.Semaphore(MAX_REGISTRATIONS)
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Resume registrations that another process left, and sweep from now on."""
        self._sweeper = asyncio.create_task(self._sweep_periodically())

    async def close(self) -> None:
        """Stop registering; the next start resumes."""
        await cancel_and_wait(*self._tasks, *([self._sweeper] if self._sweeper else []))

    async def validate(self, metadata: Mapping[str, str], size: int) -> None:
        """Check an upload before any byte is sent.

        Raises:
            InvalidRequestError, NotAVideoError, UnusableNameError, EmptyFileError, TooLargeError: permanent.
            AlreadyInLibraryError: a video with this name and size exists, and `force` is not set.
            TooManyUploadsError, DiskFullError, LocalFileError, DatabaseError: temporary.
        """
        request = UploadRequest.from_metadata(metadata, size)
        validate(request, self._settings)
        await run_in_thread(self._index.ensure_capacity, size)
        await ensure_new(request)

    async def create(self, upload_id: str, metadata: Mapping[str, str], size: int) -> None:
        """Create a validated upload.

        Raises:
            TooManyUploadsError, DiskFullError, LocalFileError: a limit is reached (retryable).
        """
        request = UploadRequest.from_metadata(metadata, size)
        info = UploadInfo(
            id=upload_id,
            filename=request.filename,
            folder=request.folder,
            size=size,
            metadata=dict(metadata),
            find_moments=request.find_moments,
            created_at=datetime.now(UTC),
        )
        await run_in_thread(self._index.create, info)

    async def snapshot(self, upload_id: str) -> UploadSnapshot:
        """Return metadata, offset and expiry.

        Raises:
            UploadNotFoundError: the upload does not exist.
        """
        session = self._sessions.get(upload_id)
        info = session.info if session else None
        return await run_in_thread(self._directory(upload_id).snapshot, info)

    async def get(self, upload_id: str) -> Upload:
        """Return one upload.

        Raises:
            UploadNotFoundError: the upload does not exist.
        """
        return self._to_upload(await self.snapshot(upload_id))

    async def list_page(
        self, limit: int, after: UploadCursor | None = None
    ) -> tuple[list[Upload], UploadCursor | None]:
        """Return up to `limit` uploads, newest first, and the cursor of the next page."""
        snapshots = await run_in_thread(self._index.newest, limit + 1, after)
        page = snapshots[:limit]
        last = page[-1].info if len(snapshots) > limit else None
        cursor = None if last is None else (last.created_at.isoformat(), last.id)
        return [self._to_upload(snapshot) for snapshot in page], cursor

    async def count_by_status(self) -> dict[str, int]:
        """Return the numbers of uploads, finished ones included."""
        return await run_in_thread(self._index.count_by_status)

    @asynccontextmanager
    async def append_session(self, upload_id: str) -> AsyncIterator[None]:
        """Allow `append` and `flush` inside the block. A complete file is registered in the background.

        Raises:
            UploadBusyError: another request holds the lock.
            UploadNotFoundError: the upload does not exist.
        """
        directory = self._directory(upload_id)
        async with self._locks.hold(directory):
            info = await run_in_thread(directory.load)
            session = _AppendSession(info, UploadWriter(directory.file(info)))
            self._sessions[upload_id] = session
            try:
                yield
            finally:
                del self._sessions[upload_id]
                await run_in_thread(session.writer.close)
            is_complete = await run_in_thread(_mark_if_complete, directory, info)
        if is_complete:
            self._start_registration(upload_id)

    async def append(self, upload_id: str, chunk: bytes) -> None:
        """Append to the upload of an open session.

        Raises:
            DiskFullError, LocalFileError: the file cannot be written.
        """
        await self._sessions[upload_id].writer.append(chunk)

    async def flush(self, upload_id: str) -> None:
        """Bring appended bytes to the disk.

        Raises:
            DiskFullError, LocalFileError: the file cannot be written.
        """
        await run_in_thread(partial(self._sessions[upload_id].writer.flush, sync=True))

    async def retry(self, upload_id: str) -> Upload:
        """Register a failed upload again.

        Raises:
            UploadStateError: it has not failed, or its bytes are gone.
            UploadBusyError: another request holds the lock.
            UploadNotFoundError: the upload does not exist.
        """
        directory = self._directory(upload_id)
        _ensure_failed(await run_in_thread(directory.load))

        def reopen() -> UploadSnapshot:
            info = directory.load()
            _ensure_failed(info)
            if not directory.has_content(info):
                raise UploadStateError(
                    f"the bytes of {info.filename} no longer exist", remedy="upload the file again"
                )
            info = info.with_changes(status="registering", error=None, finished_at=None)
            directory.save(info)
            return directory.snapshot(info)

        async with self._locks.hold(directory):
            snapshot = await run_in_thread(reopen)
        self._start_registration(upload_id)
        return self._to_upload(snapshot)

    async def remove(self, upload_id: str) -> None:
        """Remove an upload with bytes that are not a video yet; a registered video stays.

        Raises:
            UploadStateError: it is being registered.
            UploadBusyError: another request holds the lock.
            UploadNotFoundError: the upload does not exist.
            DatabaseError: it is unknown whether the file is registered.
        """
        directory = self._directory(upload_id)
        _ensure_not_registering(await run_in_thread(directory.load))
        async with self._locks.hold(directory):
            info = await run_in_thread(directory.load)
            _ensure_not_registering(info)
            await _discard(directory, info)

    async def sweep(self) -> None:
        """Remove expired uploads, and register complete ones that no process is registering."""
        for directory in await run_in_thread(upload_directories, self._settings):
            try:
                await run_in_thread(directory.remove_leftovers)
                async with self._locks.hold(directory, wait=0):
                    is_complete = await _sweep_one(directory)
            except (UploadBusyError, UploadNotFoundError):
                continue
            except VideoMomentsError as error:
                logger.warning("cannot sweep upload %s: %s", directory.id, error.cause)
                continue
            if is_complete:
                self._start_registration(directory.id)

    async def _sweep_periodically(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception:
                logger.exception("sweeping uploads failed")
            await asyncio.sleep(SWEEP_SECONDS)

    def _start_registration(self, upload_id: str) -> None:
        """Register in the background. Safe to repeat: a second task finds the lock held or the work done."""
        task = asyncio.create_task(self._register(upload_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _register(self, upload_id: str) -> None:
        directory = self._directory(upload_id)
        try:
            async with self._registration_slots, self._locks.hold(directory, REGISTRATION_LOCK_SECONDS):
                progress = self._progress[upload_id] = Progress()
                try:
                    await self._finalizer.register(directory, progress)
                finally:
                    del self._progress[upload_id]
        except (UploadBusyError, UploadNotFoundError, CancelledByUserError) as error:
            logger.info("upload %s is not registered by this process: %s", upload_id, error.cause)
        except Exception:
            logger.exception("registration of upload %s was interrupted", upload_id)

    def _directory(self, upload_id: str) -> UploadDirectory:
        return UploadDirectory(self._settings, upload_id)

    def _to_upload(self, snapshot: UploadSnapshot) -> Upload:
        info = snapshot.info
        # Only while registering: a finished upload may still have its progress for an instant.
        is_active = info.status == "registering"
        progress = self._progress.get(info.id, Progress()) if is_active else Progress()
        return Upload(
            id=info.id,
            filename=info.filename,
            folder=info.folder,
            size=info.size,
            offset=snapshot.offset,
            status=info.status,
            percent=100.0 if info.status == "completed" else progress.percent,
            bytes_done=progress.done,
            bytes_total=progress.total,
            video_id=info.video_id,
            is_duplicate=info.is_duplicate,
            is_restored=info.is_restored,
            request_id=info.request_id,
            error=info.error,
            created_at=info.created_at,
            expires_at=snapshot.expires_at,
        )


async def _sweep_one(directory: UploadDirectory) -> bool:
    """Remove the upload if it is expired. Return whether it is to be registered."""
    info = await run_in_thread(directory.load)
    expires_at = await run_in_thread(directory.expires_at, info)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        await _discard(directory, info)
        return False
    return await run_in_thread(_mark_if_complete, directory, info)


async def _discard(directory: UploadDirectory, info: UploadInfo) -> None:
    """Remove the upload, and its file in the folder of videos unless a row has that id."""
    if info.status == "failed" and await run_in_thread(directory.is_uploaded_file, info):
        target = directory.target(info)
        assert target is not None  # noqa: S101 - `is_uploaded_file` is False without a target
        identifier = info.video_id
        assert identifier is not None  # noqa: S101 - a target has an id
        async with transaction() as session:
            row = await video_db_repository.get_by_identifier(session, identifier, include_deleted=True)
        if row is None:
            await run_in_thread(partial(target.unlink, missing_ok=True))
    await run_in_thread(directory.remove)


def _mark_if_complete(directory: UploadDirectory, info: UploadInfo) -> bool:
    """Save that a complete upload is being registered. Return whether it is to be registered."""
    if info.status == "receiving" and directory.offset(info) >= info.size:
        info = info.with_changes(status="registering")
        directory.save(info)
    return info.status == "registering"


def _ensure_failed(info: UploadInfo) -> None:
    if info.status != "failed":
        raise UploadStateError(
            f"the upload of {info.filename} is {info.status}; only failed ones can be retried"
        )


def _ensure_not_registering(info: UploadInfo) -> None:
    if info.status == "registering":
        raise UploadStateError(f"{info.filename} is being registered", remedy="wait until it has finished")
