"""Handlers that compare row, object and file (VERIFY), and repair mismatches (REPAIR)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import BucketConflictError, CancelledByUserError, MismatchError
from app.services.migration.cancellation import CancellationToken
from app.services.migration.migrate import MigrateHandler
from app.services.migration.planner import Task
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Status
from app.services.migration.text_output import VideoOutput, format_megabytes
from app.services.storage.checksums import READ_SIZE, digest_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_store import StoredObject

REPAIR_REMEDY = "run again with --repair"


@dataclass(frozen=True, slots=True)
class ObjectVerifier:
    """Compares a registered video with its object and its file.

    Lists the bucket once, a thousand objects per response, instead of requesting each object.
    """

    uploader: GCSUploader
    objects: Mapping[str, StoredObject]
    progress: MigrationProgress
    cancellation: CancellationToken

    @classmethod
    async def create(
        cls,
        uploader: GCSUploader,
        settings: Settings,
        progress: MigrationProgress,
        cancellation: CancellationToken,
    ) -> "ObjectVerifier":
        listed = await uploader.list_objects(settings.gcs_videos_prefix)
        return cls(uploader, {stored.name: stored for stored in listed}, progress, cancellation)

    async def check(self, task: Task, output: VideoOutput) -> None:
        """Compare existence, size and checksum.

        Raises:
            MismatchError: the object is missing or differs from the file.
            LocalFileError, EmptyFileError: the file exists but cannot be compared.
        """
        subject = self.uploader.cloud_url(task.gcs_path)
        stored = self.objects.get(task.gcs_path) or await self.uploader.describe_object(task.gcs_path)
        if stored is None:
            raise MismatchError(f"{subject} does not exist", remedy=REPAIR_REMEDY if task.path else None)
        output.add_step(f"Object: {subject}, {format_megabytes(stored.size // 1024)}")
        if task.path is None:
            output.add_step("Local file: none")
            return
        if stored.size != task.size:
            raise MismatchError(
                f"{subject} has {stored.size} bytes, the local file {task.size}", remedy=REPAIR_REMEDY
            )
        self.progress.update(task, 0)
        digest = await run_in_thread(digest_file, task.path, self._block_callback(task))
        kind = "MD5" if stored.md5 is not None else "CRC32C"
        if not stored.matches(digest):
            raise MismatchError(f"{subject} differs from the local file ({kind})", remedy=REPAIR_REMEDY)
        output.add_step(f"Local file: same size and {kind}")

    def _block_callback(self, task: Task) -> Callable[[], None]:
        """Return a callback for each block read: updates the progress, raises on cancellation."""
        blocks_read = 0

        def check() -> None:
            nonlocal blocks_read
            if self.cancellation.is_at_once:
                raise CancelledByUserError("the comparison was cancelled")
            blocks_read += 1
            self.progress.update(task, min(blocks_read * READ_SIZE, task.size))

        return check


class VerifyHandler:
    """Reports mismatches; a match counts as skipped."""

    def __init__(self, verifier: ObjectVerifier) -> None:
        self._verifier = verifier

    async def handle(self, task: Task, output: VideoOutput) -> Status:
        if task.error is not None:
            raise task.error
        if task.row is None:
            raise MismatchError("not in the database", remedy="run the migration")
        await self._verifier.check(task, output)
        output.set_done(Mode.VERIFY)
        output.reason = "verified"
        return Status.SKIPPED


class RepairHandler:
    """Uploads files whose object does not match, and migrates new files."""

    def __init__(self, verifier: ObjectVerifier, migrate: MigrateHandler) -> None:
        self._verifier = verifier
        self._migrate = migrate

    async def handle(self, task: Task, output: VideoOutput) -> Status:
        if task.row is None:
            return await self._migrate.handle(task, output)
        if task.error is not None:
            # Only a row that names another bucket can be repaired, and only from the local file.
            if task.path is None or not isinstance(task.error, BucketConflictError):
                raise task.error
            return await self._migrate.restore(task, output)
        try:
            await self._verifier.check(task, VideoOutput())
        except MismatchError as mismatch:
            if task.path is None:
                raise MismatchError(
                    f"{mismatch.cause}, and there is no local file to upload",
                    remedy="put the file back into the folder, or delete the video",
                ) from mismatch
            return await self._migrate.restore(task, output)
        output.set_skipped(Mode.REPAIR)
        return Status.SKIPPED
