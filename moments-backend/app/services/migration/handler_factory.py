"""The modes that speak to the bucket: what they need, checked before the first video."""

from contextlib import AsyncExitStack

from app.core.config import Settings
from app.media import binaries
from app.services.migration.cancellation import CancellationToken
from app.services.migration.dry_run import DryRunHandler
from app.services.migration.migrate import MigrateHandler
from app.services.migration.progress import MigrationProgress
from app.services.migration.repair import RepairHandler
from app.services.migration.results import Mode
from app.services.migration.runner import Handler, HandlerBundle
from app.services.migration.verify import ObjectVerifier, VerifyHandler
from app.services.storage.gcs_uploader import GCSUploader


async def connect(
    mode: Mode,
    settings: Settings,
    jobs: int,
    meter: MigrationProgress,
    stop: CancellationToken,
    cleanup: AsyncExitStack,
) -> HandlerBundle:
    """The mode's handler, over a bucket and an ffprobe that have answered.

    Raises:
        BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
        ToolMissingError: there is no ffprobe, or it is too old.
    """
    threads = max(jobs, settings.gcs_upload_threads)
    uploader = GCSUploader(settings.model_copy(update={"gcs_upload_threads": threads}))
    cleanup.push_async_callback(uploader.close)
    await uploader.check_access()
    if mode is not Mode.VERIFY:
        await binaries.tool_version(binaries.find_ffprobe(settings))
    return HandlerBundle(await _handler(mode, uploader, settings, meter, stop), interrupt=uploader.stop)


async def _handler(
    mode: Mode, uploader: GCSUploader, settings: Settings, meter: MigrationProgress, stop: CancellationToken
) -> Handler:
    if mode is Mode.MIGRATE:
        return MigrateHandler(uploader, settings, meter)
    if mode is Mode.DRY_RUN:
        return DryRunHandler(uploader, settings, meter)
    comparison = await ObjectVerifier.prepare(uploader, settings, meter, stop)
    if mode is Mode.VERIFY:
        return VerifyHandler(comparison)
    return RepairHandler(comparison, MigrateHandler(uploader, settings, meter))
