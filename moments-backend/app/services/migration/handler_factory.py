"""Access to the bucket: its listings, and the handlers that need it, after checking what they require."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from app.core.config import Settings
from app.media import binaries
from app.repositories.video_identity_repository import VideoIdentity
from app.services.migration.identification import Identification
from app.services.migration.migrate import DryRunHandler, MigrateHandler
from app.services.migration.progress import MigrationProgress
from app.services.migration.repair import RepairHandler
from app.services.migration.results import Mode
from app.services.migration.runner import Handler, HandlerBundle
from app.services.migration.tasks import Task
from app.services.migration.verify import ObjectVerifier, VerifyHandler
from app.services.storage.checksums import Digest, to_hex
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import parse_cloud_url
from app.services.storage.object_store import Presence, StoredObject


@dataclass(slots=True)
class HandlerFactory:
    """Creates the handler of a mode."""

    mode: Mode
    settings: Settings
    progress: MigrationProgress
    uploader: GCSUploader
    _videos: Mapping[str, StoredObject] | None = None

    @classmethod
    def create(
        cls, mode: Mode, settings: Settings, progress: MigrationProgress, jobs: int, cleanup: AsyncExitStack
    ) -> "HandlerFactory":
        """Return a factory whose uploader `cleanup` closes."""
        threads = max(jobs, settings.gcs_upload_threads)
        uploader = GCSUploader(settings.model_copy(update={"gcs_upload_threads": threads}))
        cleanup.push_async_callback(uploader.close)
        return cls(mode, settings, progress, uploader)

    async def read_sizes(self, rows: Sequence[VideoIdentity]) -> list[VideoIdentity]:
        """Return the rows whose object exists, with its size and MD5; nothing is downloaded.

        Rows that state another size are left out: their object is not the video that was registered.

        Raises:
            StorageError: the bucket could not be listed.
        """
        paths = {row.id: parse_cloud_url(row.cloud_url) for row in rows}
        ours = {
            number: gcs_path
            for number, (bucket, gcs_path) in paths.items()
            if bucket == self.settings.gcs_bucket_name
            and gcs_path.startswith(self.settings.gcs_videos_prefix)
        }
        if not ours:
            return []
        objects = await self._list_videos()
        filled = []
        for row in rows:
            stored = objects.get(ours.get(row.id, ""))
            if stored is not None and row.may_have_size(stored.size):
                md5 = None if stored.md5 is None else to_hex(stored.md5)
                filled.append(row._replace(size_bytes=stored.size, md5=md5))
        return filled

    async def has_bytes(self, row: VideoIdentity, digest: Digest) -> bool | None:
        """Compare a file with the object of a row without an MD5; None if it does not exist."""
        bucket, gcs_path = parse_cloud_url(row.cloud_url)
        stored = await self.uploader.describe_object(gcs_path, bucket=bucket)
        return None if stored is None else stored.matches(digest)

    async def connect(self, tasks: Sequence[Task], identification: Identification) -> HandlerBundle:
        """Return the handler after listing the bucket, which also checks access, and checking ffprobe.

        Raises:
            BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
            ToolMissingError: ffprobe is missing or too old.
        """
        handler = await self._handler(tasks, identification)
        if self.mode is not Mode.VERIFY:
            await binaries.tool_version(binaries.find_ffprobe(self.settings))
        return HandlerBundle(handler, interrupt=self.uploader.stop)

    async def _handler(self, tasks: Sequence[Task], identification: Identification) -> Handler:
        if self.mode is Mode.DRY_RUN:
            present = await self._list_present(tasks)
            return DryRunHandler(self.uploader, self.settings, self.progress, present, identification).handle
        if self.mode is Mode.MIGRATE:
            return self._migrate_handler(await self._list_present(tasks), identification).handle
        objects = await self._list_videos()
        verifier = ObjectVerifier(self.uploader, objects, identification)
        if self.mode is Mode.VERIFY:
            return VerifyHandler(verifier, identification).handle
        migrate = self._migrate_handler(Presence(frozenset(objects)), identification)
        return RepairHandler(verifier, migrate, identification).handle

    def _migrate_handler(self, present: Presence, identification: Identification) -> MigrateHandler:
        return MigrateHandler(self.uploader, self.settings, self.progress, present, identification, self.mode)

    async def _list_videos(self) -> Mapping[str, StoredObject]:
        """List the bucket once per run."""
        if self._videos is None:
            listed = await self.uploader.list_objects(self.settings.gcs_videos_prefix)
            self._videos = {stored.name: stored for stored in listed}
        return self._videos

    async def _list_present(self, tasks: Sequence[Task]) -> Presence:
        """Return which objects of new files exist."""
        names = frozenset(task.gcs_path for task in tasks if task.is_new)
        if names:
            return await self.uploader.list_present(names)
        await self.uploader.check_access()
        return Presence(wanted=names)
