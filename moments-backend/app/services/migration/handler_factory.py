"""The modes that speak to the bucket: what they need, checked before the first video."""

from contextlib import AsyncExitStack

from app.core.config import Settings
from app.media import binaries
from app.services.migration.cancellation import Stop
from app.services.migration.dry_run import Rehearse
from app.services.migration.migrate import Migrate
from app.services.migration.progress import Meter
from app.services.migration.repair import Repair
from app.services.migration.results import Mode
from app.services.migration.runner import Handler, Work
from app.services.migration.verify import Comparison, Verify
from app.services.storage.gcs_uploader import GCSUploader


async def connect(
    mode: Mode, settings: Settings, jobs: int, meter: Meter, stop: Stop, cleanup: AsyncExitStack
) -> Work:
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
    return Work(await _handler(mode, uploader, settings, meter, stop), interrupt=uploader.stop)


async def _handler(
    mode: Mode, uploader: GCSUploader, settings: Settings, meter: Meter, stop: Stop
) -> Handler:
    if mode is Mode.MIGRATE:
        return Migrate(uploader, settings, meter)
    if mode is Mode.DRY_RUN:
        return Rehearse(uploader, settings, meter)
    comparison = await Comparison.prepare(uploader, settings, meter, stop)
    if mode is Mode.VERIFY:
        return Verify(comparison)
    return Repair(comparison, Migrate(uploader, settings, meter))
