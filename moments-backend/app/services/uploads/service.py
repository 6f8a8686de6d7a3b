"""What clients ask of uploads. How bytes travel is the protocol's matter (`app/api/tus/protocol.py`)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

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
from app.services.pipeline.run_mapper import utc_now
from app.services.pipeline.run_service import RunService
from app.services.storage.gcs_uploader import GCSUploader
from app.services.uploads.finalizer import Progress, UploadFinalizer
from app.services.uploads.locks import UploadLocks
from app.services.uploads.metadata_store import UploadDirectory, UploadInfo, upload_directories
from app.services.uploads.upload_request import UploadRequest, validate
from app.services.uploads.writer import UploadWriter

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
REGISTRATIONS = 4
"""At once; the others wait for their turn."""
REGISTRATION_WAIT_SECONDS = 10.0
"""Whoever holds an upload that is whole is about to leave, or another process that registers it."""


class UploadService:
    """The uploads of this machine: made, received, registered, shown, removed and swept."""

    def __init__(self, settings: Settings, uploader: GCSUploader, submission: RunService) -> None:
        self._settings = settings
        self._registrar = UploadFinalizer(settings, uploader, submission)
        self._locks = UploadLocks()
        self._receivers: dict[str, UploadWriter] = {}
        self._progress: dict[str, Progress] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(REGISTRATIONS)
        self._sweeping: asyncio.Task[None] | None = None

    # Before the first byte

    async def validate(self, metadata: Mapping[str, str], size: int) -> None:
        """Raises:
        InvalidRequestError, NotAVideoError, UnusableNameError, EmptyFileError, TooLargeError: never.
        AlreadyInLibraryError, DiskFullError, LocalFileError, DatabaseError: not now.
        """
        await validate(UploadRequest.from_metadata(metadata, size), self._settings)

    async def create(self, upload_id: str, metadata: Mapping[str, str], size: int) -> None:
        """Begin an upload that is welcome."""
        wish = UploadRequest.from_metadata(metadata, size)
        record = UploadInfo(
            id=upload_id,
            filename=wish.filename,
            size=size,
            metadata=dict(metadata),
            find_moments=wish.find_moments,
            created_at=utc_now(),
        )
        await run_in_thread(partial(self._folder(upload_id).create, record))

    # Looking

    async def get_info(self, upload_id: str) -> UploadInfo:
        """Raises:
        UploadNotFoundError.
        """
        return await run_in_thread(self._folder(upload_id).load)

    async def get(self, upload_id: str) -> Upload:
        """Raises:
        UploadNotFoundError.
        """
        return await run_in_thread(partial(self._shown, self._folder(upload_id)))

    async def list_all(self) -> list[Upload]:
        """Newest first."""

        def look() -> list[Upload]:
            found = []
            for folder in upload_directories(self._settings):
                with suppress(UploadNotFoundError):
                    found.append(self._shown(folder))
            return sorted(found, key=lambda upload: upload.created_at, reverse=True)

        return await run_in_thread(look)

    # Receiving

    @asynccontextmanager
    async def append_session(self, upload_id: str) -> AsyncIterator[None]:
        """The block may append. If the file is whole after it, registering begins; nobody has to ask.

        Raises:
            UploadBusyError: another request is at it.
            UploadNotFoundError.
        """
        folder = self._folder(upload_id)
        async with self._locks.hold(folder):
            record = await run_in_thread(folder.load)
            receiver = UploadWriter(folder.file(record))
            self._receivers[upload_id] = receiver
            try:
                yield
            finally:
                del self._receivers[upload_id]
                await receiver.close()
            is_whole = await run_in_thread(lambda: _register_in_background(folder))
        if is_whole:
            self._begin(upload_id)

    def writer(self, upload_id: str) -> UploadWriter:
        """Of the upload that is being received."""
        return self._receivers[upload_id]

    # Afterwards

    async def retry(self, upload_id: str) -> Upload:
        """Register a failed upload again.

        Raises:
            UploadStateError: it has not failed, or its bytes are gone.
            UploadBusyError, UploadNotFoundError.
        """
        folder = self._folder(upload_id)
        _ensure_failed(await run_in_thread(folder.load))

        def reopen() -> None:
            record = folder.load()
            _ensure_failed(record)
            if not folder.has_content(record):
                raise UploadStateError(
                    f"the bytes of {record.filename} are gone", remedy="send the file again"
                )
            folder.save(record.with_changes(status="registering", error=None, finished_at=None))

        async with self._locks.hold(folder):
            await run_in_thread(reopen)
        self._begin(upload_id)
        return await self.get(upload_id)

    async def remove(self, upload_id: str) -> None:
        """Forget an upload, with bytes that are no video's yet; a video that came of it stays.

        Raises:
            UploadStateError: it is just being registered.
            UploadBusyError, UploadNotFoundError, DatabaseError.
        """
        folder = self._folder(upload_id)
        _ensure_not_registering(await run_in_thread(folder.load))
        async with self._locks.hold(folder):
            record = await run_in_thread(folder.load)
            _ensure_not_registering(record)
            await self._discard(folder, record)

    # Life

    async def start(self) -> None:
        """Go on with what another process left, and sweep from now on."""
        self._sweeping = asyncio.create_task(self._sweep_for_ever())

    async def close(self) -> None:
        """Stop registering; the next start goes on with it."""
        await cancel_and_wait(*self._tasks, *([self._sweeping] if self._sweeping else []))

    async def sweep(self) -> None:
        """Remove what has expired; go on with what is whole and nobody registers."""
        for folder in await run_in_thread(lambda: upload_directories(self._settings)):
            try:
                await run_in_thread(folder.remove_leftovers)
                async with self._locks.hold(folder, wait=0):
                    is_whole = await self._swept(folder)
            except (UploadBusyError, UploadNotFoundError):
                continue
            except VideoMomentsError as error:
                logger.warning("upload %s could not be swept: %s", folder.id, error.cause)
                continue
            if is_whole:
                self._begin(folder.id)

    async def _swept(self, folder: UploadDirectory) -> bool:
        """Whether it is there, and is to be registered."""
        record = await run_in_thread(folder.load)
        expires_at = await run_in_thread(partial(folder.expires_at, record))
        if expires_at is not None and expires_at <= utc_now():
            await self._discard(folder, record)
            return False
        return await run_in_thread(lambda: _register_in_background(folder))

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception:
                logger.exception("uploads could not be swept")
            await asyncio.sleep(SWEEP_SECONDS)

    def _begin(self, upload_id: str) -> None:
        """Safe to repeat: who comes second finds the lock taken, or the work done."""
        task = asyncio.create_task(self._register(upload_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _register(self, upload_id: str) -> None:
        folder = self._folder(upload_id)
        try:
            async with self._slots, self._locks.hold(folder, REGISTRATION_WAIT_SECONDS):
                progress = self._progress[upload_id] = Progress()
                try:
                    await self._registrar.register(folder, progress)
                finally:
                    del self._progress[upload_id]
        except (UploadBusyError, UploadNotFoundError, CancelledByUserError) as error:
            logger.info("upload %s is not registered here: %s", upload_id, error.cause)
        except Exception:
            logger.exception("upload %s is left as it is", upload_id)

    async def _discard(self, folder: UploadDirectory, record: UploadInfo) -> None:
        """Raises:
        DatabaseError: whether the file has become a video cannot be seen.
        """
        target = await run_in_thread(partial(_leftover, folder, record))
        if target is not None:
            async with transaction() as session:
                row = await video_db_repository.get_by_identifier(session, target.stem)
            if row is None:
                await run_in_thread(lambda: target.unlink(missing_ok=True))
        await run_in_thread(folder.remove)

    def _folder(self, upload_id: str) -> UploadDirectory:
        return UploadDirectory(self._settings, upload_id)

    def _shown(self, folder: UploadDirectory) -> Upload:
        record = folder.load()
        progress = self._progress.get(folder.id, Progress())
        return Upload(
            id=record.id,
            filename=record.filename,
            size=record.size,
            offset=folder.offset(record),
            status=record.status,
            percent=100.0 if record.status == "completed" else progress.percent,
            bytes_done=progress.done,
            bytes_total=progress.total,
            video_id=record.video_id,
            is_duplicate=record.is_duplicate,
            request_id=record.request_id,
            error=record.error,
            created_at=record.created_at,
            expires_at=folder.expires_at(record),
        )


def _register_in_background(folder: UploadDirectory) -> bool:
    """Whether the upload is to be registered; one that has all its bytes is from now on."""
    record = folder.load()
    if record.status == "receiving" and folder.offset(record) >= record.size:
        record = record.with_changes(status="registering")
        folder.save(record)
    return record.status == "registering"


def _leftover(folder: UploadDirectory, record: UploadInfo) -> Path | None:
    """A file in the folder of videos that is there for this upload's sake alone, or was registered since."""
    return folder.target(record) if record.status == "failed" and folder.is_uploaded_file(record) else None


def _ensure_failed(record: UploadInfo) -> None:
    if record.status != "failed":
        raise UploadStateError(f"the upload of {record.filename} is {record.status}: nothing to retry")


def _ensure_not_registering(record: UploadInfo) -> None:
    if record.status == "registering":
        raise UploadStateError(f"{record.filename} is being registered", remedy="wait until that has ended")
