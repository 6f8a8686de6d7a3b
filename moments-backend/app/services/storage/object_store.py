"""The requests on objects, in the calling thread; every error translated."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

from google.api_core.retry import Retry
from google.cloud import storage

from app.core.config import Settings
from app.core.exceptions import ObjectNotFoundError
from app.services.storage.checksums import Digest
from app.services.storage.errors import bucket_missing, mapped_errors
from app.services.storage.gcs_client import Connection
from app.services.storage.retry import make_retry

CALL_TIMEOUT = (10.0, 30.0)
"""Seconds to connect, and to wait for an answer, of a request that carries no file."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as the bucket describes it; `md5` is None for composite objects."""

    name: str
    size: int
    md5: str | None
    crc32c: str | None
    generation: int
    content_type: str | None
    content_encoding: str | None = None

    def matches(self, digest: Digest) -> bool:
        """Whether its bytes are those of `digest`: size, then MD5, else CRC32C."""
        if self.size != digest.size:
            return False
        if self.md5 is not None:
            return self.md5 == digest.md5
        return self.crc32c is not None and self.crc32c == digest.crc32c


def as_stored(blob: storage.Blob) -> StoredObject:
    return StoredObject(
        name=str(blob.name),
        size=int(blob.size),
        md5=blob.md5_hash,
        crc32c=blob.crc32c,
        generation=int(blob.generation),
        content_type=blob.content_type,
        content_encoding=blob.content_encoding,
    )


class ObjectStore:
    """The objects of one bucket.

    Files of more than one chunk are sent in resumable sessions; `sessions` counts those under way.
    """

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self.bucket = connection.bucket
        self.chunk_size = settings.gcs_chunk_size_mib * 1024 * 1024
        self.sessions = threading.BoundedSemaphore(settings.gcs_resumable_uploads)
        self.bucket_name: str = connection.bucket.name
        self._connection = connection
        self._settings = settings

    def for_bucket(self, name: str) -> Self:
        """The objects of another bucket, seen with the same credentials."""
        if name == self.bucket_name:
            return self
        bucket = self.bucket.client.bucket(name)
        return type(self)(replace(self._connection, bucket=bucket), self._settings)

    def cloud_url(self, name: str) -> str:
        return f"gs://{self.bucket_name}/{name}"

    def check_access(self) -> None:
        """Raises:
        BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
        """
        # Listing one object needs no permission on the bucket itself, and tells a missing bucket (404) from
        # a missing object, which `get_blob` does not.
        with self._about_bucket():
            next(iter(self._list("", limit=1)), None)

    def describe(self, name: str) -> StoredObject | None:
        """The object, or None when there is none of that name (or no such bucket)."""
        with mapped_errors(bucket=self.bucket_name, subject=self.cloud_url(name)):
            blob = self.bucket.get_blob(name, timeout=CALL_TIMEOUT, retry=self._retry())
            return None if blob is None else as_stored(blob)

    def list(self, prefix: str) -> list[StoredObject]:
        """Every object whose name begins with `prefix`."""
        with self._about_bucket():
            return [as_stored(blob) for blob in self._list(prefix)]

    def delete(self, name: str) -> bool:
        """Whether there was such an object."""
        try:
            with mapped_errors(bucket=self.bucket_name, subject=self.cloud_url(name)):
                self.bucket.blob(name).delete(timeout=CALL_TIMEOUT, retry=self._retry())
        except ObjectNotFoundError:
            return False
        return True

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object below `prefix`, which must end in a slash; how many there were."""
        if not prefix.endswith("/"):
            raise ValueError("a prefix without its slash would match other videos' objects too")
        return sum(self.delete(stored.name) for stored in self.list(prefix))

    def _list(self, prefix: str, limit: int | None = None) -> Any:
        return self.bucket.list_blobs(
            prefix=prefix, max_results=limit, timeout=CALL_TIMEOUT, retry=self._retry()
        )

    def _retry(self) -> Retry:
        return make_retry(
            self._settings.gcs_max_retries,
            self._settings.gcs_retry_base_delay,
            self._settings.gcs_stall_timeout_seconds,
        )

    @contextmanager
    def _about_bucket(self) -> Iterator[None]:
        """For requests on the bucket itself, where "not found" means the bucket."""
        try:
            with mapped_errors(bucket=self.bucket_name, subject=f"bucket {self.bucket_name}"):
                yield
        except ObjectNotFoundError as error:
            raise bucket_missing(self.bucket_name) from error
