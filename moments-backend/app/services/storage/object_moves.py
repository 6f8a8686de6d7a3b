"""Moves of objects within a bucket: a copy of one generation, then the deletion of that generation."""

from typing import Any

from app.core.exceptions import ObjectChangedError, ObjectNotFoundError
from app.services.storage.errors import mapped_errors
from app.services.storage.object_store import CALL_TIMEOUT, ObjectStore, StoredObject, as_stored


def move_object(store: ObjectStore, source: StoredObject, target: str) -> StoredObject:
    """Rename an object, only in this generation, to a name that does not exist. Blocks.

    An interrupted move leaves both names; the next call finds the copy and deletes the source.

    Raises:
        ObjectNotFoundError: the object does not exist.
        ObjectChangedError: it was replaced, or `target` is another object.
        StorageError: the bucket could not be used.
    """
    copied = _copy(store, source, target)
    with mapped_errors(bucket=store.bucket_name, subject=store.cloud_url(source.name)):
        store.bucket.blob(source.name).delete(
            timeout=CALL_TIMEOUT, retry=store.make_retry(), if_generation_match=source.generation
        )
    return copied


def _copy(store: ObjectStore, source: StoredObject, target: str) -> StoredObject:
    subject = store.cloud_url(source.name)
    origin, copy = store.bucket.blob(source.name), store.bucket.blob(target)
    token: str | None = None
    try:
        with mapped_errors(bucket=store.bucket_name, subject=subject):
            while True:  # large objects are copied in several calls
                token, _, _ = _rewrite(store, origin, copy, source, token)
                if token is None:
                    return as_stored(copy)
    except ObjectChangedError:
        existing = store.describe(target)
        current = store.describe(source.name)
        if current is None:
            raise ObjectNotFoundError(f"{subject} does not exist") from None
        if current.generation != source.generation or existing is None or not _is_same(existing, source):
            raise
        return existing


def _rewrite(store: ObjectStore, origin: Any, copy: Any, source: StoredObject, token: str | None) -> Any:
    return copy.rewrite(
        origin,
        token=token,
        if_generation_match=0,
        if_source_generation_match=source.generation,
        timeout=CALL_TIMEOUT,
        retry=store.make_retry(),
    )


def _is_same(copy: StoredObject, source: StoredObject) -> bool:
    return (copy.size, copy.md5, copy.crc32c) == (source.size, source.md5, source.crc32c)
