"""Downloads an object from the configured bucket or one of `GCS_SOURCE_BUCKETS`."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.core.config import Settings
from app.core.exceptions import (
    BucketNotFoundError,
    InvalidRequestError,
    ObjectNotFoundError,
    SourceRejectedError,
    StoragePermissionError,
)
from app.core.urls.normalization import normalise_source_url
from app.services.downloads.content_sniffing import extension_for
from app.services.downloads.limits import OnProgress, ensure_allowed
from app.services.storage.object_names import parse_cloud_url
from app.services.storage.source_objects import ensure_source_allowed

if TYPE_CHECKING:  # the process of yt-dlp imports this package, and needs no storage client
    from app.services.storage.gcs_uploader import GCSUploader


async def fetch(
    url: str,
    folder: Path,
    *,
    video_id: str,
    settings: Settings,
    uploader: "GCSUploader",
    on_progress: OnProgress,
) -> Path:
    """Download `gs://bucket/name` to `{video_id}.{ext}` in `folder`.

    Raises:
        BucketNotAllowedError: clients may not request this object.
        SourceRejectedError: the object does not exist or is not readable.
        TooLargeError, StorageError, DiskFullError, LocalFileError.
    """
    try:
        url = normalise_source_url(url)  # names of buckets are lower-case
    except InvalidRequestError as error:
        raise SourceRejectedError(
            f"{url} does not name an object", remedy="use the form gs://bucket/name"
        ) from error
    bucket, name = parse_cloud_url(url)
    ensure_source_allowed(url, settings)
    try:
        found = await uploader.describe_object(name, bucket=bucket)
        if found is None:
            raise ObjectNotFoundError(f"{url} does not exist")
        ensure_allowed(found.size, settings.video_download_max_size_bytes)
        if found.content_encoding == "gzip":
            raise SourceRejectedError(
                f"{url} is stored compressed (Content-Encoding: gzip)", remedy="store the video uncompressed"
            )
        path = folder / f"{video_id}{extension_for([name], content_type=found.content_type or '')}"
        await uploader.download(name, path, on_progress, bucket=bucket, generation=found.generation)
    except (ObjectNotFoundError, BucketNotFoundError) as error:
        raise SourceRejectedError(error.cause, remedy="check the URL for typing errors") from error
    except StoragePermissionError as error:
        raise SourceRejectedError(
            error.cause, remedy=f"grant our service account Storage Object Viewer on the bucket {bucket}"
        ) from error
    return path
