"""The original that exports are cut from: the local file, or one download that following exports reuse."""

from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from uuid import uuid4

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import BucketConflictError, DatabaseError
from app.database.models import Video
from app.database.session import transaction
from app.repositories import export_repository as exports
from app.services.library.originals import find_local_original
from app.services.pipeline.work_dir import work_dir
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import parse_cloud_url


class ExportSource:
    """Finds or downloads originals; keeps at most one download, while its video has more exports."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader
        self._kept = AsyncExitStack()
        self._file: Path | None = None
        self._version: tuple[str, str | None] | None = None

    async def file(self, video: Video, *, on_progress: Callable[[float], None]) -> Path:
        """Return the original's file.

        Args:
            on_progress: called with the share of the download, from 0 to 1.

        Raises:
            BucketConflictError, ObjectNotFoundError, StorageError: it could not be downloaded.
            DiskFullError, LocalFileError: it could not be read or written.
        """
        local = await find_local_original(self._settings, video)
        if local is not None:
            return local
        version = (video.cloud_url, video.md5)
        if self._file is not None and self._version == version and await run_in_thread(self._file.is_file):
            return self._file
        await self.close()
        bucket, gcs_path = parse_cloud_url(video.cloud_url)
        if bucket != self._uploader.bucket_name:
            raise BucketConflictError(video.identifier, video.cloud_url, self._uploader.bucket_name)
        folder = await self._kept.enter_async_context(work_dir(self._settings, f"original-{uuid4().hex}"))
        file = folder / gcs_path.rpartition("/")[2]
        await self._uploader.download(
            gcs_path, file, lambda received, total: on_progress(received / total if total else 1.0)
        )
        self._file, self._version = file, version
        return file

    async def release(self, video_row_id: int) -> None:
        """Delete the download unless the video has more exports to make."""
        if self._file is None:
            return
        is_needed = False
        with suppress(DatabaseError):
            async with transaction() as session:
                is_needed = await exports.has_active(session, video_row_id)
        if not is_needed:
            await self.close()

    async def close(self) -> None:
        """Delete the download."""
        self._file = self._version = None
        await self._kept.aclose()
