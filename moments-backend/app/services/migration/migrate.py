"""The plain run: what is new is registered, what has its row is left alone."""

from app.core.config import Settings
from app.media.ffprobe import VideoMetadata
from app.services.library.registration import Registration, RegistrationObserver, register_video
from app.services.migration.planner import Task
from app.services.migration.probing import LimitedProbe
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Status
from app.services.migration.settled import decide_without_io
from app.services.migration.text_output import VideoOutput, seconds
from app.services.storage.gcs_uploader import GCSUploader

SMALL_BYTES = 8 * 1024 * 1024
"""A file up to this size is sent in less time than it takes to make sure that it should be."""


class MigrateHandler:
    """A handler; see `app.services.migration.runner`."""

    def __init__(self, uploader: GCSUploader, settings: Settings, meter: MigrationProgress) -> None:
        self._uploader = uploader
        self._settings = settings
        self._meter = meter
        self._probe = LimitedProbe()

    async def __call__(self, task: Task, block: VideoOutput) -> Status:
        return decide_without_io(Mode.MIGRATE, task, block) or await self.register(task, block)

    async def register(self, task: Task, block: VideoOutput) -> Status:
        """Probe, send and register one new file."""
        registration = await self._ingest(task, block, refresh=False)
        row = f"id={registration.video.id}, identifier={task.identifier}"
        if registration.created:
            block.add_step(f"Database: inserted {row}")
            block.set_done(Mode.MIGRATE)
            return Status.MIGRATED
        block.add_step(f"Database: already registered {row}")
        block.set_done(Mode.MIGRATE)
        block.reason = "registered by another run meanwhile"
        return Status.SKIPPED

    async def restore(self, task: Task, block: VideoOutput) -> Status:
        """Send a registered file again, and bring its row up to date."""
        registration = await self._ingest(task, block, refresh=True)
        verb = "inserted" if registration.created else "kept"
        block.add_step(f"Database: {verb} id={registration.video.id}, identifier={task.identifier}")
        block.set_done(Mode.REPAIR)
        return Status.MIGRATED

    async def _ingest(self, task: Task, block: VideoOutput, *, refresh: bool) -> Registration:
        assert task.path is not None  # noqa: S101 - for the type checker: only files are sent
        self._meter.update(task, 0)
        return await register_video(
            task.path,
            identifier=task.identifier,
            uploader=self._uploader,
            settings=self._settings,
            refresh=refresh,
            check_conflicts_first=task.size > SMALL_BYTES,  # the plan has looked
            probe=self._probe,
            observer=_OutputObserver(task, block, self._meter),
        )


class _OutputObserver(RegistrationObserver):
    """Turns what happens to a file into its block and its progress."""

    def __init__(self, task: Task, block: VideoOutput, meter: MigrationProgress) -> None:
        self._task = task
        self._block = block
        self._meter = meter

    def probed(self, metadata: VideoMetadata) -> None:
        self._block.add_probe(metadata)

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        del total_bytes
        self._meter.update(self._task, bytes_sent)

    def uploaded(self, cloud_url: str, took: float, *, was_there: bool) -> None:
        self._block.add_upload(cloud_url, "already there" if was_there else seconds(took))
