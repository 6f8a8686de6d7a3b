"""The dry run: the same questions as a migration asks, and nothing written anywhere."""

import asyncio

from app.core.config import Settings
from app.services.migration.planner import Task
from app.services.migration.probing import LimitedProbe
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Status
from app.services.migration.settled import decide_without_io
from app.services.migration.text_output import VideoOutput
from app.services.storage.checksums import digest_file
from app.services.storage.gcs_uploader import GCSUploader


class DryRunHandler:
    """A handler; see `app.services.migration.runner`."""

    def __init__(self, uploader: GCSUploader, settings: Settings, meter: MigrationProgress) -> None:
        self._uploader = uploader
        self._settings = settings
        self._meter = meter
        self._probe = LimitedProbe()

    async def __call__(self, task: Task, block: VideoOutput) -> Status:
        status = decide_without_io(Mode.DRY_RUN, task, block)
        if status is not None:
            return status
        assert task.path is not None  # noqa: S101 - for the type checker: a task without row has a file
        self._meter.update(task, 0)
        block.add_probe(await self._probe(task.path, settings=self._settings))
        stored = await self._uploader.describe_object(task.gcs_path)
        if stored is None:
            note = "would be sent"
        elif stored.matches(await asyncio.to_thread(digest_file, task.path)):
            note = "already there"
        else:
            note = "would replace other bytes"
        block.add_upload(self._uploader.cloud_url(task.gcs_path), note)
        block.add_step(f"Database: would insert identifier={task.identifier}")
        block.set_done(Mode.DRY_RUN)
        return Status.MIGRATED
