"""Rules for the objects that a `gs://` link may name.

Our credentials may read more than clients should receive: other buckets of the same account, and what the
library itself stores in its bucket beside videos.
"""

from app.core.config import Settings
from app.core.exceptions import BucketNotAllowedError
from app.services.storage.object_names import is_sidecar, parse_cloud_url


def ensure_source_allowed(url: str, settings: Settings) -> None:
    """Check that a `gs://` link names an object that clients may request; other links pass.

    Raises:
        BucketNotAllowedError: its bucket is not configured, or the object is a result of the library.
    """
    bucket, name = parse_cloud_url(url)
    if not bucket:
        return
    own = settings.gcs_bucket_name.lower()
    allowed = {own, *(other.lower() for other in settings.gcs_source_buckets)}
    if bucket.lower() not in allowed:
        raise BucketNotAllowedError(
            f"the bucket {bucket!r} of the link is not a source of this library",
            remedy="add it to GCS_SOURCE_BUCKETS, or upload the file",
        )
    is_result = name.startswith(_result_prefixes(settings)) or is_sidecar(settings, name)
    if bucket.lower() == own and is_result:
        raise BucketNotAllowedError(
            f"{name!r} in the library's bucket is a result of the library and no source",
            remedy="use the link of a video",
        )


def _result_prefixes(settings: Settings) -> tuple[str, ...]:
    """Return the prefixes of audio, clips, transcripts and moments, except those that contain videos."""
    prefixes = (
        settings.gcs_audio_prefix,
        settings.gcs_clips_prefix,
        settings.gcs_transcripts_prefix,
        settings.gcs_moments_prefix,
    )
    return tuple(prefix for prefix in prefixes if not settings.gcs_videos_prefix.startswith(prefix))
