"""Uploads one file and verifies that the object equals it.

1. Look up the object, unless a listing has shown that it does not exist. If the bytes are the same, send
   nothing.
2. Let the caller decide whether the object may be created or replaced.
3. Send the file with the object's generation (0 if there is none) as a precondition, so that another
   writer's object is never overwritten, and with a checksum, so that the service rejects corrupted bytes.
   The file is read and hashed once, while it is sent.
4. Compare the object in the response with the digest, and the file with its state at opening.
5. After a failure, look up the object: a response can be lost after the service has committed, and the retry
   then fails with 412 although the upload succeeded.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.core.exceptions import (
    LocalFileError,
    ObjectChangedError,
    ObjectNotFoundError,
    StorageError,
    StorageUnavailableError,
    UploadCorruptedError,
    UploadStalledError,
    VideoMomentsError,
)
from app.core.files.content_types import content_type_for
from app.services.storage.checksums import Digest, StableFile
from app.services.storage.chunked_transport import TransferMonitor, monitored
from app.services.storage.errors import mapped_errors
from app.services.storage.multipart import insert_object
from app.services.storage.object_store import ObjectStore, StoredObject, as_stored
from app.services.storage.retry import make_retry, retry_policy
from app.services.storage.upload_content import MemoryContent, StreamedContent

logger = logging.getLogger(__name__)

Content = MemoryContent | StreamedContent

POLL_SECONDS = 0.2
"""Interval of the cancellation check while a file is queued."""

VERIFY_AFTER = (
    ObjectChangedError,
    ObjectNotFoundError,
    StorageUnavailableError,
    UploadCorruptedError,
    UploadStalledError,
)
"""Errors after which the object may exist nevertheless."""


@dataclass(frozen=True, slots=True)
class UploadResult:
    """The stored object and the digest of the file.

    `sent` is False if the bucket already held the same bytes.
    """

    object: StoredObject
    digest: Digest
    sent: bool


BeforeWrite = Callable[[StoredObject | None, Callable[[], Digest]], None]
"""Raises an error unless the object, or a missing one, may be replaced by the file with this digest.

Called in the thread of the upload. Computing the digest of a long file takes as long as sending it.
"""


def _allow(_existing: StoredObject | None, _digest: Callable[[], Digest]) -> None:
    """Allow every write, for files that are derived from a video."""


def upload_file(
    store: ObjectStore,
    settings: Settings,
    path: Path,
    name: str,
    monitor: TransferMonitor,
    *,
    within: Path | None = None,
    assume_absent: bool = False,
    before_write: BeforeWrite | None = None,
) -> UploadResult:
    """Store the file at `path` as the object `name`; blocks, for a worker thread.

    Idempotent, also when two writers run it at once: the second finds the object of the first.

    Args:
        within: a folder that symbolic links must not lead out of.
        assume_absent: a listing of the bucket did not contain the object. A file that is sent in one request
            is then sent without a query; a long one is not, since the query costs less than the attempt.
        before_write: called before each attempt; without it other bytes are replaced.

    Raises:
        LocalFileError, EmptyFileError: the file is missing, changed, unreadable or empty.
        StorageError: see `app.services.storage.errors`.
        CancelledByUserError: the monitor was cancelled.
    """
    with StableFile(path, within=within) as file, _session_slot(store, file, monitor), monitored(monitor):
        monitor.start(file.size)
        skips_look_up = assume_absent and store.fits_one_request(file.size)
        existing = None if skips_look_up else store.describe(name)
        with _content(store, file, monitor) as content:
            if existing is not None and _is_equal(existing, file, content):
                return UploadResult(existing, content.digest(), sent=False)
            attempts = _UploadAttempts(store, settings, file, name, content, monitor, before_write or _allow)
            try:
                stored = attempts.run(existing)
                file.ensure_unchanged()
            except LocalFileError:
                if existing is None:
                    attempts.discard()
                raise
            return UploadResult(stored, content.digest(), sent=True)


@contextmanager
def _content(store: ObjectStore, file: StableFile, monitor: TransferMonitor) -> Iterator[Content]:
    if store.fits_one_request(file.size):
        yield MemoryContent(file, monitor)
        return
    with StreamedContent(file, monitor) as content:
        yield content


def _is_equal(found: StoredObject, file: StableFile, content: Content) -> bool:
    """Return whether the object has the file's bytes; waits for the digest only if the sizes are equal."""
    return found.size == file.size and found.matches(content.digest())


@contextmanager
def _session_slot(store: ObjectStore, file: StableFile, monitor: TransferMonitor) -> Iterator[None]:
    """Limit concurrent resumable uploads; files of one chunk need no session."""
    if store.fits_one_request(file.size):
        yield
        return
    while not store.sessions.acquire(timeout=POLL_SECONDS):
        monitor.check()
    try:
        yield
    finally:
        store.sessions.release()


@dataclass(frozen=True, slots=True)
class _UploadAttempts:
    store: ObjectStore
    settings: Settings
    file: StableFile
    name: str
    content: Content
    monitor: TransferMonitor
    before_write: BeforeWrite
    written: list[int] = field(default_factory=list)
    """Generations of the object that this upload wrote."""

    @property
    def subject(self) -> str:
        return self.store.cloud_url(self.name)

    def run(self, existing: StoredObject | None) -> StoredObject:
        """Send until the object holds the file's bytes; raise the last error otherwise."""
        sessions_lost = 0
        for attempt in range(self.settings.gcs_max_retries + 1):
            generation = existing.generation if existing else 0
            if generation not in self.written:
                self.before_write(existing, self.content.digest)
            try:
                return self._send(generation)
            except VERIFY_AFTER as error:
                failure = error
            logger.info("%s: attempt %d: %s", self.subject, attempt + 1, failure)
            self.file.ensure_unchanged()  # a changed file explains any response of the service
            found = self._describe_after(failure)
            if found is not None and _is_equal(found, self.file, self.content):
                return found
            if isinstance(failure, ObjectNotFoundError):
                sessions_lost += 1
                if sessions_lost > 1:
                    self.store.check_access()  # a missing bucket looks like a discarded session
                    raise failure
            elif isinstance(failure, (ObjectChangedError, UploadStalledError)):
                self.before_write(found, self.content.digest)  # names the other file, if there is one
                raise failure
            existing = found
        raise failure

    def discard(self) -> None:
        """Delete the object of a file that changed meanwhile, so that its next upload has no conflict."""
        for generation in self.written:
            try:
                self.store.delete(self.name, generation=generation)
            except StorageError as error:
                logger.warning("%s could not be deleted after its file changed: %s", self.subject, error)

    def _send(self, generation: int) -> StoredObject:
        with mapped_errors(bucket=self.store.bucket_name, subject=self.subject):
            if isinstance(self.content, MemoryContent):
                stored = self._send_at_once(self.content, generation)
            else:
                stored = self._send_in_chunks(self.content, generation)
        self.written.append(stored.generation)
        if not stored.matches(self.content.digest()):
            raise UploadCorruptedError(f"the bytes of {self.subject} differ from {self.file.path.name}")
        return stored

    def _send_at_once(self, content: MemoryContent, generation: int) -> StoredObject:
        digest = content.digest()
        inserted = insert_object(
            self.store.bucket,
            {
                "name": self.name,
                "contentType": content_type_for(self.file.path.name),
                "md5Hash": digest.md5,
                "crc32c": digest.crc32c,
            },
            content.bytes,
            generation=generation,
            monitor=self.monitor,
            **self._limits(),
        )
        return StoredObject.from_resource(inserted)

    def _send_in_chunks(self, content: StreamedContent, generation: int) -> StoredObject:
        blob = self.store.bucket.blob(self.name, chunk_size=self.store.chunk_size_for(self.file.size))
        blob.content_type = content_type_for(self.file.path.name)
        blob.upload_from_file(
            content.stream,
            rewind=True,
            size=self.file.size,
            if_generation_match=generation,
            checksum="crc32c",  # sent with the last chunk, so that the service rejects corrupted bytes
            **self._limits(),
        )
        return as_stored(blob)

    def _limits(self) -> dict[str, Any]:
        policy = retry_policy(self.settings)
        return {
            "timeout": self.settings.gcs_stall_timeout_seconds,
            "retry": make_retry(policy, self.monitor.seconds_left, self.monitor),
        }

    def _describe_after(self, failure: VideoMomentsError) -> StoredObject | None:
        try:
            return self.store.describe(self.name)
        except StorageError:
            raise failure from None  # more specific than the error of the look-up
