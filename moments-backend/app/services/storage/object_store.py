"""Requests on the objects of a bucket, in the calling thread, with mapped errors."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

from google.api_core.retry import Retry
from google.cloud import storage

from app.core.config import Settings
from app.core.exceptions import BucketNotFoundError, ObjectNotFoundError
from app.services.storage.checksums import Digest
from app.services.storage.errors import mapped_errors
from app.services.storage.gcs_client import Connection
from app.services.storage.object_names import cloud_url
from app.services.storage.retry import make_retry, retry_policy

CALL_TIMEOUT = (10.0, 30.0)
"""Connect and read timeout in seconds of requests that carry no file."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Metadata of an object; `md5` is None for composite objects."""

    name: str
    size: int
    md5: str | None
    crc32c: str | None
    generation: int
    content_type: str | None
    content_encoding: str | None = None

    def matches(self, digest: Digest) -> bool:
        """Compare the size, then the MD5 or, if there is none, the CRC32C."""
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
    """The objects of one bucket; `sessions` limits concurrent resumable uploads."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self.bucket = connection.bucket
        self.chunk_size = settings.gcs_chunk_size_mib * 1024 * 1024
        self.sessions = threading.BoundedSemaphore(settings.gcs_resumable_uploads)
        self.bucket_name: str = connection.bucket.name
        self._connection = connection
        self._settings = settings

    def for_bucket(self, name: str) -> Self:
        """Return a store for another bucket with the same credentials."""
        if name == self.bucket_name:
            return self
        bucket = self.bucket.client.bucket(name)
        return type(self)(replace(self._connection, bucket=bucket), self._settings)

    def cloud_url(self, name: str) -> str:
        return cloud_url(self.bucket_name, name)

    def check_access(self) -> None:
        """List one object to check the bucket and our permissions.

        Raises:
            BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
        """
        # Listing needs no permission on the bucket itself, and unlike `get_blob` it distinguishes a missing
        # bucket from a missing object.
        with self._mapped_bucket_errors():
            next(iter(self._list("", limit=1)), None)

    def describe(self, name: str) -> StoredObject | None:
        """Return the object's metadata; None if the object or the bucket does not exist."""
        with mapped_errors(bucket=self.bucket_name, subject=self.cloud_url(name)):
            blob = self.bucket.get_blob(name, timeout=CALL_TIMEOUT, retry=self._retry())
            return None if blob is None else as_stored(blob)

    def list(self, prefix: str) -> list[StoredObject]:
        with self._mapped_bucket_errors():
            return [as_stored(blob) for blob in self._list(prefix)]

    def delete(self, name: str) -> bool:
        try:
            with mapped_errors(bucket=self.bucket_name, subject=self.cloud_url(name)):
                self.bucket.blob(name).delete(timeout=CALL_TIMEOUT, retry=self._retry())
        except ObjectNotFoundError:
            return False
        return True

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object below `prefix`, which must end in a slash; return their number."""
        if not prefix.endswith("/"):
            raise ValueError("a prefix without a trailing slash would match objects of other videos")
        return sum(self.delete(stored.name) for stored in self.list(prefix))

    def _list(self, prefix: str, limit: int | None = None) -> Any:
        return self.bucket.list_blobs(
            prefix=prefix, max_results=limit, timeout=CALL_TIMEOUT, retry=self._retry()
        )

    def _retry(self) -> Retry:
        return make_retry(retry_policy(self._settings), self._settings.gcs_stall_timeout_seconds)

    @contextmanager
    def _mapped_bucket_errors(self) -> Iterator[None]:
        """Map errors of requests on the bucket, for which "not found" means the bucket."""
        try:
            with mapped_errors(bucket=self.bucket_name, subject=f"bucket {self.bucket_name}"):
                yield
        except ObjectNotFoundError as error:
            raise BucketNotFoundError(
                f"bucket {self.bucket_name} does not exist",
                remedy="set GCS_BUCKET_NAME, or create it: "
                f"gcloud storage buckets create gs://{self.bucket_name}",
            ) from error
