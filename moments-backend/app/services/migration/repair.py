"""Mends what a verification would find, and migrates what is new."""

from app.core.exceptions import BucketConflictError, MismatchError
from app.services.migration.migrate import MigrateHandler
from app.services.migration.planner import Task
from app.services.migration.results import Mode, Status
from app.services.migration.text_output import VideoOutput
from app.services.migration.verify import ObjectVerifier


class RepairHandler:
    """A handler; see `app.services.migration.runner`."""

    def __init__(self, comparison: ObjectVerifier, migrate: MigrateHandler) -> None:
        self._comparison = comparison
        self._migrate = migrate

    async def __call__(self, task: Task, block: VideoOutput) -> Status:
        if task.row is None:
            return await self._migrate(task, block)
        if task.error is not None:
            # The file belongs to this row; only the bucket is another. A row without its file stays there.
            if task.path is None or not isinstance(task.error, BucketConflictError):
                raise task.error
            return await self._migrate.restore(task, block)
        try:
            await self._comparison.check(task, VideoOutput())
        except MismatchError as mismatch:
            if task.path is None:
                raise MismatchError(
                    f"{mismatch.cause}, and there is no local file to send",
                    remedy="put the file back into the folder, or delete the video",
                ) from mismatch
            return await self._migrate.restore(task, block)
        block.set_skipped(Mode.REPAIR)
        return Status.SKIPPED
