"""One-time import of the objects that fake-gcs-server kept, which earlier versions used.

It stored an object as the file `{bucket}/{object name}`, with its metadata as JSON in the extended attribute
`user.metadata`, or in a `.metadata` file where the file system has no extended attributes.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.storage_server.api_errors import ApiError
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.names import ensure_object_name
from embedded.storage_server.resources import Bucket, Object, utc_now
from embedded.storage_server.store import Store

BATCH_FILES = 500

_ATTRIBUTE = "user.metadata"
_METADATA_SUFFIX = ".metadata"
_BUCKET_SUFFIX = ".bucketMetadata"
_FIELDS = {
    "ContentType": "contentType",
    "ContentEncoding": "contentEncoding",
    "ContentDisposition": "contentDisposition",
    "ContentLanguage": "contentLanguage",
    "CacheControl": "cacheControl",
    "Metadata": "metadata",
}


@dataclass(frozen=True, slots=True)
class LegacyFile:
    path: Path
    bucket: str
    name: str


def import_legacy_objects(directory: Path, store: Store, report: Callable[[str], None]) -> int:
    """Move every object below `directory` into `store`, without copying content; return their number.

    Files are moved in batches: new link, row, then removal of the old link. An interrupted import therefore
    continues at the next start. Files that are no objects stay where they are.
    """
    files = list(_legacy_files(directory)) if directory.is_dir() else []
    if not files:
        _remove_empty_directories(directory)
        return 0
    report(f"Moving {len(files)} objects to the new storage server …")
    for first in range(0, len(files), BATCH_FILES):
        _import(files[first : first + BATCH_FILES], store)
        report(f"  {min(first + BATCH_FILES, len(files))} of {len(files)}")
    _remove_empty_directories(directory)
    return len(files)


def _import(files: Sequence[LegacyFile], store: Store) -> None:
    found = []
    for file in files:
        existing = store.index.get_object(file.bucket, file.name)
        if existing is None or not store.blobs.path(existing.blob).exists():
            blob = store.blobs.new_name()
            metadata = _read_metadata(file.path)
            found.append(_to_object(file, blob, metadata) or _hashed(file, blob, metadata, store))
            file.path.chmod(0o600)
            os.link(file.path, store.blobs.path(blob), follow_symlinks=False)
    store.blobs.sync()
    with store.index.transaction():
        for bucket in {file.bucket for file in files}:
            store.index.insert_bucket(Bucket(bucket, utc_now()))
        for each in found:
            store.index.put_object(each)
    for file in files:
        file.path.unlink()
        file.path.with_name(file.path.name + _METADATA_SUFFIX).unlink(missing_ok=True)


def _to_object(file: LegacyFile, blob: str, metadata: dict[str, Any]) -> Object | None:
    """Return the object as its metadata describes it; None if checksums or times are missing."""
    md5, crc32c, generation = metadata.get("Md5Hash"), metadata.get("Crc32c"), metadata.get("Generation")
    created, updated = metadata.get("Created"), metadata.get("Updated")
    texts = (crc32c, created, updated)
    if not isinstance(generation, int) or not all(isinstance(text, str) and text for text in texts):
        return None
    fields = {name: metadata[key] for key, name in _FIELDS.items() if metadata.get(key)}
    size = file.path.stat().st_size
    return Object(
        file.bucket, file.name, generation, 1, size, md5 or None, str(crc32c), blob, str(created),
        str(updated), fields=fields,
    )  # fmt: skip


def _hashed(file: LegacyFile, blob: str, metadata: dict[str, Any], store: Store) -> Object:
    """Return the object with checksums computed from its content."""
    with BlobWriter.of_file(store.blobs, file.path) as content:
        now = utc_now()
        fields = {name: metadata[key] for key, name in _FIELDS.items() if metadata.get(key)}
        return Object(
            file.bucket, file.name, store.index.new_generation(), 1, content.size, content.md5,
            content.crc32c, blob, now, now, fields=fields,
        )  # fmt: skip


def _read_metadata(path: Path) -> dict[str, Any]:
    """Return the stored metadata; empty if there is none or it is unreadable."""
    text: bytes = b""
    with suppress(OSError):
        text = path.with_name(path.name + _METADATA_SUFFIX).read_bytes()
    with suppress(OSError, AttributeError):
        text = os.getxattr(path, _ATTRIBUTE)
    with suppress(ValueError):
        value = json.loads(text)
        if isinstance(value, dict):
            return value
    return {}


def _legacy_files(directory: Path) -> Iterator[LegacyFile]:
    for bucket in sorted(directory.iterdir()):
        if not bucket.is_dir() or bucket.is_symlink():
            continue
        for path in sorted(bucket.rglob("*")):
            name = path.relative_to(bucket).as_posix()
            if path.is_symlink() or not path.is_file() or _is_metadata_of_a_file(path):
                continue
            with suppress(ApiError, UnicodeEncodeError):
                ensure_object_name(name)
                yield LegacyFile(path, bucket.name, name)


def _is_metadata_of_a_file(path: Path) -> bool:
    return (
        path.name.endswith(_METADATA_SUFFIX)
        and path.with_name(path.name.removesuffix(_METADATA_SUFFIX)).is_file()
    )


def _remove_empty_directories(directory: Path) -> None:
    """Remove the old tree unless it still holds files."""
    for marker in directory.glob(f"*{_BUCKET_SUFFIX}"):
        marker.unlink(missing_ok=True)
    for path in sorted(directory.rglob("*"), reverse=True):
        with suppress(OSError):
            path.rmdir()
    with suppress(OSError):
        directory.rmdir()
