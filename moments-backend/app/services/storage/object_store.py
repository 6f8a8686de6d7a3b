"""Requests on the objects of a bucket, in the calling thread, with mapped errors."""

import threading
from collections.abc import Iterator, Mapping, Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Self

from google.api_core.retry import Retry
from google.cloud import storage

from app.core.config import Settings
from app.core.exceptions import BucketNotFoundError, DownloadCorruptedError, ObjectNotFoundError
from app.services.storage.checksums import Digest, Digester
from app.services.storage.chunked_transport import TransferMonitor, monitored
from app.services.storage.errors import mapped_errors
from app.services.storage.gcs_client import Connection
from app.services.storage.multipart import insert_object
from app.services.storage.object_names import cloud_url, ensure_exclusive
from app.services.storage.retry import make_retry, retry_policy

MIB = 1024 * 1024
MAX_SINGLE_REQUEST_BYTES = 8 * MIB
"""The client sends longer files in a resumable session."""
CHUNKS_PER_FILE = 64
MAX_CHUNK_BYTES = 32 * MIB

PAGE_SIZE = 1000
"""Objects per response of a listing, the most that the service allows."""

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

    @classmethod
    def from_resource(cls, resource: Mapping[str, Any]) -> Self:
        """Return the object that a JSON response describes.

        Raises:
            KeyError, ValueError: the response is incomplete.
        """
        return cls(
            name=resource["name"],
            size=int(resource["size"]),
            md5=resource.get("md5Hash"),
            crc32c=resource.get("crc32c"),
            generation=int(resource["generation"]),
            content_type=resource.get("contentType"),
            content_encoding=resource.get("contentEncoding"),
        )

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


@dataclass(frozen=True, slots=True)
class Presence:
    """Names of the objects that existed when the bucket was listed.

    Attributes:
        names: the wanted objects that exist.
        listed_to: the last name of an incomplete listing.
        wanted: the names that were looked for; None for all.
    """

    names: frozenset[str] = frozenset()
    listed_to: str | None = None
    wanted: AbstractSet[str] | None = None

    def is_absent(self, name: str) -> bool:
        """Return whether the object was found not to exist; False if it exists or was not listed."""
        is_listed = self.listed_to is None or name <= self.listed_to
        return is_listed and name not in self.names and (self.wanted is None or name in self.wanted)


class ObjectStore:
    """The objects of one bucket; `sessions` limits concurrent resumable uploads."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self.bucket = connection.bucket
        self._chunk_size = settings.gcs_chunk_size_mib * MIB
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

    def fits_one_request(self, size: int) -> bool:
        """Return whether a file is sent in one request, instead of in chunks of a resumable session."""
        return size <= MAX_SINGLE_REQUEST_BYTES

    def chunk_size_for(self, size: int) -> int:
        """Return the chunk size in bytes; a chunk is kept in memory while it is sent.

        It grows with the file, since each chunk costs a round trip and is flushed to the server's disk.
        """
        wanted = -(-size // CHUNKS_PER_FILE // MIB) * MIB
        return min(max(self._chunk_size, wanted), max(self._chunk_size, MAX_CHUNK_BYTES))

    def check_access(self) -> None:
        """List one object to check the bucket and our permissions.

        Raises:
            BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
        """
        # Listing needs no permission on the bucket itself, and unlike `get_blob` it distinguishes a missing
        # bucket from a missing object.
        with self.mapped_bucket_errors():
            next(iter(self._list("", limit=1)), None)

    def describe(self, name: str) -> StoredObject | None:
        """Return the object's metadata; None if the object or the bucket does not exist."""
        with mapped_errors(bucket=self.bucket_name, subject=self.cloud_url(name)):
            blob = self.bucket.get_blob(name, timeout=CALL_TIMEOUT, retry=self.make_retry())
            return None if blob is None else as_stored(blob)

    def list(self, prefix: str) -> list[StoredObject]:
        with self.mapped_bucket_errors():
            return [as_stored(blob) for blob in self._list(prefix)]

    def list_present(self, names: AbstractSet[str]) -> Presence:
        """List which of `names` exist, `PAGE_SIZE` objects per request.

        Stops after as many requests as looking up each name would take.

        Raises:
            BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
        """
        present = set[str]()
        last = max(names)
        with self.mapped_bucket_errors():
            listing = self.bucket.list_blobs(
                start_offset=min(names),
                end_offset=f"{last}\0",
                fields="items(name),nextPageToken",
                page_size=PAGE_SIZE,
                timeout=CALL_TIMEOUT,
                retry=self.make_retry(),
            )
            for page in islice(listing.pages, len(names)):
                for blob in page:
                    last = str(blob.name)
                    present.update(names & {last})
        listed_to = last if listing.next_page_token else None
        return Presence(frozenset(present), listed_to, wanted=names)

    def read_range(self, stored: StoredObject, start: int, end: int) -> bytes:
        """Return the bytes from `start` to before `end` of this generation of an object.

        Raises:
            ObjectNotFoundError, ObjectChangedError: the object was deleted or replaced.
            DownloadCorruptedError: the response had another length.
        """
        with mapped_errors(bucket=self.bucket_name, subject=self.cloud_url(stored.name)):
            content: bytes = self.bucket.blob(stored.name).download_as_bytes(
                start=start,
                end=end - 1,
                raw_download=True,
                checksum=None,  # the service has none for a range
                timeout=CALL_TIMEOUT,
                if_generation_match=stored.generation,
                retry=self.make_retry(),
            )
        if len(content) != end - start:
            raise DownloadCorruptedError(
                f"{self.cloud_url(stored.name)}: {len(content)} of {end - start} bytes received",
                remedy="retry",
            )
        return content

    def put(self, name: str, content: bytes, *, content_type: str, generation: int) -> StoredObject:
        """Create the object, or replace this generation of it; 0 requires that it does not exist.

        Raises:
            ObjectChangedError: the object has another generation.
        """
        digester = Digester()
        digester.update(content)
        digest = digester.digest()
        resource = {"name": name, "contentType": content_type, "md5Hash": digest.md5, "crc32c": digest.crc32c}
        monitor = TransferMonitor(self._settings.gcs_upload_timeout_seconds, threading.Event())
        monitor.start(len(content))
        with mapped_errors(bucket=self.bucket_name, subject=self.cloud_url(name)), monitored(monitor):
            inserted = insert_object(
                self.bucket,
                resource,
                content,
                generation=generation,
                timeout=self._settings.gcs_stall_timeout_seconds,
                retry=self.make_retry(),
                monitor=monitor,
            )
        return StoredObject.from_resource(inserted)

    def delete(self, name: str, *, generation: int | None = None) -> bool:
        """Delete an object, only in this generation if one is given; return whether it existed."""
        try:
            with mapped_errors(bucket=self.bucket_name, subject=self.cloud_url(name)):
                self.bucket.blob(name).delete(
                    timeout=CALL_TIMEOUT, retry=self.make_retry(), if_generation_match=generation
                )
        except ObjectNotFoundError:
            return False
        return True

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object below `prefix`, which must end in a slash; return their number.

        Raises:
            StorageError: objects of another kind are below it; see `ensure_exclusive`.
        """
        if not prefix.endswith("/"):
            raise ValueError("a prefix without a trailing slash would match objects of other videos")
        ensure_exclusive(self._settings, prefix)
        return sum(self.delete(stored.name) for stored in self.list(prefix))

    def _list(self, prefix: str, limit: int | None = None) -> Any:
        return self.bucket.list_blobs(
            prefix=prefix, max_results=limit, timeout=CALL_TIMEOUT, retry=self.make_retry()
        )

    def make_retry(self) -> Retry:
        return make_retry(retry_policy(self._settings), self._settings.gcs_stall_timeout_seconds)

    @contextmanager
    def mapped_bucket_errors(self) -> Iterator[None]:
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
