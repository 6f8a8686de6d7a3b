"""The comparison of the three places that tell of a video: its row, its object, its file."""

import asyncio
from collections.abc import Callable, Mapping

from app.core.config import Settings
from app.core.exceptions import CancelledByUserError, MismatchError
from app.services.migration.cancellation import CancellationToken
from app.services.migration.planner import Task
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Status
from app.services.migration.text_output import VideoOutput, megabytes
from app.services.storage.checksums import READ_SIZE, digest_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_store import StoredObject

REPAIR = "run again with --repair"


class ObjectVerifier:
    """Compares one registered video with its object and its file.

    The bucket is listed once, a thousand objects to the answer, rather than asked for each of them.
    """

    def __init__(
        self,
        uploader: GCSUploader,
        objects: Mapping[str, StoredObject],
        meter: MigrationProgress,
        stop: CancellationToken,
    ) -> None:
        self._uploader = uploader
        self._objects = objects
        self._meter = meter
        self._stop = stop

    @classmethod
    async def prepare(
        cls, uploader: GCSUploader, settings: Settings, meter: MigrationProgress, stop: CancellationToken
    ) -> "ObjectVerifier":
        listed = await uploader.list_objects(settings.gcs_videos_prefix)
        return cls(uploader, {stored.name: stored for stored in listed}, meter, stop)

    async def check(self, task: Task, block: VideoOutput) -> None:
        """Raises:
        MismatchError: the object is gone, or holds other bytes than the file.
        LocalFileError, EmptyFileError: the file is there and cannot be compared.
        """
        subject = self._uploader.cloud_url(task.gcs_path)
        stored = self._objects.get(task.gcs_path) or await self._uploader.describe_object(task.gcs_path)
        if stored is None:
            raise MismatchError(f"{subject} is gone", remedy=REPAIR if task.path else None)
        block.add_step(f"Object: {subject}, {megabytes(stored.size // 1024)}")
        if task.path is None:
            block.add_step("Local file: none")
            return
        if stored.size != task.size:
            raise MismatchError(
                f"{subject} has {stored.size} bytes, the local file {task.size}", remedy=REPAIR
            )
        self._meter.update(task, 0)
        digest = await asyncio.to_thread(digest_file, task.path, self._counting(task))
        kind = "MD5" if stored.md5 is not None else "CRC32C"
        if not stored.matches(digest):
            raise MismatchError(f"{subject} holds other bytes than the local file ({kind})", remedy=REPAIR)
        block.add_step(f"Local file: same size and {kind}")

    def _counting(self, task: Task) -> Callable[[], None]:
        """Called by the hashing thread at every block that it has read."""
        blocks_read = 0

        def check() -> None:
            nonlocal blocks_read
            if self._stop.is_at_once:
                raise CancelledByUserError("the comparison was stopped before its end")
            blocks_read += 1
            self._meter.update(task, min(blocks_read * READ_SIZE, task.size))

        return check


class VerifyHandler:
    """A handler; see `app.services.migration.runner`. A match is `skipped`: there is nothing to do."""

    def __init__(self, comparison: ObjectVerifier) -> None:
        self._comparison = comparison

    async def __call__(self, task: Task, block: VideoOutput) -> Status:
        if task.error is not None:
            raise task.error
        if task.row is None:
            raise MismatchError("not in the database", remedy="run the migration")
        await self._comparison.check(task, block)
        block.set_done(Mode.VERIFY)
        block.reason = "verified"
        return Status.SKIPPED
