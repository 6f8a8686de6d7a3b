"""Compares rows, objects and files (VERIFY)."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.exceptions import MismatchError
from app.repositories.video_identity_repository import VideoIdentity
from app.services.migration.identification import Identification
from app.services.migration.results import Mode, Status
from app.services.migration.tasks import Task
from app.services.migration.text_output import VideoOutput, format_megabytes
from app.services.storage.checksums import Digest, to_hex
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_store import StoredObject

REPAIR_REMEDY = "run again with --repair"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of a comparison.

    Attributes:
        stored: the object of the row; None if it does not exist.
        digest: of the local file, if it was read.
        mismatch: the first difference.
    """

    stored: StoredObject | None
    digest: Digest | None = None
    mismatch: MismatchError | None = None


@dataclass(frozen=True, slots=True)
class ObjectVerifier:
    """Compares a registered video with its object and its file.

    Attributes:
        objects: a listing of the bucket, a thousand objects per response, instead of requesting each object.
    """

    uploader: GCSUploader
    objects: Mapping[str, StoredObject]
    identification: Identification

    async def compare(self, task: Task, output: VideoOutput) -> Comparison:
        """Compare existence, size and checksum.

        Raises:
            LocalFileError, EmptyFileError: the file exists but cannot be compared.
        """
        subject = self.uploader.cloud_url(task.gcs_path)
        stored = self.objects.get(task.gcs_path) or await self.uploader.describe_object(task.gcs_path)
        if stored is None:
            remedy = REPAIR_REMEDY if task.location else None
            return Comparison(None, mismatch=MismatchError(f"{subject} does not exist", remedy=remedy))
        output.add_step(f"Object: {subject}, {format_megabytes(stored.size // 1024)}")
        if task.location is None:
            output.add_step("Local file: none")
            return Comparison(stored, mismatch=_difference(task.row, stored, subject))
        if stored.size != task.size:
            cause = f"{subject} has {stored.size} bytes, the local file {task.size}"
            return Comparison(stored, mismatch=MismatchError(cause, remedy=REPAIR_REMEDY))
        async with self.identification.watching(task):
            digest = await self.identification.digest(task)
        kind = "MD5" if stored.md5 is not None else "CRC32C"
        if not stored.matches(digest):
            cause = f"{subject} differs from the local file ({kind})"
            return Comparison(stored, digest, MismatchError(cause, remedy=REPAIR_REMEDY))
        output.add_step(f"Local file: same size and {kind}")
        return Comparison(stored, digest, _difference(task.row, stored, subject))


def _difference(row: VideoIdentity | None, stored: StoredObject, subject: str) -> MismatchError | None:
    """Compare the object with what the row states, which is the video that was registered."""
    if row is None:
        return None
    remedy = "put the registered file back into the folder and run --repair, or delete the video"
    if row.size_bytes not in {None, stored.size}:
        return MismatchError(
            f"{subject} has {stored.size} bytes, the registered video {row.size_bytes}", remedy=remedy
        )
    if row.md5 is not None and stored.md5 is not None and to_hex(stored.md5) != row.md5:
        return MismatchError(
            f"{subject} is not the registered video: MD5 {to_hex(stored.md5)} instead of {row.md5}",
            remedy=remedy,
        )
    return None


@dataclass(frozen=True, slots=True)
class VerifyHandler:
    """Reports mismatches; a match counts as skipped."""

    verifier: ObjectVerifier
    identification: Identification

    async def handle(self, task: Task, output: VideoOutput) -> Status:
        if task.error is not None:
            raise task.error
        if task.row is None:
            await self._report_unregistered(task)
        mismatch = (await self.verifier.compare(task, output)).mismatch
        if mismatch is not None:
            raise mismatch
        output.set_done(Mode.VERIFY)
        output.reason = "verified"
        return Status.SKIPPED

    async def _report_unregistered(self, task: Task) -> None:
        found = await self.identification.identify(task)
        if found.moved_from is not None:
            raise MismatchError(
                f"{task.filename} is registered as {found.task.identifier!r} at {found.moved_from}",
                remedy="run the migration, which records the new path",
            )
        raise MismatchError("not in the database", remedy="run the migration")
