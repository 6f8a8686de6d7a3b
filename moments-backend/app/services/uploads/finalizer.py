"""Brings a whole upload into the library: its place in the folder, its object, its row, and a run if wanted.

Every step may be cut short and begun again. What cannot be seen afterwards is written down before: the name
that the file is to get, and whether the library had these bytes before us.
"""

import base64
import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.core.concurrency import run_cancellable_in_thread, run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    CancelledByUserError,
    ConflictError,
    InternalError,
    MediaError,
    RunInProgressError,
    VideoMomentsError,
)
from app.core.files.atomic import move_file_if_absent
from app.media import ffprobe
from app.models.pipeline import GenerateMomentsRequest
from app.services.library.import_target import ImportTarget, is_in_bucket, resolve_target
from app.services.library.registration import RegistrationObserver, register_video
from app.services.pipeline.run_mapper import to_error, utc_now
from app.services.pipeline.run_service import RunService
from app.services.storage.checksums import digest_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.uploads.metadata_store import UploadDirectory, UploadInfo
from app.services.uploads.upload_request import DIGITS

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
"""To get a name. Each one fails only when somebody else gets it in the same moment."""


@dataclass
class Progress(RegistrationObserver):
    """Bytes on their way to the bucket."""

    done: int | None = None
    total: int | None = None

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        self.done, self.total = bytes_sent, total_bytes

    @property
    def percent(self) -> float:
        return round(100 * (self.done or 0) / self.total, 1) if self.total else 0.0


class UploadFinalizer:
    """Registers one upload; its lock is held by the caller."""

    def __init__(self, settings: Settings, uploader: GCSUploader, submission: RunService) -> None:
        self._settings = settings
        self._uploader = uploader
        self._submission = submission

    async def register(self, folder: UploadDirectory, progress: Progress) -> None:
        """Nothing is raised for what is wrong with the upload: it is in the record then.

        Raises:
            CancelledByUserError: the process ends; the next one goes on.
            DiskFullError, LocalFileError: what came of it could not be written down.
        """
        record = await run_in_thread(folder.load)
        if record.status != "registering":
            return
        try:
            await self._steps(folder, record, progress)
        except CancelledByUserError:
            raise
        except VideoMomentsError as error:
            await self._fail(folder, error)
        except Exception:
            logger.exception("upload %s could not be registered", folder.id)
            await self._fail(folder, InternalError())

    async def _steps(self, folder: UploadDirectory, record: UploadInfo, progress: Progress) -> None:
        target = await run_in_thread(partial(_placed, folder, record))
        if target is None:
            record, target = await self._place(folder, record)
        await register_video(
            target,
            identifier=target.stem,
            uploader=self._uploader,
            settings=self._settings,
            observer=progress,
        )
        request_id = await self._ask(target.stem) if record.find_moments else None
        # A duplicate's; or the old one of two names, if we were stopped between giving one and taking one.
        await run_in_thread(partial(folder.delete_content, record))
        completed = record.with_changes(
            status="completed", request_id=request_id, error=None, finished_at=utc_now()
        )
        await run_in_thread(partial(folder.save, completed))

    async def _place(self, folder: UploadDirectory, record: UploadInfo) -> tuple[UploadInfo, Path]:
        """The file, in the folder of videos under its name, or under one with digits where another has it."""
        file = folder.file(record)
        await ffprobe.probe(file, settings=self._settings)
        for _ in range(MAX_ATTEMPTS):
            place, is_known = await self._free_place(file)
            record = record.with_changes(stored_as=place.target.name, is_duplicate=place.is_there or is_known)
            await run_in_thread(partial(folder.save, record))
            if place.is_there or await run_in_thread(partial(move_file_if_absent, file, place.target)):
                return record, place.target
        raise ConflictError(f"{record.filename} lost its name to others again and again", remedy="retry")

    async def _free_place(self, file: Path) -> tuple[ImportTarget, bool]:
        """A name that no other video has, and whether the bucket has these bytes under it."""
        try:
            return await self._look(file, file.name)
        except ConflictError:
            digest = await run_cancellable_in_thread(partial(digest_file, file))
            digits = base64.b64decode(digest.md5).hex()[:DIGITS]
            return await self._look(file, f"{file.stem}-{digits}{file.suffix}")

    async def _look(self, file: Path, name: str) -> tuple[ImportTarget, bool]:
        place = await resolve_target(file, name, settings=self._settings, uploader=self._uploader)
        return place, not place.is_there and await is_in_bucket(file, place, self._uploader)

    async def _ask(self, video_id: str) -> str:
        try:
            return (await self._submission.submit(GenerateMomentsRequest(video_id=video_id))).request_id
        except RunInProgressError as running:  # ours, before we were stopped; or somebody else's, as good
            return running.request_id

    async def _fail(self, folder: UploadDirectory, error: VideoMomentsError) -> None:
        def note() -> None:
            record = folder.load()
            if isinstance(error, MediaError):  # no later try can make a video of these bytes
                folder.delete_content(record)
            folder.save(record.with_changes(status="failed", error=to_error(error), finished_at=utc_now()))

        logger.warning("upload %s failed: %s", folder.id, error.cause)
        await run_in_thread(note)


def _placed(folder: UploadDirectory, record: UploadInfo) -> Path | None:
    """Where the folder of videos has the file since an earlier try; None where it has yet to get it."""
    return (
        folder.target(record) if folder.is_uploaded_file(record) or not folder.file(record).exists() else None
    )
