"""Operations on buckets and objects, each in one transaction on the index. Every method blocks."""

import logging
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.storage_server.api_errors import (
    bucket_not_found,
    conflict,
    invalid,
    object_not_found,
)
from embedded.storage_server.blobs import BLOCK_BYTES, BlobDirectory, BlobWriter
from embedded.storage_server.index import Index, Upload
from embedded.storage_server.names import ensure_bucket_name, ensure_object_name
from embedded.storage_server.resources import WRITABLE_FIELDS, Bucket, Object, Preconditions, utc_now

logger = logging.getLogger(__name__)

UPLOAD_LIFETIME_SECONDS = 7 * 24 * 3600
"""Google's lifetime of a resumable upload session."""
MAX_COMPONENTS = 32
MAX_PAGE = 1000
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing; `next_token` is None on the last page."""

    objects: Sequence[Object]
    prefixes: Sequence[str]
    next_token: str | None


class Store:
    """Buckets and objects in one directory: `index.sqlite3` and `blobs/`.

    Args:
        durable: wait for the disk before a write is acknowledged.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.blobs = BlobDirectory(directory / "blobs", durable=durable)
        self.blobs.prepare()
        self._path = directory / "index.sqlite3"
        self._durable = durable
        self.index = self._open_index()
        self._collect_garbage()

    def close(self) -> None:
        self.index.close()

    # Buckets

    def create_bucket(self, name: str) -> Bucket:
        """Create a bucket.

        Raises:
            ApiError: 400 for an invalid name, 409 if it exists.
        """
        ensure_bucket_name(name)
        bucket = Bucket(name, utc_now())
        if not self.index.insert_bucket(bucket):
            raise conflict(
                "Your previous request to create the named bucket succeeded and you already own it."
            )
        return bucket

    def get_bucket(self, name: str) -> Bucket:
        bucket = self.index.get_bucket(name)
        if bucket is None:
            raise bucket_not_found()
        return bucket

    def delete_bucket(self, name: str) -> None:
        with self.index.transaction():
            self.get_bucket(name)
            if self.index.list_objects(name, start="", end=None, limit=1):
                raise conflict("The bucket you tried to delete is not empty.")
            self.index.delete_bucket(name)

    # Objects

    def get(self, bucket: str, name: str, generation: int | None = None) -> Object:
        """Return a live object.

        Raises:
            ApiError: 404 for a missing bucket, object or generation.
        """
        found = self.index.get_object(bucket, name)
        if found is None or generation not in {None, found.generation}:
            self.get_bucket(bucket)
            raise object_not_found(bucket, name)
        return found

    def list(
        self,
        bucket: str,
        *,
        prefix: str = "",
        delimiter: str = "",
        start: str = "",
        end: str = "",
        after: str = "",
        limit: int = MAX_PAGE,
    ) -> Page:
        """Return a page of objects in name order; names that share a part up to `delimiter` become prefixes.

        Args:
            start, end: `startOffset` (inclusive) and `endOffset` (exclusive).
            after: the page token, the last name or prefix of the previous page.
        """
        self.get_bucket(bucket)
        lower = max(prefix, start, _after(after, delimiter))
        upper = min((bound for bound in (_prefix_end(prefix), end) if bound), default=None)
        objects: list[Object] = []
        prefixes: list[str] = []
        last = ""
        while True:
            batch = self.index.list_objects(bucket, start=lower, end=upper, limit=limit + 1)
            for found in batch:
                if found.name < lower:
                    continue  # below a prefix already listed
                if len(objects) + len(prefixes) == limit:
                    return Page(objects, prefixes, last)
                cut = found.name.find(delimiter, len(prefix)) if delimiter else -1
                if cut < 0:
                    objects.append(found)
                    last = found.name
                    lower = found.name + "\0"
                else:
                    last = found.name[: cut + len(delimiter)]
                    prefixes.append(last)
                    lower = last + _LAST_CHARACTER
            if len(batch) <= limit:
                return Page(objects, prefixes, None)

    def check_insert(self, bucket: str, name: str, preconditions: Preconditions) -> None:
        """Check name and preconditions before content is received; `insert` checks them again."""
        ensure_object_name(name)
        self.get_bucket(bucket)
        preconditions.check(self.index.get_object(bucket, name))

    def insert(
        self,
        bucket: str,
        name: str,
        content: BlobWriter,
        resource: Mapping[str, Any],
        preconditions: Preconditions,
        *,
        upload: Upload | None = None,
        url: str = "",
        components: int = 0,
    ) -> Object:
        """Make written content an object, replacing the current one.

        Args:
            resource: the client's object resource; `md5Hash` and `crc32c` must match the content.
            upload: the session that ends with this; `url` is for the links in its result.

        Raises:
            ApiError: 400 for a wrong checksum, 404, 412.
        """
        for field, actual in (("md5Hash", content.md5), ("crc32c", content.crc32c)):
            if resource.get(field) not in {None, actual}:
                raise invalid(
                    f'Provided {field} "{resource[field]}" doesn\'t match calculated {field} "{actual}".'
                )
        content.sync()
        now = utc_now()
        new = Object(
            bucket,
            name,
            self.index.new_generation(),
            1,
            content.size,
            None if components else content.md5,
            content.crc32c,
            content.name,
            now,
            now,
            components,
            {key: value for key, value in resource.items() if key in WRITABLE_FIELDS and value is not None},
        )
        with self.index.transaction():
            self.get_bucket(bucket)
            current = self.index.get_object(bucket, name)
            preconditions.check(current)
            self.index.put_object(new)
            if upload is not None:
                self.index.finish_upload(upload.id, new.as_json(url))
        if current is not None:
            self.blobs.delete(current.blob)
        return new

    def update(
        self,
        bucket: str,
        name: str,
        changes: Mapping[str, Any],
        preconditions: Preconditions,
        *,
        generation: int | None = None,
        replace_all: bool = False,
    ) -> Object:
        """Change the metadata of an object."""
        with self.index.transaction():
            current = self.get(bucket, name, generation)
            preconditions.check(current)
            changed = current.patched(changes, replace_all=replace_all)
            self.index.put_object(changed)
        return changed

    def delete(
        self, bucket: str, name: str, preconditions: Preconditions, *, generation: int | None = None
    ) -> None:
        with self.index.transaction():
            current = self.get(bucket, name, generation)
            preconditions.check(current)
            self.index.delete_object(bucket, name)
        self.blobs.delete(current.blob)

    def concatenate(
        self,
        sources: Sequence[Object],
        bucket: str,
        name: str,
        resource: Mapping[str, Any],
        preconditions: Preconditions,
        *,
        is_composite: bool,
    ) -> Object:
        """Write the contents of `sources` as a new object, for copy, rewrite and compose."""
        self.check_insert(bucket, name, preconditions)
        blob = self.blobs.new_name()
        components = (
            sum(source.components or 1 for source in sources) if is_composite else sources[0].components
        )
        try:
            with BlobWriter(self.blobs, blob) as writer:
                for source in sources:
                    with self.blobs.path(source.blob).open("rb") as file:
                        while block := file.read(BLOCK_BYTES):
                            writer.append(block)
                return self.insert(bucket, name, writer, resource, preconditions, components=components)
        except BaseException:
            self.blobs.delete(blob)
            raise

    # Consistency

    def _open_index(self) -> Index:
        try:
            index = Index(self._path, durable=self._durable)
            if index.check():
                return index
            index.close()
        except sqlite3.DatabaseError as error:
            logger.warning("index %s is damaged: %s", self._path, error)
        return self._rebuild_index()

    def _rebuild_index(self) -> Index:
        """Copy the readable rows of a damaged index into a new one; the old file is kept beside it."""
        damaged = self._path.with_name(f"index.damaged-{time.time_ns()}.sqlite3")
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._path.rename(damaged)
        index = Index(self._path, durable=self._durable)
        copied = index.copy_from(damaged)
        logger.error(
            "index was damaged: %d objects recovered; the damaged file is kept as %s", copied, damaged.name
        )
        return index

    def _collect_garbage(self) -> None:
        """Report missing blobs and delete those without a row, which interrupted requests leave behind.

        After a damaged index, blobs without a row may be lost objects, so none is deleted.
        """
        self.index.delete_uploads_before(time.time() - UPLOAD_LIFETIME_SECONDS)
        objects, uploads, files = (
            self.index.object_blobs(),
            self.index.upload_blobs(),
            set(self.blobs.names()),
        )
        for blob in objects.keys() - files:
            logger.error("the content of object %s is missing", objects[blob])
        if any(self._path.parent.glob("index.damaged-*")):
            return
        for blob in files - objects.keys() - uploads:
            self.blobs.delete(blob)


def _after(token: str, delimiter: str) -> str:
    """Return the first possible name after a page token."""
    if not token:
        return ""
    return token + (_LAST_CHARACTER if delimiter and token.endswith(delimiter) else "\0")


def _prefix_end(prefix: str) -> str:
    """Return an upper bound for names with this prefix."""
    return prefix + _LAST_CHARACTER if prefix else ""
