"""Downloads one object into a file that appears only when it is complete and verified."""

import base64
import hashlib
import logging
from pathlib import Path
from typing import Any

import google_crc32c

from app.core.config import Settings
from app.core.exceptions import DownloadCorruptedError, ObjectChangedError, ObjectNotFoundError
from app.core.files.partial import PartialFile
from app.services.storage.chunked_transport import TransferMonitor, monitored
from app.services.storage.errors import mapped_errors
from app.services.storage.object_store import CALL_TIMEOUT, ObjectStore, StoredObject
from app.services.storage.retry import is_retryable_transfer, progress_counter, retry_policy

logger = logging.getLogger(__name__)


def fetch_object(
    store: ObjectStore,
    settings: Settings,
    name: str,
    path: Path,
    monitor: TransferMonitor,
    generation: int | None = None,
) -> StoredObject:
    """Download the object `name` to `path`; blocks, for a worker thread.

    After a lost connection the download resumes in the same generation of the object.

    Args:
        generation: the required generation; None for the current one.

    Raises:
        ObjectNotFoundError, ObjectChangedError, DownloadCorruptedError and other StorageErrors.
        DiskFullError, LocalFileError.
        CancelledByUserError: the monitor was cancelled.
    """
    subject = store.cloud_url(name)
    with monitored(monitor):
        stored = store.describe(name)
        if stored is None:
            raise ObjectNotFoundError(f"{subject} does not exist")
        if generation not in {None, stored.generation}:
            raise ObjectChangedError(f"another writer changed {subject}", remedy="run again")
        monitor.start(stored.size)
        with (
            _VerifiedFile(path, stored, monitor) as file,
            mapped_errors(bucket=store.bucket_name, subject=subject),
        ):
            _receive(store, settings, file, monitor)
            if not file.is_verified():
                raise DownloadCorruptedError(
                    f"the downloaded bytes do not match the checksum of {subject}", remedy="retry"
                )
            monitor.check()  # last chance to cancel; renaming is short
            file.finish()
    return stored


def _receive(store: ObjectStore, settings: Settings, file: "_VerifiedFile", monitor: TransferMonitor) -> None:
    # A new blob: one returned by the service would be fetched from its `mediaLink`, possibly on another host.
    blob = store.bucket.blob(file.stored.name)

    def request() -> None:
        if file.size >= file.stored.size:
            return
        try:
            blob.download_to_file(
                file,
                start=file.size or None,
                raw_download=True,
                checksum=None,  # the service has none for a range; the whole file is verified at the end
                timeout=(CALL_TIMEOUT[0], settings.gcs_stall_timeout_seconds),
                if_generation_match=file.stored.generation,
                retry=None,
            )
            if file.size < file.stored.size:
                raise ConnectionError(f"the response ended after {file.size} of {file.stored.size} bytes")
        except Exception:
            monitor.check()  # a cancelled connection fails with an arbitrary error
            file.flush()
            raise

    policy = retry_policy(settings)
    policy.retrying(
        is_retryable_transfer,
        counter=progress_counter(monitor),
        on_retry=lambda error, _: logger.info(
            "%s: resuming at byte %d: %s", file.stored.name, file.size, error
        ),
        sleep=monitor.sleep,
    )(request)
    file.flush()


class _VerifiedFile(PartialFile):
    """A partial file that hashes and reports the bytes it writes."""

    def __init__(self, path: Path, stored: StoredObject, monitor: TransferMonitor) -> None:
        super().__init__(path, expected_size=stored.size)
        self.stored = stored
        self._monitor = monitor
        self._hash: Any = hashlib.md5(usedforsecurity=False) if stored.md5 else google_crc32c.Checksum()

    def write(self, block: bytes) -> None:
        self._monitor.check()
        super().write(block)

    def is_verified(self) -> bool:
        found = base64.b64encode(self._hash.digest()).decode("ascii")
        return self.size == self.stored.size and found == (self.stored.md5 or self.stored.crc32c)

    def _write_all(self, block: bytearray) -> None:
        self._hash.update(bytes(block))
        super()._write_all(block)
        self._monitor.advance(self.size)
