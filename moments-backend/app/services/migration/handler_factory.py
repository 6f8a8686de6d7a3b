"""Creates the handlers that need the bucket, after checking what they require."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from app.core.config import Settings
from app.media import binaries
from app.services.migration.cancellation import CancellationToken
from app.services.migration.migrate import DryRunHandler, MigrateHandler
from app.services.migration.planner import Task
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode
from app.services.migration.runner import Handler, HandlerBundle
from app.services.migration.verify import ObjectVerifier, RepairHandler, VerifyHandler
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_store import Presence


@dataclass(frozen=True, slots=True)
class HandlerFactory:
    """Creates the handler of a mode."""

    mode: Mode
    settings: Settings
    progress: MigrationProgress
    cancellation: CancellationToken

    async def connect(self, tasks: Sequence[Task], jobs: int, cleanup: AsyncExitStack) -> HandlerBundle:
        """Return the handler after listing the bucket, which also checks access, and checking ffprobe.

        Raises:
            BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
            ToolMissingError: ffprobe is missing or too old.
        """
        threads = max(jobs, self.settings.gcs_upload_threads)
        uploader = GCSUploader(self.settings.model_copy(update={"gcs_upload_threads": threads}))
        cleanup.push_async_callback(uploader.close)
        handler = await self._handler(tasks, uploader)
        if self.mode is not Mode.VERIFY:
            await binaries.tool_version(binaries.find_ffprobe(self.settings))
        return HandlerBundle(handler, interrupt=uploader.stop)

    async def _handler(self, tasks: Sequence[Task], uploader: GCSUploader) -> Handler:
        if self.mode in {Mode.MIGRATE, Mode.DRY_RUN}:
            present = await _list_present(tasks, uploader)
            if self.mode is Mode.DRY_RUN:
                return DryRunHandler(uploader, self.settings, self.progress, present).handle
            return MigrateHandler(uploader, self.settings, self.progress, present).handle
        verifier = await ObjectVerifier.create(uploader, self.settings, self.progress, self.cancellation)
        if self.mode is Mode.VERIFY:
            return VerifyHandler(verifier).handle
        present = Presence(frozenset(verifier.objects))
        return RepairHandler(verifier, MigrateHandler(uploader, self.settings, self.progress, present)).handle


async def _list_present(tasks: Sequence[Task], uploader: GCSUploader) -> Presence:
    """Return which objects of new files exist."""
    names = frozenset(task.gcs_path for task in tasks if task.is_new)
    if names:
        return await uploader.list_present(names)
    await uploader.check_access()
    return Presence()
