"""Registration of originals that have no sidecar."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import IdentifierConflictError, NotFoundError
from app.core.files.atomic import mapped_write_errors
from app.services.library.registration import register_video
from app.services.sidecars.folders import VideoFolder
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_store import StoredObject

FOLDER_PREFIX = ".adopt-"
OWNER_ONLY = 0o700


class OriginalRegistration:
    """Registers originals that are in the bucket already: downloads, probes and compares each one."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader

    def choose(self, folder: VideoFolder) -> StoredObject:
        """Return the original of a folder without a sidecar.

        Raises:
            IdentifierConflictError: there are several.
            NotFoundError: there is none.
        """
        if not folder.originals:
            raise NotFoundError(f"no original of {folder.identifier!r}")
        if len(folder.originals) > 1:
            first, second, *_ = sorted(folder.originals)
            raise IdentifierConflictError(second, folder.identifier, first)
        return next(iter(folder.originals.values()))

    async def register(self, identifier: str, original: StoredObject) -> None:
        """Download the original and insert its row; the object is unchanged.

        Raises:
            MediaError, LocalFileError, StorageError, DatabaseError, IdentifierConflictError.
        """
        folder = await run_in_thread(_make_folder, self._settings)
        try:
            path = folder / original.name.rpartition("/")[2]
            await self._uploader.download(original.name, path, generation=original.generation)
            await register_video(
                path,
                identifier=identifier,
                uploader=self._uploader,
                settings=self._settings,
                gcs_path=original.name,
            )
        finally:
            await run_in_thread(lambda: shutil.rmtree(folder, ignore_errors=True))


def _make_folder(settings: Settings) -> Path:
    """Make a temporary folder on the videos' disk, and remove those of killed commands."""
    with mapped_write_errors(settings.static_path):
        settings.static_path.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        for remaining in settings.static_path.glob(f"{FOLDER_PREFIX}*"):
            with suppress(OSError):
                shutil.rmtree(remaining)
        return Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=settings.static_path))
