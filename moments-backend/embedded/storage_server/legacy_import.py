"""One-time import of the objects that fake-gcs-server kept, which earlier versions used.

It stored an object as the file `{bucket}/{object name}`, with its metadata as JSON in the extended attribute
`user.metadata`, or in a `.metadata` file where the file system has no extended attributes.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.core.terminal_text import is_unicode
from embedded.storage_server.api_errors import ApiError
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.names import ensure_object_name
from embedded.storage_server.resources import MAX_DIGITS, Bucket, Object, checked_fields, utc_now
from embedded.storage_server.store import Store
from embedded.storage_server.uploads import ensure_checksum

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
    continues at the next start. Files that cannot be objects stay where they are.
    """
    files = list(_legacy_files(directory)) if directory.is_dir() else []
    if files:
        report(f"Moving {len(files)} objects to the new storage server …")
        for first in range(0, len(files), BATCH_FILES):
            _import(files[first : first + BATCH_FILES], store)
            report(f"  {min(first + BATCH_FILES, len(files))} of {len(files)}")
    _remove_empty_directories(directory)
    if files and directory.exists():
        report(f"  files that cannot be objects are left in {directory}")
    return len(files)


def _import(files: Sequence[LegacyFile], store: Store) -> None:
    found: list[tuple[LegacyFile, Object]] = []
    for file in files:
        existing = store.index.get_object(file.bucket, file.name)
        if existing is None or not store.blobs.path(existing.blob).exists():
            blob = store.blobs.new_name()
            metadata = _read_metadata(file.path)
            found.append((file, _to_object(file, blob, metadata) or _hashed(file, blob, metadata, store)))
    unlinked = [(file, each) for file, each in found if not _link(file, each, store)]
    store.blobs.sync()
    with store.index.transaction():
        for bucket in {file.bucket for file in files}:
            store.index.insert_bucket(Bucket(bucket, utc_now()))
        for _, each in found:
            store.index.put_object(each)
    for file, each in unlinked:
        # Without hard links the row comes first: a content without a row is deleted at the next start.
        file.path.rename(store.blobs.path(each.blob))
    for file in files:
        file.path.unlink(missing_ok=True)
        file.path.with_name(file.path.name + _METADATA_SUFFIX).unlink(missing_ok=True)


def _link(file: LegacyFile, new: Object, store: Store) -> bool:
    """Link the file as a blob; return False if the file system has no hard links."""
    file.path.chmod(0o600)
    try:
        os.link(file.path, store.blobs.path(new.blob), follow_symlinks=False)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


def _to_object(file: LegacyFile, blob: str, metadata: dict[str, Any]) -> Object | None:
    """Return the object as its metadata describes it; None if checksums or times are missing or invalid."""
    md5, crc32c, generation = metadata.get("Md5Hash"), metadata.get("Crc32c"), metadata.get("Generation")
    if not isinstance(generation, int) or not 0 < generation < 10**MAX_DIGITS:
        return None
    try:
        if md5 != "":  # of a composite object
            ensure_checksum("md5Hash", md5)
        ensure_checksum("crc32c", crc32c)
        created, updated = _as_utc(metadata.get("Created")), _as_utc(metadata.get("Updated"))
    except (ApiError, TypeError, ValueError, OverflowError):
        return None
    size = file.path.stat().st_size
    return Object(
        file.bucket, file.name, generation, 1, size, md5 or None, str(crc32c), blob, created, updated,
        fields=_fields(metadata),
    )  # fmt: skip


def _as_utc(text: Any) -> str:
    """Convert a time, which fake-gcs-server wrote in the zone of its machine.

    Raises:
        TypeError, ValueError, OverflowError: it is not a time with a zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the time has no zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _hashed(file: LegacyFile, blob: str, metadata: dict[str, Any], store: Store) -> Object:
    """Return the object with checksums computed from its content."""
    with BlobWriter.of_file(store.blobs, file.path) as content:
        now = utc_now()
        return Object(
            file.bucket, file.name, store.index.new_generation(), 1, content.size, content.md5,
            content.crc32c, blob, now, now, fields=_fields(metadata),
        )  # fmt: skip


def _fields(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the valid fields of the metadata."""
    fields: dict[str, Any] = {}
    for key, name in _FIELDS.items():
        if metadata.get(key):
            with suppress(ApiError):
                fields |= checked_fields({name: metadata[key]})
    return fields


def _read_metadata(path: Path) -> dict[str, Any]:
    """Return the stored metadata; empty if there is none or it is unreadable."""
    text = _attribute(path)
    if text is None:
        with suppress(OSError):
            text = path.with_name(path.name + _METADATA_SUFFIX).read_bytes()
    with suppress(ValueError):
        value = json.loads(text or b"")
        if isinstance(value, dict):
            return value
    return {}


def _attribute(path: Path) -> bytes | None:
    with suppress(OSError, AttributeError):  # some systems have no extended attributes
        return os.getxattr(path, _ATTRIBUTE)
    return None


def _legacy_files(directory: Path) -> Iterator[LegacyFile]:
    for bucket in sorted(directory.iterdir()):
        if not bucket.is_dir() or bucket.is_symlink() or not is_unicode(bucket.name):
            continue
        for path in sorted(bucket.rglob("*")):
            name = path.relative_to(bucket).as_posix()
            if path.is_symlink() or not path.is_file() or _is_metadata_of_a_file(path):
                continue
            with suppress(ApiError):
                ensure_object_name(name)
                yield LegacyFile(path, bucket.name, name)


def _is_metadata_of_a_file(path: Path) -> bool:
    if not path.name.endswith(_METADATA_SUFFIX) or _attribute(path) is not None:
        return False
    owner = path.with_name(path.name.removesuffix(_METADATA_SUFFIX))
    return owner.is_file() and _attribute(owner) is None


def _remove_empty_directories(directory: Path) -> None:
    """Remove the old tree unless it still holds files."""
    for marker in directory.glob(f"*{_BUCKET_SUFFIX}"):
        marker.unlink(missing_ok=True)
    for path in sorted(directory.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):
                path.rmdir()
    with suppress(OSError):
        directory.rmdir()
