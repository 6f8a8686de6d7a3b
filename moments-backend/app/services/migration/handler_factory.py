"""Creates the handlers that need the bucket, after checking what they require."""

from contextlib import AsyncExitStack

from app.core.config import Settings
from app.media import binaries
from app.services.migration.cancellation import CancellationToken
from app.services.migration.migrate import DryRunHandler, MigrateHandler
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode
from app.services.migration.runner import Handler, HandlerBundle
from app.services.migration.verify import ObjectVerifier, RepairHandler, VerifyHandler
from app.services.storage.gcs_uploader import GCSUploader


async def connect(
    mode: Mode,
    settings: Settings,
    jobs: int,
    progress: MigrationProgress,
    cancellation: CancellationToken,
    cleanup: AsyncExitStack,
) -> HandlerBundle:
    """Return the mode's handler after checking the bucket and ffprobe.

    Raises:
        BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
        ToolMissingError: ffprobe is missing or too old.
    """
    threads = max(jobs, settings.gcs_upload_threads)
    uploader = GCSUploader(settings.model_copy(update={"gcs_upload_threads": threads}))
    cleanup.push_async_callback(uploader.close)
    await uploader.check_access()
    if mode is not Mode.VERIFY:
        await binaries.tool_version(binaries.find_ffprobe(settings))
    return HandlerBundle(
        await _handler(mode, uploader, settings, progress, cancellation), interrupt=uploader.stop
    )


async def _handler(
    mode: Mode,
    uploader: GCSUploader,
    settings: Settings,
    progress: MigrationProgress,
    cancellation: CancellationToken,
) -> Handler:
    if mode is Mode.DRY_RUN:
        return DryRunHandler(uploader, settings, progress).handle
    migrate = MigrateHandler(uploader, settings, progress)
    if mode is Mode.MIGRATE:
        return migrate.handle
    verifier = await ObjectVerifier.create(uploader, settings, progress, cancellation)
    return (VerifyHandler(verifier) if mode is Mode.VERIFY else RepairHandler(verifier, migrate)).handle
