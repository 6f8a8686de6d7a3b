"""An object of any bucket that our credentials may read."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.core.config import Settings
from app.core.exceptions import (
    BucketNotFoundError,
    ObjectNotFoundError,
    SourceRejectedError,
    StoragePermissionError,
)
from app.services.downloads.content_sniffing import extension_for
from app.services.downloads.partial_file import OnProgress, ensure_allowed
from app.services.storage.object_names import parse_cloud_url

if TYPE_CHECKING:  # yt-dlp's process imports this package, and needs no client of the cloud
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
    """Fetch `gs://bucket/name` as `{video_id}.{ext}` in `folder`.

    Raises:
        SourceRejectedError: there is no such object, or we may not read it.
        TooLargeError, StorageError, DiskFullError, LocalFileError.
    """
    bucket, name = parse_cloud_url(url)
    if not bucket:
        raise SourceRejectedError(f"{url} names no object", remedy="give it as gs://bucket/name")
    try:
        found = await uploader.describe_object(name, bucket=bucket)
        if found is None:
            raise ObjectNotFoundError(f"{url} does not exist")
        ensure_allowed(found.size, settings.video_download_max_size_bytes)
        if found.content_encoding == "gzip":
            raise SourceRejectedError(
                f"{url} is kept compressed (Content-Encoding: gzip)", remedy="store the video as it is"
            )
        path = folder / f"{video_id}{extension_for([name], content_type=found.content_type or '')}"
        await uploader.download(name, path, on_progress, bucket=bucket, generation=found.generation)
    except (ObjectNotFoundError, BucketNotFoundError) as error:
        raise SourceRejectedError(error.cause, remedy="check the address for typing errors") from error
    except StoragePermissionError as error:
        raise SourceRejectedError(
            error.cause, remedy=f"grant our service account Storage Object Viewer on the bucket {bucket}"
        ) from error
    return path
