"""The dry run: the same questions as a migration asks, and nothing written anywhere."""

import asyncio

from app.core.config import Settings
from app.services.migration.planner import Task
from app.services.migration.probing import LimitedProbe
from app.services.migration.progress import Meter
from app.services.migration.results import Mode, Status
from app.services.migration.settled import settled
from app.services.migration.text_output import Block
from app.services.storage.checksums import digest_file
from app.services.storage.gcs_uploader import GCSUploader


class Rehearse:
    """A handler; see `app.services.migration.runner`."""

    def __init__(self, uploader: GCSUploader, settings: Settings, meter: Meter) -> None:
        self._uploader = uploader
        self._settings = settings
        self._meter = meter
        self._probe = LimitedProbe()

    async def __call__(self, task: Task, block: Block) -> Status:
        status = settled(Mode.DRY_RUN, task, block)
        if status is not None:
            return status
        assert task.path is not None  # noqa: S101 - for the type checker: a task without row has a file
        self._meter.advance(task, 0)
        block.probed(await self._probe(task.path, settings=self._settings))
        stored = await self._uploader.describe_object(task.gcs_path)
        if stored is None:
            note = "would be sent"
        elif stored.holds(await asyncio.to_thread(digest_file, task.path)):
            note = "already there"
        else:
            note = "would replace other bytes"
        block.uploaded(self._uploader.cloud_url(task.gcs_path), note)
        block.step(f"Database: would insert identifier={task.identifier}")
        block.done(Mode.DRY_RUN)
        return Status.MIGRATED
