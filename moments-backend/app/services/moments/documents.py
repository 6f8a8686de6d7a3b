"""Transcripts and moments: local JSON files, with copies in the bucket for other machines."""

import hashlib
import logging
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from app.ai.transcription.split_words import repair
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    CorruptFileError,
    DownloadCorruptedError,
    LocalFileError,
    ObjectNotFoundError,
)
from app.models.moment import Moment
from app.models.transcript import Transcript
from app.repositories.base import JsonFileRepository
from app.repositories.moments_repository import MomentsRepository
from app.repositories.transcript_repository import (
    RECOGNISED,
    RecognisedTranscriptRepository,
    TranscriptRepository,
)
from app.services.storage.checksums import digest_file
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import is_usable
from app.services.storage.timeouts import with_request_timeout
from app.services.storage.upload import BeforeWrite

logger = logging.getLogger(__name__)

ContentT = TypeVar("ContentT")


@dataclass(frozen=True, slots=True)
class StoredDocument(Generic[ContentT]):
    """A document and the bytes that it was read from."""

    content: ContentT
    stored: bytes

    @property
    def md5(self) -> str:
        """MD5 of the bytes in hex."""
        return hashlib.md5(self.stored, usedforsecurity=False).hexdigest()


class DocumentStore(Generic[ContentT]):
    """One kind of document: `{prefix}{video_id}.json` in the bucket, and a local folder of files.

    Args:
        upgrade: returns the current form of a document that an earlier version wrote.
    """

    def __init__(
        self,
        repository: JsonFileRepository[ContentT],
        prefix: str,
        uploader: GCSUploader,
        *,
        upgrade: Callable[[ContentT], ContentT] | None = None,
    ) -> None:
        self._repository = repository
        self._prefix = prefix
        self._uploader = uploader
        self._upgrade = upgrade

    def gcs_path(self, video_id: str) -> str:
        return f"{self._prefix}{video_id}.json"

    async def load_local_first(self, video_id: str) -> ContentT | None:
        """Return the content of `read_local_first`."""
        found = await self.read_local_first(video_id)
        return None if found is None else found.content

    async def read_local_first(self, video_id: str) -> StoredDocument[ContentT] | None:
        """Return the local document, else the object; None if neither exists.

        For HTTP requests: the bucket is queried with the timeout of a request.

        Raises:
            InvalidRequestError: the id is not usable as a file name.
            CorruptFileError, FileUnreadableError, StorageError: the document could not be read.
        """
        local = await run_in_thread(self._read_local, video_id)
        if local is not None or not is_usable(self.gcs_path(video_id)):
            return local
        return await with_request_timeout(self._download(video_id))

    async def load_authoritative(self, video_id: str) -> ContentT | None:
        """Return the content of `read_authoritative`."""
        found = await self.read_authoritative(video_id)
        return None if found is None else found.content

    async def read_authoritative(self, video_id: str) -> StoredDocument[ContentT] | None:
        """Return the object if it differs from the local file, else the local document.

        A run on another machine may have stored a newer version in the bucket. If the object is damaged, a
        valid local document is returned.

        Raises:
            InvalidRequestError: the id is not usable as a file name.
            CorruptFileError, FileUnreadableError, StorageError: the document could not be read.
        """
        described = await self._uploader.describe_object(self.gcs_path(video_id))
        path = self._repository.path(video_id)
        if described is None or await run_in_thread(_has_md5, path, described.md5):
            return await run_in_thread(self._read_local, video_id)
        try:
            return await self._download(video_id)
        except (CorruptFileError, DownloadCorruptedError) as error:
            return await self._read_instead(video_id, error)

    async def write(self, video_id: str, content: ContentT) -> None:
        """Replace the local file and the object."""
        await run_in_thread(self._repository.save, video_id, content)
        await self._uploader.store(self._repository.path(video_id), self.gcs_path(video_id))

    async def replace(
        self, video_id: str, stored: bytes | None, *, before_write: BeforeWrite | None = None
    ) -> None:
        """Replace the object, then the local file; None deletes both.

        Args:
            before_write: raises an error if the object must not be written any more; called in a thread.
        """
        gcs_path = self.gcs_path(video_id)
        if stored is None:
            await self._uploader.delete_object(gcs_path)
            await run_in_thread(self._repository.delete, video_id)
            return
        with tempfile.TemporaryDirectory(prefix="videomoments-") as folder:
            copy = Path(folder, "document.json")
            await run_in_thread(copy.write_bytes, stored)
            await self._uploader.store(copy, gcs_path, before_write=before_write)
        await run_in_thread(self._repository.write, video_id, stored)

    async def refresh_local(self, video_id: str, document: StoredDocument[ContentT]) -> None:
        """Replace an outdated local file, so that requests read what another machine has stored."""

        def refresh() -> None:
            local = self._repository.read(video_id)
            if local is not None and local != document.stored:
                self._repository.write(video_id, document.stored)

        with suppress(LocalFileError):
            await run_in_thread(refresh)

    async def keep_local(self, video_id: str, document: StoredDocument[ContentT] | None) -> None:
        """Keep a copy of a local file that `document` is going to replace, and log a warning.

        Raises:
            UnusableNameError, DiskFullError, LocalFileError: the copy could not be written.
        """
        local = await run_in_thread(self._repository.read, video_id)
        if document is None or local is None or local == document.stored:
            return
        kept = await run_in_thread(self._repository.keep, video_id, local)
        logger.warning(
            "%s differed from %s, which replaced it. The previous file is kept as %s. To use its text, run: "
            "videomoments transcript %s --import FILE",
            self._repository.path(video_id),
            self._uploader.cloud_url(self.gcs_path(video_id)),
            kept,
            video_id,
        )

    def encode(self, content: ContentT) -> bytes:
        """Return the bytes that `write` stores."""
        return self._repository.encode(content)

    def local_md5(self, video_id: str) -> str:
        """Return the MD5 of the local file in hex; blocks."""
        return digest_file(self._repository.path(video_id)).md5_hex

    async def _read_instead(
        self, video_id: str, error: CorruptFileError | DownloadCorruptedError
    ) -> StoredDocument[ContentT]:
        """Return the local document in place of a damaged object; raise `error` if it is unusable too."""
        try:
            local = await run_in_thread(self._read_local, video_id)
        except LocalFileError:
            local = None
        if local is None:
            raise error
        logger.warning("The local document of video %r is used: %s", video_id, error.cause)
        return local

    def _read_local(self, video_id: str) -> StoredDocument[ContentT] | None:
        stored = self._repository.read(video_id)
        return None if stored is None else self._parse(stored, str(self._repository.path(video_id)))

    async def _download(self, video_id: str) -> StoredDocument[ContentT] | None:
        with tempfile.TemporaryDirectory(prefix="videomoments-") as folder:
            copy = Path(folder, "document.json")
            gcs_path = self.gcs_path(video_id)
            try:
                await self._uploader.download(gcs_path, copy)
            except ObjectNotFoundError:
                return None
            stored = await run_in_thread(copy.read_bytes)
        return await run_in_thread(self._parse, stored, self._uploader.cloud_url(gcs_path))

    def _parse(self, stored: bytes, where: str) -> StoredDocument[ContentT]:
        content = self._repository.parse(stored, where=where)
        return StoredDocument(content if self._upgrade is None else self._upgrade(content), stored)


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
    recognised: DocumentStore[Transcript]
    """Result of the last run for a video whose transcript a user changed; absent for all others."""

    @classmethod
    def of(cls, settings: Settings, uploader: GCSUploader) -> "VideoDocumentStores":
        prefix = settings.gcs_transcripts_prefix
        return cls(
            DocumentStore(TranscriptRepository(settings), prefix, uploader, upgrade=repair),
            DocumentStore(MomentsRepository(settings), settings.gcs_moments_prefix, uploader),
            DocumentStore(
                RecognisedTranscriptRepository(settings), f"{prefix}{RECOGNISED}/", uploader, upgrade=repair
            ),
        )
