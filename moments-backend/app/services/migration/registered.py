"""Handler of files that are registered already; needs neither bucket nor ffprobe."""

from dataclasses import dataclass

from app.core.exceptions import FileChangedError
from app.database.session import transaction
from app.repositories import video_identity_repository
from app.services.migration.identification import Identification, Identified
from app.services.migration.planner import decide_without_io
from app.services.migration.results import Mode, Status
from app.services.migration.tasks import Task
from app.services.migration.text_output import VideoOutput


@dataclass(frozen=True, slots=True)
class RegisteredHandler:
    """Skips registered files and records where they are; registers none."""

    mode: Mode
    identification: Identification

    async def handle(self, task: Task, output: VideoOutput) -> Status:
        status = decide_without_io(self.mode, task, output)
        if status is not None:
            return status
        found = await self.identification.identify(task)
        if found.task.row is None:
            raise FileChangedError(f"{task.filename} changed after the folder was read", remedy="run again")
        return await self.skip(found, output)

    async def skip(self, found: Identified, output: VideoOutput) -> Status:
        """Skip a registered file; store its MD5 and path where they are new."""
        task, row = found.task, found.task.row
        assert row is not None  # noqa: S101 - for the type checker: the caller checked it
        if found.moved_from is not None:
            output.add_step(f"Moved: was {found.moved_from}, identifier={row.identifier}")
        output.set_skipped(self.mode, row)
        if not self.mode.writes or found.digest is None:
            return Status.SKIPPED
        has_new_path = found.moved_from is not None or await self.identification.has_new_path(task)
        if has_new_path or row.md5 is None:
            async with transaction() as session:
                await video_identity_repository.set_md5(session, row.id, found.digest.md5_hex)
                if has_new_path:
                    await video_identity_repository.move(session, row, task.filename)
        return Status.SKIPPED
