"""Sends one file so that what the bucket holds afterwards is what the disk held, or says why not.

The order of things, and what each is there for:

1. Hash the file, then ask for the object. Same bytes: nothing is sent.
2. Send it under the generation that was seen (0: there was none), so that nobody else's upload is ever
   overwritten unseen, and with its MD5, so that the service refuses bytes that changed on the way.
3. Whatever failed, look again before believing it. An answer can get lost after the service has committed;
   the repetition then meets its own object and is refused (412), though all is well.
4. Compare the object with the hash, and the file with what it was when it was opened.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import (
    ObjectChangedError,
    ObjectNotFoundError,
    StorageError,
    StorageUnavailableError,
    UploadCorruptedError,
    UploadStalledError,
    VideoMomentsError,
)
from app.media.formats import content_type_for
from app.services.storage.checksums import Digest, StableFile
from app.services.storage.chunked_transport import TransferMonitor, monitored
from app.services.storage.errors import mapped_errors
from app.services.storage.object_store import ObjectStore, StoredObject, as_stored
from app.services.storage.retry import make_retry

logger = logging.getLogger(__name__)

WAIT_SECONDS = 0.2
"""How often a file that waits for its turn looks whether it is to stop."""

VERIFY_AFTER = (
    ObjectChangedError,
    ObjectNotFoundError,
    StorageUnavailableError,
    UploadCorruptedError,
    UploadStalledError,
)
"""Failures after which the object may stand all the same."""


@dataclass(frozen=True, slots=True)
class UploadResult:
    """The object that stands, and whether bytes had to be sent for it."""

    object: StoredObject
    sent: bool


def upload_file(
    store: ObjectStore, settings: Settings, path: Path, name: str, watch: TransferMonitor
) -> UploadResult:
    """Make the object `name` hold the bytes of the file at `path`. Blocks; for a worker thread.

    Safe to repeat, and to run twice at once: the second finds the object of the first.

    Raises:
        LocalFileError, EmptyFileError: the file vanished, changed, cannot be read, or is empty.
        StorageError: the service; see `app.services.storage.errors`.
        CancelledByUserError: the watch was told to stop.
    """
    with StableFile(path) as file, _turn(store, file, watch), monitored(watch):
        watch.begin(file.size)
        digest = file.digest(watch.check)
        standing = store.describe(name)
        if standing is not None and standing.matches(digest):
            return UploadResult(standing, sent=False)
        sent = _UploadAttempts(store, settings, file, name, digest, watch).settle(standing)
        file.ensure_unchanged()
        return UploadResult(sent, sent=True)


@contextmanager
def _turn(store: ObjectStore, file: StableFile, watch: TransferMonitor) -> Iterator[None]:
    """Files of several chunks go only so many at once."""
    if file.size <= store.chunk_size:
        yield
        return
    while not store.sessions.acquire(timeout=WAIT_SECONDS):
        watch.check()
    try:
        yield
    finally:
        store.sessions.release()


class _UploadAttempts:
    """The attempts to send one file."""

    def __init__(
        self,
        store: ObjectStore,
        settings: Settings,
        file: StableFile,
        name: str,
        digest: Digest,
        watch: TransferMonitor,
    ) -> None:
        self._store = store
        self._settings = settings
        self._file = file
        self._name = name
        self._digest = digest
        self._watch = watch
        self._subject = store.cloud_url(name)

    def settle(self, standing: StoredObject | None) -> StoredObject:
        """Send until the object holds our bytes, or there is a cause why it does not."""
        sessions_lost = 0
        for attempt in range(self._settings.gcs_max_retries + 1):
            generation = standing.generation if standing else 0
            try:
                return self._send(generation)
            except VERIFY_AFTER as error:
                failure = error
            logger.info("%s: attempt %d: %s", self._subject, attempt + 1, failure)
            self._file.ensure_unchanged()  # explains whatever the service made of it
            found = self._look(failure)
            if found is not None and found.matches(self._digest):
                return found
            if isinstance(failure, ObjectNotFoundError):
                sessions_lost += 1
                if sessions_lost > 1:
                    self._store.check_access()  # a missing bucket answers like a forgotten session
                    raise failure
            elif isinstance(failure, (ObjectChangedError, UploadStalledError)):
                raise failure
            standing = found
        raise failure

    def _send(self, generation: int) -> StoredObject:
        blob = self._store.bucket.blob(self._name, chunk_size=self._store.chunk_size)
        blob.content_type = content_type_for(self._file.path.name)
        blob.md5_hash = self._digest.md5
        with mapped_errors(bucket=self._store.bucket_name, subject=self._subject):
            blob.upload_from_file(
                self._file.stream,
                rewind=True,
                size=self._file.size,
                if_generation_match=generation,
                timeout=self._settings.gcs_stall_timeout_seconds,
                retry=make_retry(
                    self._settings.gcs_max_retries,
                    self._settings.gcs_retry_base_delay,
                    self._watch.seconds_left,
                    self._watch,
                ),
            )
            stored = as_stored(blob)
        if not stored.matches(self._digest):
            raise UploadCorruptedError(f"{self._subject} holds other bytes than {self._file.path.name}")
        return stored

    def _look(self, failure: VideoMomentsError) -> StoredObject | None:
        try:
            return self._store.describe(self._name)
        except StorageError:
            raise failure from None  # the first cause says more than "still away"
