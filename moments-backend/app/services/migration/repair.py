"""Uploads files whose object is missing or damaged (REPAIR).

An object is replaced only by the bytes that its row states, or, for a row of an older version without an MD5,
by a file that equals everything the row states. Any other file is a different video and a conflict.
"""

from dataclasses import dataclass, replace

from app.core.exceptions import (
    BucketConflictError,
    IdentifierConflictError,
    MismatchError,
    VideoNotFoundError,
)
from app.database.models import Video
from app.database.session import transaction
from app.media.ffprobe import VideoMetadata
from app.repositories import video_db_repository
from app.services.migration.identification import Identification, Identified, conflict_with
from app.services.migration.migrate import MigrateHandler
from app.services.migration.results import Mode, Status
from app.services.migration.tasks import Task
from app.services.migration.text_output import VideoOutput
from app.services.migration.verify import Comparison, ObjectVerifier
from app.services.storage.checksums import Digest

DURATION_TOLERANCE_SECONDS = 1.0
"""Older versions read durations from headers, which may be off by some frames."""


@dataclass(frozen=True, slots=True)
class RepairHandler:
    """Uploads files whose object does not match, and migrates new files."""

    verifier: ObjectVerifier
    migrate: MigrateHandler
    identification: Identification

    async def handle(self, task: Task, output: VideoOutput) -> Status:
        if task.row is None:
            return await self.migrate.handle(task, output)
        if task.error is not None:
            return await self._move_to_this_bucket(task, output)
        comparison = await self.verifier.compare(task, VideoOutput())
        if comparison.mismatch is None:
            output.set_skipped(Mode.REPAIR, task.row)
            return Status.SKIPPED
        if task.location is None:
            raise MismatchError(
                f"{comparison.mismatch.cause}, and there is no local file to upload",
                remedy="put the file back into the folder, or delete the video",
            )
        async with self.identification.watching(task):
            return await self._restore(task, comparison, output)

    async def _restore(self, task: Task, comparison: Comparison, output: VideoOutput) -> Status:
        assert task.row is not None  # noqa: S101 - for the type checker: the caller checked it
        digest = comparison.digest or await self.identification.digest(task)
        if await self._belongs_to_row(task, digest, comparison):
            return await self.migrate.restore(task, output)
        if comparison.stored is None:
            output.add_step(f"Object: {task.row.cloud_url} does not exist")
        conflict = conflict_with(task.row, task, digest)
        other = replace(task, row=None, is_doubtful=False)
        other = await self.identification.resolve(other, conflict, digest)
        return await self.migrate.register(Identified(other, digest=digest), output)

    async def _move_to_this_bucket(self, task: Task, output: VideoOutput) -> Status:
        """Upload the file of a row that names another bucket."""
        assert task.error is not None  # noqa: S101 - for the type checker: the caller checked it
        if task.location is None or not isinstance(task.error, BucketConflictError):
            raise task.error
        digest = await self.identification.digest(task)
        stored = await self.verifier.uploader.describe_object(task.gcs_path)
        if stored is not None and not stored.matches(digest):
            url = self.verifier.uploader.cloud_url(task.gcs_path)
            raise IdentifierConflictError(task.filename, task.identifier, url)
        return await self._restore(replace(task, error=None), Comparison(stored, digest), output)

    async def _belongs_to_row(self, task: Task, digest: Digest, comparison: Comparison) -> bool:
        row, stored = task.row, comparison.stored
        assert row is not None  # noqa: S101 - for the type checker: the caller checked it
        if row.md5 is not None:
            return (row.size_bytes, row.md5) == (digest.size, digest.md5_hex)
        if stored is not None and row.size_bytes == stored.size:
            return stored.matches(digest)  # a composite object; the row states what the object is
        metadata = await self.migrate.probe(task.path, settings=self.migrate.settings)
        return is_plausible(await _read_row(row.identifier), metadata)


def is_plausible(row: Video, metadata: VideoMetadata) -> bool:
    """Return whether a file equals everything that a row without an MD5 states."""
    exact = ("file_size_kb", "video_codec", "audio_codec", "resolution")
    if any(getattr(row, name) not in {None, getattr(metadata, name)} for name in exact):
        return False
    if row.duration_seconds is None or metadata.duration_seconds is None:
        return True
    return abs(row.duration_seconds - metadata.duration_seconds) <= DURATION_TOLERANCE_SECONDS


async def _read_row(identifier: str) -> Video:
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, identifier, include_deleted=True)
    if row is None:
        raise VideoNotFoundError(identifier)
    return row
