"""What objects are called, and how the table writes that down. Needs no client."""

from app.core.config import Settings

SCHEME = "gs://"


def video_path(settings: Settings, identifier: str, filename: str) -> str:
    """`videos/{identifier}/{filename}`, relative to the bucket."""
    return f"{settings.gcs_videos_prefix}{identifier}/{filename}"


def cloud_url(bucket: str, gcs_path: str) -> str:
    return f"{SCHEME}{bucket}/{gcs_path}"


def parse_cloud_url(url: str) -> tuple[str, str]:
    """`(bucket, gcs_path)`; both empty for a text that is no such address."""
    bucket, slash, gcs_path = url.removeprefix(SCHEME).partition("/")
    return (bucket, gcs_path) if url.startswith(SCHEME) and slash and gcs_path else ("", "")
