"""Handlers that register new files (MIGRATE), or report what would be done (DRY_RUN)."""

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import IdentifierConflictError
from app.media import ffprobe
from app.media.ffprobe import VideoMetadata
from app.services.library.registration import Registration, RegistrationObserver, register_video
from app.services.migration.identification import Identification, Identified
from app.services.migration.planner import decide_without_io
from app.services.migration.progress import MigrationProgress
from app.services.migration.registered import RegisteredHandler
from app.services.migration.results import Mode, Status
from app.services.migration.tasks import Task
from app.services.migration.text_output import VideoOutput, format_seconds
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_store import Presence

SMALL_BYTES = 8 * 1024 * 1024
"""Up to this size an upload takes less time than another check for conflicts."""


class LimitedProbe:
    """`ffprobe.probe` for as many callers at once as there are processors; more would only use memory."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(os.cpu_count() or 1)

    async def __call__(self, path: Path, *, settings: Settings) -> VideoMetadata:
        async with self._slots:
            return await ffprobe.probe(path, settings=settings)


@dataclass(frozen=True, slots=True)
class MigrateHandler:
    """Probes, uploads and registers new files; skips registered ones."""

    uploader: GCSUploader
    settings: Settings
    progress: MigrationProgress
    present: Presence
    identification: Identification
    mode: Mode = Mode.MIGRATE
    probe: LimitedProbe = field(default_factory=LimitedProbe)

    async def handle(self, task: Task, output: VideoOutput) -> Status:
        status = decide_without_io(self.mode, task, output)
        if status is not None:
            return status
        found = await self.identification.identify(task)
        async with self.identification.watching(found.task):
            try:
                return await self.register(found, output)
            except IdentifierConflictError as conflict:
                # Another process was first, or the bucket has an object without a row.
                digest = found.digest or await self.identification.digest(found.task)
                renamed = await self.identification.resolve(found.task, conflict, digest)
                return await self.register(Identified(renamed, digest=digest), output)

    async def register(self, found: Identified, output: VideoOutput) -> Status:
        """Register the file unless it has a row; skip it otherwise."""
        task = found.task
        if task.row is not None:
            return await RegisteredHandler(self.mode, self.identification).skip(found, output)
        registration = await self._register(task, output)
        row = f"id={registration.video.id}, identifier={task.identifier}"
        if registration.created:
            output.add_step(f"Database: inserted {row}")
            output.set_done(self.mode)
            return Status.MIGRATED
        output.add_step(f"Database: already registered {row}")
        output.set_done(self.mode)
        output.reason = "registered by another run meanwhile"
        return Status.SKIPPED

    async def restore(self, task: Task, output: VideoOutput) -> Status:
        """Upload a registered file again and update its row."""
        registration = await self._register(task, output, refresh=True)
        verb = "inserted" if registration.created else "kept"
        output.add_step(f"Database: {verb} id={registration.video.id}, identifier={task.identifier}")
        output.set_done(self.mode)
        return Status.MIGRATED

    async def _register(self, task: Task, output: VideoOutput, *, refresh: bool = False) -> Registration:
        self.progress.update(task, 0)
        return await register_video(
            task.path,
            identifier=task.identifier,
            uploader=self.uploader,
            settings=self.settings,
            relative_path=task.filename,
            gcs_path=task.gcs_path,
            refresh=refresh,
            check_conflicts_first=task.size > SMALL_BYTES,  # the planner has checked
            assume_absent=self.present.is_absent(task.gcs_path),
            probe=self.probe,
            observer=_OutputObserver(task, output, self.progress),
        )


@dataclass(frozen=True, slots=True)
class _OutputObserver(RegistrationObserver):
    """Adds the steps of a registration to the output and the progress."""

    task: Task
    output: VideoOutput
    progress: MigrationProgress

    def probed(self, metadata: VideoMetadata) -> None:
        self.output.add_probe(metadata)

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        del total_bytes
        self.progress.update(self.task, bytes_sent)

    def uploaded(self, cloud_url: str, seconds: float, *, was_there: bool) -> None:
        self.output.add_upload(cloud_url, "already there" if was_there else format_seconds(seconds))


@dataclass(frozen=True, slots=True)
class DryRunHandler:
    """Performs the reads of a migration without writing."""

    uploader: GCSUploader
    settings: Settings
    progress: MigrationProgress
    present: Presence
    identification: Identification
    probe: LimitedProbe = field(default_factory=LimitedProbe)

    async def handle(self, task: Task, output: VideoOutput) -> Status:
        status = decide_without_io(Mode.DRY_RUN, task, output)
        if status is not None:
            return status
        found = await self.identification.identify(task)
        async with self.identification.watching(found.task):
            return await self._report(found, output)

    async def _report(self, found: Identified, output: VideoOutput) -> Status:
        task = found.task
        if task.row is not None:
            return await RegisteredHandler(Mode.DRY_RUN, self.identification).skip(found, output)
        self.progress.update(task, 0)
        output.add_probe(await self.probe(task.path, settings=self.settings))
        is_absent = self.present.is_absent(task.gcs_path)
        stored = None if is_absent else await self.uploader.describe_object(task.gcs_path)
        cloud_url = self.uploader.cloud_url(task.gcs_path)
        if stored is not None:
            digest = found.digest or await self.identification.digest(task)
            if not stored.matches(digest):
                conflict = IdentifierConflictError(task.filename, task.identifier, cloud_url)
                renamed = await self.identification.resolve(task, conflict, digest)
                return await self._report(Identified(renamed, digest=digest), output)
        output.add_upload(cloud_url, "would be sent" if stored is None else "already there")
        output.add_step(f"Database: would insert identifier={task.identifier}")
        output.set_done(Mode.DRY_RUN)
        return Status.MIGRATED
