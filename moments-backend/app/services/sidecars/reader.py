"""Reads sidecar objects from a bucket that may change meanwhile."""

from app.core.exceptions import InvalidSidecarError, ObjectChangedError, ObjectNotFoundError
from app.services.sidecars.document import ensure_size
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_store import StoredObject

ATTEMPTS = 3


async def read_content(uploader: GCSUploader, stored: StoredObject) -> bytes:
    """Return the content of a sidecar that a listing found, in its present generation.

    Raises:
        InvalidSidecarError: it is too large, and is not read.
        ObjectNotFoundError: it was deleted meanwhile.
        StorageError: it could not be read.
    """
    current: StoredObject | None = stored
    for _ in range(ATTEMPTS):
        if current is None:
            break
        ensure_size(current.size, current.name)
        try:
            return b"".join([block async for block in uploader.read_blocks(current)])
        except (ObjectChangedError, ObjectNotFoundError):
            current = await uploader.describe_object(stored.name)
    if current is None:
        raise ObjectNotFoundError(
            f"{stored.name} was deleted after the bucket was listed", remedy="run the command again"
        )
    raise InvalidSidecarError(f"{stored.name} changed {ATTEMPTS} times while it was read", remedy="retry")
