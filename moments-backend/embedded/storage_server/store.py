"""Operations on buckets and objects, each in one transaction on the index. Every method blocks."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from embedded.storage_server.api_errors import (
    bucket_not_found,
    conflict,
    content_missing,
    invalid,
    object_not_found,
)
from embedded.storage_server.blobs import BLOCK_BYTES, BlobDirectory, BlobWriter
from embedded.storage_server.consistency import check_contents, open_index
from embedded.storage_server.index import Upload
from embedded.storage_server.listing import Page, Query, list_page
from embedded.storage_server.names import ensure_bucket_name, ensure_object_name
from embedded.storage_server.resources import WRITABLE_FIELDS, Bucket, Object, Preconditions, utc_now

UPLOAD_LIFETIME_SECONDS = 7 * 24 * 3600
"""Google's lifetime of a resumable upload session."""
MAX_COMPONENTS = 32


class Store:
    """Buckets and objects in one directory: `index.sqlite3` and `blobs/`.

    Args:
        durable: wait for the disk before a write is acknowledged.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.blobs = BlobDirectory(directory / "blobs", durable=durable)
        self.blobs.prepare()
        path = directory / "index.sqlite3"
        self.index = open_index(path, durable=durable)
        self.delete_old_uploads()
        check_contents(self.index, self.blobs, path)

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

    def delete_bucket(self, name: str, preconditions: Preconditions) -> None:
        with self.index.transaction():
            self.get_bucket(name).check(preconditions)
            if self.index.list_objects(name, start="", end=None, limit=1):
                raise conflict("The bucket you tried to delete is not empty.")
            self.index.delete_bucket(name)

    # Objects

    def get(self, bucket: str, name: str, generation: int | None = None) -> Object:
        """Return a live object.

        Raises:
            ApiError: 404 for a missing bucket, object or generation.
        """
        return self._existing(self.index.read_object(bucket, name), bucket, name, generation)

    def list(self, bucket: str, query: Query) -> Page:
        self.get_bucket(bucket)
        return list_page(self.index, bucket, query)

    def check_insert(
        self, bucket: str, name: str, preconditions: Preconditions, size: int | None = None
    ) -> None:
        """Check name, preconditions and free space before content is received; `insert` checks again.

        Raises:
            ApiError: 400, 404, 412.
            DiskFullError: `size` more bytes do not fit.
        """
        ensure_object_name(name)
        self.get_bucket(bucket)
        preconditions.check(self.index.read_object(bucket, name))
        if size:
            self.blobs.ensure_space(size)

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
        self._replace(new, preconditions, upload=upload, url=url)
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
            current = self._current(bucket, name, generation)
            preconditions.check(current)
            changed = current.patched(changes, replace_all=replace_all)
            self.index.put_object(changed)
        return changed

    def delete(
        self, bucket: str, name: str, preconditions: Preconditions, *, generation: int | None = None
    ) -> None:
        with self.index.transaction():
            current = self._current(bucket, name, generation)
            preconditions.check(current)
            self.index.delete_object(bucket, name)
        self.blobs.delete(current.blob)

    def compose(
        self,
        sources: Sequence[tuple[str, int | None, Preconditions]],
        bucket: str,
        name: str,
        resource: Mapping[str, Any],
        preconditions: Preconditions,
    ) -> Object:
        """Write the contents of up to `MAX_COMPONENTS` objects of a bucket as a new object.

        Args:
            sources: name, generation and preconditions of each.
        """
        self.check_insert(bucket, name, preconditions)
        blob = self.blobs.new_name()
        with ExitStack() as cleanup:
            found = [self._open(bucket, *source, cleanup) for source in sources]
            components = sum(source.components or 1 for source, _ in found)
            self.blobs.ensure_space(sum(source.size for source, _ in found))
            try:
                with BlobWriter(self.blobs, blob) as writer:
                    for _, descriptor in found:
                        while block := os.read(descriptor, BLOCK_BYTES):
                            writer.append([block])
                    return self.insert(bucket, name, writer, resource, preconditions, components=components)
            except BaseException:
                self.blobs.delete(blob)
                raise

    def copy(
        self,
        source: Object,
        bucket: str,
        name: str,
        resource: Mapping[str, Any],
        preconditions: Preconditions,
    ) -> Object:
        """Make a copy of an object that shares its content on the disk, or has one of its own if necessary.

        Args:
            resource: the metadata of the copy; that of the source if empty.
        """
        self.check_insert(bucket, name, preconditions)
        blob = self.blobs.new_name()
        now = utc_now()
        new = replace(
            source,
            bucket=bucket,
            name=name,
            generation=self.index.new_generation(),
            metageneration=1,
            blob=blob,
            created=now,
            updated=now,
            fields={key: value for key, value in (resource or source.fields).items() if value is not None},
        )
        try:
            if not self.blobs.link(source.blob, blob):
                self._copy_content(source, blob)
            self._replace(new, preconditions)
        except FileNotFoundError:
            raise content_missing(source.bucket, source.name) from None
        except BaseException:
            self.blobs.delete(blob)
            raise
        return new

    def delete_old_uploads(self) -> None:
        """Delete the sessions of uploads that did not finish in time."""
        for blob in self.index.delete_uploads_before(time.time() - UPLOAD_LIFETIME_SECONDS):
            self.blobs.delete(blob)

    def _replace(
        self, new: Object, preconditions: Preconditions, *, upload: Upload | None = None, url: str = ""
    ) -> None:
        """Commit an object whose content is on the disk, and delete the content that it replaces."""
        with self.index.transaction():
            self.get_bucket(new.bucket)
            current = self.index.get_object(new.bucket, new.name)
            preconditions.check(current)
            self.index.put_object(new)
            if upload is not None:
                self.index.finish_upload(upload.id, new.as_json(url))
        if current is not None:
            self.blobs.delete(current.blob)

    def _current(self, bucket: str, name: str, generation: int | None) -> Object:
        """Return a live object as the open transaction sees it."""
        return self._existing(self.index.get_object(bucket, name), bucket, name, generation)

    def _existing(self, found: Object | None, bucket: str, name: str, generation: int | None) -> Object:
        if found is None or generation not in {None, found.generation}:
            self.get_bucket(bucket)
            raise object_not_found(bucket, name)
        return found

    def _open(
        self, bucket: str, name: str, generation: int | None, preconditions: Preconditions, cleanup: ExitStack
    ) -> tuple[Object, int]:
        """Open the content of an object, which therefore stays readable after a replacement."""
        with self.index.transaction():
            found = self._current(bucket, name, generation)
            preconditions.check(found)
            try:
                descriptor = os.open(self.blobs.path(found.blob), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                raise content_missing(bucket, name) from None
        cleanup.callback(os.close, descriptor)
        return found, descriptor

    def _copy_content(self, source: Object, blob: str) -> None:
        self.blobs.ensure_space(source.size)
        with self.blobs.path(source.blob).open("rb") as file, BlobWriter(self.blobs, blob) as writer:
            while block := file.read(BLOCK_BYTES):
                writer.append([block])
            writer.sync()
