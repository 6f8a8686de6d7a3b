"""Registers a complete upload: moves the file, stores the object, inserts the row, starts a run if requested.

Every step can be interrupted and resumed. Facts that cannot be detected afterwards are saved before the
step: the chosen file name, and whether the library already had these bytes.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    CancelledByUserError,
    ConflictError,
    IdentifierConflictError,
    InternalError,
    MediaError,
    RunInProgressError,
    VideoMomentsError,
)
from app.core.files.atomic import move_file_if_absent
from app.media import ffprobe
from app.models.pipeline import GenerateMomentsRequest, RunCreated, RunError
from app.services.library.content import LocalContent, find_same_content
from app.services.library.identity import identifier_of, path_in
from app.services.library.import_target import find_free_target
from app.services.library.registration import RegistrationObserver, register_video, restore_if_deleted
from app.services.storage.gcs_uploader import GCSUploader
from app.services.uploads.metadata_store import UploadDirectory, UploadInfo

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
        for attempt in range(MAX_NAME_ATTEMPTS):
            target = await run_in_thread(upload.directory.moved_file, upload.info)
            if target is None and upload.info.duplicate_of is None:
                target = await self._move(upload, check_object=attempt > 0)
            if target is None:  # a duplicate under another name: nothing to store
                break
            try:
                await self._store(target, progress)
                break
            except IdentifierConflictError:
                # Another machine, with a folder of its own, has registered or stored this name.
                if upload.info.is_duplicate:
                    raise
                await run_in_thread(move_file_if_absent, target, upload.directory.file(upload.info))
                await upload.save(stored_as=None)
        else:
            raise _no_free_name(upload.info)
        video_id = upload.info.video_id
        assert video_id is not None  # noqa: S101 - the loop ends with a target or a duplicate
        request_id = await self._start_run(video_id) if upload.info.find_moments else None
        # The file is still here if it is a duplicate, or if a move by hard link was interrupted.
        await run_in_thread(upload.directory.delete_content, upload.info)
        await upload.save(
            status="completed", request_id=request_id, error=None, finished_at=datetime.now(UTC)
        )

    async def _store(self, target: Path, progress: Progress) -> None:
        await register_video(
            target,
            identifier=identifier_of(self._relative(target)),
            uploader=self._uploader,
            settings=self._settings,
            observer=progress,
        )

    async def _move(self, upload: _Upload, *, check_object: bool) -> Path | None:
        """Move the file to the folder of videos, with a hash suffix if its name is taken.

        Returns None, and saves the id, if a video of another name has the same bytes.
        """
        file = upload.directory.file(upload.info)
        await ffprobe.probe(file, settings=self._settings)
        content = LocalContent(file)
        same = await find_same_content(content, self._uploader)
        if same is not None and await restore_if_deleted(same):
            await upload.save(is_restored=True)
        for _ in range(MAX_NAME_ATTEMPTS):
            try:
                target = await find_free_target(
                    content,
                    path_in(upload.info.folder, file.name),
                    settings=self._settings,
                    uploader=self._uploader,
                    check_object=check_object,
                )
                is_duplicate = same is not None and same.identifier != target.identifier
            except ConflictError:  # both names are taken, one of them perhaps by the same bytes
                if same is None:
                    raise
                is_duplicate = True
            if same is not None and is_duplicate:
                await upload.save(duplicate_of=same.identifier, is_duplicate=True)
                return None
            await upload.save(
                stored_as=self._relative(target.path),
                is_duplicate=target.is_present or target.is_registered,
            )
            if target.is_present or await run_in_thread(move_file_if_absent, file, target.path):
                return target.path
        raise _no_free_name(upload.info)

    def _relative(self, target: Path) -> str:
        return target.relative_to(self._settings.videos_dir).as_posix()

    async def _start_run(self, video_id: str) -> str:
        try:
            return (await self._runs.submit(GenerateMomentsRequest(video_id=video_id))).request_id
        except RunInProgressError as active:  # started before an interruption, or by another request
            return active.request_id


def _no_free_name(info: UploadInfo) -> ConflictError:
    return ConflictError(
        f"could not reserve a file name for {info.filename} after {MAX_NAME_ATTEMPTS} attempts",
        remedy="retry the upload",
    )


async def _fail(upload: _Upload, error: VideoMomentsError) -> None:
    logger.warning("upload %s failed: %s", upload.directory.id, error.cause)
    if isinstance(error, MediaError):  # a retry cannot make a video of these bytes
        await run_in_thread(upload.directory.delete_content, upload.info)
    await upload.save(status="failed", error=RunError.from_exception(error), finished_at=datetime.now(UTC))
