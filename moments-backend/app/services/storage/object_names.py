"""What objects are called, and how the table writes that down. Needs no client."""

from app.core.config import Settings
from app.core.exceptions import UnusableNameError

SCHEME = "gs://"
MAX_IDENTIFIER_CHARACTERS = 255
MAX_OBJECT_NAME_BYTES = 1024
"""https://cloud.google.com/storage/docs/objects#naming"""


def video_path(settings: Settings, identifier: str, filename: str) -> str:
    """`videos/{identifier}/{filename}`, relative to the bucket."""
    return f"{settings.gcs_videos_prefix}{identifier}/{filename}"


def cloud_url(bucket: str, gcs_path: str) -> str:
    return f"{SCHEME}{bucket}/{gcs_path}"


def parse_cloud_url(url: str) -> tuple[str, str]:
    """`(bucket, gcs_path)`; both empty for a text that is no such address."""
    bucket, slash, gcs_path = url.removeprefix(SCHEME).partition("/")
    return (bucket, gcs_path) if url.startswith(SCHEME) and slash and gcs_path else ("", "")


def ensure_usable_name(identifier: str, gcs_path: str) -> None:
    """Raises:
    UnusableNameError: the table, the bucket or a URL cannot hold this name.
    """
    try:
        size = len(gcs_path.encode("utf-8"))
    except UnicodeEncodeError:
        raise UnusableNameError(
            "the file name is not valid UTF-8", remedy="rename the file and run again"
        ) from None
    if any(character in gcs_path for character in "\0\r\n"):
        raise UnusableNameError(
            "Cloud Storage allows no line break in a name", remedy="rename the file and run again"
        )
    if len(identifier) > MAX_IDENTIFIER_CHARACTERS or size > MAX_OBJECT_NAME_BYTES:
        raise UnusableNameError("the name is too long", remedy="use at most 255 characters")


def is_usable(gcs_path: str) -> bool:
    """Whether an object can have this name."""
    try:
        ensure_usable_name("", gcs_path)
    except UnusableNameError:
        return False
    return True
