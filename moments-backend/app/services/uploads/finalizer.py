"""Registers a complete upload: moves the file, stores the object, inserts the row, starts a run if requested.

Every step can be interrupted and resumed. Facts that cannot be detected afterwards are saved before the
step: the chosen file name, and whether the library already had these bytes.
"""

import base64
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

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
from app.models.pipeline import GenerateMomentsRequest, RunCreated, RunError
from app.services.library.import_target import ImportTarget, is_in_bucket, resolve_target
from app.services.library.registration import RegistrationObserver, register_video
from app.services.storage.checksums import digest_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.uploads.metadata_store import UploadDirectory, UploadInfo
from app.services.uploads.upload_request import DIGITS

logger = logging.getLogger(__name__)

MAX_NAME_ATTEMPTS = 5
"""An attempt fails only if another file takes the name at the same moment."""


class RunSubmitter(Protocol):
    """Starts runs of the pipeline; see `RunService.submit`."""

    async def submit(self, request: GenerateMomentsRequest) -> RunCreated: ...


@dataclass
class Progress(RegistrationObserver):
    """Progress of the transfer to the bucket."""

    done: int | None = None
    total: int | None = None

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        self.done, self.total = bytes_sent, total_bytes

    @property
    def percent(self) -> float:
        return round(100 * (self.done or 0) / self.total, 1) if self.total else 0.0


@dataclass
class _Upload:
    """An upload whose lock is held, so `info` equals the saved metadata."""

    directory: UploadDirectory
    info: UploadInfo

    async def save(self, **changes: Any) -> None:
        info = self.info.with_changes(**changes)
        await run_in_thread(self.directory.save, info)
        self.info = info


class UploadFinalizer:
    """Registers one upload at a time; the caller holds its lock."""

    def __init__(self, settings: Settings, uploader: GCSUploader, runs: RunSubmitter) -> None:
        self._settings = settings
        self._uploader = uploader
        self._runs = runs

    async def register(self, directory: UploadDirectory, progress: Progress) -> None:
        """Register the upload, or save the error that prevents it.

        Raises:
            CancelledByUserError: the process is stopping; the next one resumes.
            DiskFullError, LocalFileError: the result could not be saved.
        """
        upload = _Upload(directory, await run_in_thread(directory.load))
        if upload.info.status != "registering":
            return
        try:
            await self._register(upload, progress)
        except CancelledByUserError:
            raise
        except VideoMomentsError as error:
            await _fail(upload, error)
        except Exception:
            logger.exception("registration of upload %s failed", directory.id)
            await _fail(upload, InternalError())

    async def _register(self, upload: _Upload, progress: Progress) -> None:
        target = await run_in_thread(upload.directory.moved_file, upload.info)
        if target is None:
            target = await self._move(upload)
        await register_video(
            target,
            identifier=target.stem,
            uploader=self._uploader,
            settings=self._settings,
            observer=progress,
        )
        request_id = await self._start_run(target.stem) if upload.info.find_moments else None
        # The file is still here if it is a duplicate, or if a move by hard link was interrupted.
        await run_in_thread(upload.directory.delete_content, upload.info)
        await upload.save(
            status="completed", request_id=request_id, error=None, finished_at=datetime.now(UTC)
        )

    async def _move(self, upload: _Upload) -> Path:
        """Move the file to the folder of videos, with a hash suffix if its name is taken."""
        file = upload.directory.file(upload.info)
        await ffprobe.probe(file, settings=self._settings)
        for _ in range(MAX_NAME_ATTEMPTS):
            target, is_stored = await self._find_name(file)
            await upload.save(stored_as=target.path.name, is_duplicate=target.is_present or is_stored)
            if target.is_present or await run_in_thread(move_file_if_absent, file, target.path):
                return target.path
        raise ConflictError(
            f"could not reserve a file name for {upload.info.filename} after {MAX_NAME_ATTEMPTS} attempts",
            remedy="retry the upload",
        )

    async def _find_name(self, file: Path) -> tuple[ImportTarget, bool]:
        """Return a free target, and whether the bucket already has these bytes there."""
        try:
            return await self._resolve(file, file.name)
        except ConflictError:
            digest = await run_cancellable_in_thread(partial(digest_file, file))
            digits = base64.b64decode(digest.md5).hex()[:DIGITS]
            return await self._resolve(file, f"{file.stem}-{digits}{file.suffix}")

    async def _resolve(self, file: Path, name: str) -> tuple[ImportTarget, bool]:
        target = await resolve_target(file, name, settings=self._settings, uploader=self._uploader)
        return target, not target.is_present and await is_in_bucket(file, target, self._uploader)

    async def _start_run(self, video_id: str) -> str:
        try:
            return (await self._runs.submit(GenerateMomentsRequest(video_id=video_id))).request_id
        except RunInProgressError as active:  # started before an interruption, or by another request
            return active.request_id


async def _fail(upload: _Upload, error: VideoMomentsError) -> None:
    logger.warning("upload %s failed: %s", upload.directory.id, error.cause)
    if isinstance(error, MediaError):  # a retry cannot make a video of these bytes
        await run_in_thread(upload.directory.delete_content, upload.info)
    await upload.save(status="failed", error=RunError.from_exception(error), finished_at=datetime.now(UTC))
