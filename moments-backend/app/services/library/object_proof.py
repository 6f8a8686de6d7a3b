"""Proof that an object has the bytes of a file, from the current metadata and content."""

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    MismatchError,
    ObjectChangedError,
    ObjectNotFoundError,
)
from app.database.models import Video
from app.services.storage.checksums import Digest, Digester
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import parse_cloud_url
from app.services.storage.object_store import StoredObject


def path_in_bucket(video: Video, uploader: GCSUploader) -> str:
    """Return the name of the original's object.

    Raises:
        BucketConflictError: it is in another bucket.
    """
    bucket, gcs_path = parse_cloud_url(video.cloud_url)
    if bucket != uploader.bucket_name:
        raise BucketConflictError(video.identifier, video.cloud_url, uploader.bucket_name)
    return gcs_path


async def prove_equal(
    uploader: GCSUploader, settings: Settings, gcs_path: str, digest: Digest
) -> StoredObject:
    """Return the object if size and MD5 equal those of `digest`.

    Google's service computes the MD5 itself, so its metadata is proof enough. An object without an MD5 is
    read and hashed, and so is every object of an emulator: its files may be on the disk of the originals, and
    may have been damaged since it computed the checksum.

    Raises:
        ObjectNotFoundError: it does not exist.
        MismatchError: it has other bytes.
        ObjectChangedError: it was replaced while it was read.
        StorageError: the bucket could not be read.
    """
    subject = uploader.cloud_url(gcs_path)
    stored = await uploader.describe_object(gcs_path)
    if stored is None:
        raise ObjectNotFoundError(
            f"{subject} does not exist", remedy="upload it: videomoments migrate --repair"
        )
    if stored.size != digest.size:
        raise MismatchError(f"{subject} has {stored.size} bytes, the file has {digest.size}")
    if stored.md5 is not None and stored.md5 != digest.md5:
        raise MismatchError(f"the MD5 of {subject} differs from that of the file")
    must_read = stored.md5 is None or settings.storage_emulator_host is not None
    if must_read and await read_digest(uploader, stored) != digest:
        raise MismatchError(f"the content of {subject} differs from the file")
    return stored


async def read_digest(uploader: GCSUploader, stored: StoredObject) -> Digest:
    """Read this generation of an object and return its digest.

    Raises:
        ObjectNotFoundError, ObjectChangedError: the object was deleted or replaced meanwhile.
    """
    digester = Digester()
    async for block in uploader.read_blocks(stored):
        await run_in_thread(digester.update, block)
    return digester.digest()


async def ensure_generation(uploader: GCSUploader, stored: StoredObject) -> None:
    """Check that the object is still the one that was compared.

    Raises:
        ObjectChangedError: it was replaced or deleted.
    """
    current = await uploader.describe_object(stored.name)
    if current is None or current.generation != stored.generation:
        raise ObjectChangedError(
            f"{uploader.cloud_url(stored.name)} was replaced or deleted during the comparison",
            remedy="run again",
        )
