"""Fetches one object so that the file holds what the bucket holds, or is not there at all."""

import base64
import contextlib
import hashlib
import logging
import os
import random
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import google_crc32c
from google.cloud import storage

from app.core.config import Settings
from app.core.exceptions import DownloadCorruptedError, ObjectChangedError, ObjectNotFoundError
from app.core.files.atomic import mapped_write_errors
from app.core.files.disk_space import ensure_free_space, fsync_path
from app.services.storage.chunked_transport import TransferMonitor, monitored
from app.services.storage.errors import map_error
from app.services.storage.object_store import CALL_TIMEOUT, ObjectStore, StoredObject
from app.services.storage.retry import MAX_DELAY_SECONDS, RetryBudget

logger = logging.getLogger(__name__)

BLOCK_SIZE = 1024 * 1024
LOOK_EVERY_BYTES = 64 * 1024 * 1024
"""How often free space is looked at, and what was written sent to the disk."""


def fetch_object(
    store: ObjectStore,
    settings: Settings,
    name: str,
    path: Path,
    watch: TransferMonitor,
    generation: int | None = None,
) -> StoredObject:
    """Make the file `path` hold the object `name`. Blocks; for a worker thread.

    After a cut it goes on where it was, in the same generation of the object, as often as the settings allow
    without anything new in between. The file gets its name when its checksum is the object's.

    Args:
        generation: the one that is wanted; else the one that stands.

    Raises:
        ObjectNotFoundError, ObjectChangedError, DownloadCorruptedError and other StorageErrors.
        DiskFullError, LocalFileError.
        CancelledByUserError: the watch was told to stop.
    """
    subject = store.cloud_url(name)
    with monitored(watch):
        stored = store.describe(name)
        if stored is None:
            raise ObjectNotFoundError(f"{subject} does not exist")
        if generation not in {None, stored.generation}:
            raise ObjectChangedError(f"another writer changed {subject}", remedy="run again")
        watch.begin(stored.size)
        with _Sink(path, stored, watch) as sink:
            _receive(store, settings, sink, watch)
            if not sink.holds_all():
                raise DownloadCorruptedError(f"what arrived is not what {subject} holds", remedy="try again")
            sink.name()
    return stored


def _receive(store: ObjectStore, settings: Settings, sink: "_Sink", watch: TransferMonitor) -> None:
    # Not the one that was described: that would be fetched from wherever its `mediaLink` points to.
    blob = store.bucket.blob(sink.stored.name)
    may_repeat = RetryBudget(settings.gcs_max_retries, watch)
    failures = 0
    while sink.received < sink.stored.size:
        before = sink.received
        try:
            _request(settings, blob, sink)
            if sink.received < sink.stored.size:
                raise ConnectionError(f"the answer ended after {sink.received} of {sink.stored.size} bytes")
        except Exception as error:
            watch.check()  # a connection that was ended for this reason breaks in one way or another
            sink.flush()
            if not may_repeat(error):
                subject = store.cloud_url(sink.stored.name)
                raise map_error(error, bucket=store.bucket_name, subject=subject) from error
            logger.info("%s: going on at byte %d: %s", sink.stored.name, sink.received, error)
            failures = 1 if sink.received > before else failures + 1
            delay = settings.gcs_retry_base_delay * 2 ** (failures - 1) * random.uniform(0.5, 1)  # noqa: S311 - jitter
            watch.sleep(min(delay, MAX_DELAY_SECONDS))
    sink.flush()


def _request(settings: Settings, blob: storage.Blob, sink: "_Sink") -> None:
    blob.download_to_file(
        sink,
        start=sink.received or None,
        raw_download=True,
        checksum=None,  # of a part there is none; the whole is compared at the end
        timeout=(CALL_TIMEOUT[0], settings.gcs_stall_timeout_seconds),
        if_generation_match=sink.stored.generation,
        retry=None,
    )


class _Sink:
    """The file that grows, with its checksum."""

    def __init__(self, path: Path, stored: StoredObject, watch: TransferMonitor) -> None:
        self.stored = stored
        self.received = 0
        self._path = path
        self._part = path.with_name(f".{uuid.uuid4().hex}.part")
        self._watch = watch
        self._buffer = bytearray()
        self._looked_at = 0
        self._hash: Any = hashlib.md5(usedforsecurity=False) if stored.md5 else google_crc32c.Checksum()
        self._file: BinaryIO

    def __enter__(self) -> Self:
        with mapped_write_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            ensure_free_space(self._path.parent, self.stored.size)
            self._file = self._part.open("xb", buffering=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        with contextlib.suppress(OSError):  # named, or the folder is gone with everything in it
            self._part.unlink()

    def write(self, block: bytes) -> int:
        """Called by the client."""
        self._watch.check()
        self._buffer += block
        self.received += len(block)
        if len(self._buffer) >= BLOCK_SIZE:
            self.flush()
        return len(block)

    def flush(self) -> None:
        with mapped_write_errors(self._path):
            block = bytes(self._buffer)
            self._buffer.clear()
            self._hash.update(block)
            rest = memoryview(block)
            while rest:
                rest = rest[self._file.write(rest) :]
            if self.received - self._looked_at >= LOOK_EVERY_BYTES:
                self._looked_at = self.received
                os.fsync(self._file.fileno())
                ensure_free_space(self._path.parent, self.stored.size - self.received)
        self._watch.advance(self.received)

    def holds_all(self) -> bool:
        found = base64.b64encode(self._hash.digest()).decode("ascii")
        return self.received == self.stored.size and found == (self.stored.md5 or self.stored.crc32c)

    def name(self) -> None:
        self._watch.check()  # from here on it is short
        with mapped_write_errors(self._path):
            os.fsync(self._file.fileno())
            self._part.replace(self._path)
            fsync_path(self._path.parent)
