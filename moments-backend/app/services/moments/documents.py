"""Transcripts and moments: local JSON files, with copies in the bucket for other machines."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import LocalFileError, ObjectNotFoundError
from app.models.moment import Moment
from app.models.transcript import Transcript
from app.repositories.base import JsonFileRepository
from app.repositories.moments_repository import MomentsRepository
from app.repositories.transcript_repository import TranscriptRepository
from app.services.storage.checksums import digest_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import is_usable
from app.services.storage.timeouts import with_request_timeout

ContentT = TypeVar("ContentT")


class DocumentStore(Generic[ContentT]):
    """One kind of document: `{prefix}{video_id}.json` in the bucket, and a local folder of files."""

    def __init__(self, repository: JsonFileRepository[ContentT], prefix: str, uploader: GCSUploader) -> None:
        self._repository = repository
        self._prefix = prefix
        self._uploader = uploader

    def gcs_path(self, video_id: str) -> str:
        return f"{self._prefix}{video_id}.json"

    async def load_local_first(self, video_id: str) -> ContentT | None:
        """Return the local file's content, else the object's; None if neither exists.

        For HTTP requests: the bucket is queried with the timeout of a request.

        Raises:
            InvalidRequestError: the id is not usable as a file name.
            CorruptFileError, FileUnreadableError, StorageError: the document could not be read.
        """
        local = await run_in_thread(self._repository.load, video_id)
        if local is not None or not is_usable(self.gcs_path(video_id)):
            return local
        return await with_request_timeout(self._download(video_id))

    async def load_authoritative(self, video_id: str) -> ContentT | None:
        """Return the object's content if it differs from the local file.

        A run on another machine may have stored newer moments in the bucket.
        """
        stored = await self._uploader.describe_object(self.gcs_path(video_id))
        path = self._repository.path(video_id)
        if stored is None or await run_in_thread(_has_md5, path, stored.md5):
            return await run_in_thread(self._repository.load, video_id)
        return await self._download(video_id)

    async def write(self, video_id: str, content: ContentT) -> None:
        """Replace the local file and the object."""
        await run_in_thread(self._repository.save, video_id, content)
        await self._uploader.store(self._repository.path(video_id), self.gcs_path(video_id))

    def local_md5(self, video_id: str) -> str:
        """Return the MD5 of the local file in hex; blocks."""
        return digest_file(self._repository.path(video_id)).md5_hex

    async def _download(self, video_id: str) -> ContentT | None:
        with tempfile.TemporaryDirectory(prefix="videomoments-") as folder:
            copy = Path(folder, "document.json")
            gcs_path = self.gcs_path(video_id)
            try:
                await self._uploader.download(gcs_path, copy)
            except ObjectNotFoundError:
                return None
            stored = await run_in_thread(copy.read_bytes)
        return self._repository.parse(stored, where=self._uploader.cloud_url(gcs_path))


def _has_md5(path: Path, md5: str | None) -> bool:
    try:
        return digest_file(path).md5 == md5
    except LocalFileError:
        return False


@dataclass(frozen=True)
class VideoDocumentStores:
    """All kinds of documents that the pipeline makes of a video."""

    transcripts: DocumentStore[Transcript]
    moments: DocumentStore[list[Moment]]

    @classmethod
    def of(cls, settings: Settings, uploader: GCSUploader) -> "VideoDocumentStores":
        return cls(
            DocumentStore(TranscriptRepository(settings), settings.gcs_transcripts_prefix, uploader),
            DocumentStore(MomentsRepository(settings), settings.gcs_moments_prefix, uploader),
        )
