"""Names of objects and of their local counterparts; needs no client."""

import re
from collections.abc import Iterable

from app.core.config import Settings
from app.core.exceptions import StorageError, UnusableNameError

SCHEME = "gs://"
MAX_IDENTIFIER_CHARACTERS = 255
SIDECAR_EXTENSION = ".json"
MAX_OBJECT_NAME_BYTES = 1024
"""https://cloud.google.com/storage/docs/objects#naming"""


def video_path(settings: Settings, identifier: str, filename: str) -> str:
    """Return `videos/{identifier}/{filename}`, relative to the bucket."""
    return f"{settings.gcs_videos_prefix}{identifier}/{filename}"


def sidecar_path(settings: Settings, identifier: str) -> str:
    """Return the name of the object that holds the table's content about a video."""
    return f"{settings.gcs_videos_prefix}{identifier}/{identifier}{SIDECAR_EXTENSION}"


def library_sidecar_path(settings: Settings) -> str:
    """Return the name of the object with the vocabulary, saved views and dismissed duplicates."""
    return f"{settings.gcs_videos_prefix}library{SIDECAR_EXTENSION}"


def is_sidecar(settings: Settings, gcs_path: str) -> bool:
    """Return whether the object is a sidecar of a video or of the library."""
    name = gcs_path.removeprefix(settings.gcs_videos_prefix)
    identifier, _, filename = name.partition("/")
    is_below = gcs_path.startswith(settings.gcs_videos_prefix)
    is_of_video = filename == f"{identifier}{SIDECAR_EXTENSION}"
    return is_below and (is_of_video or gcs_path == library_sidecar_path(settings))


def audio_path(settings: Settings, video_id: str) -> str:
    return f"{settings.gcs_audio_prefix}{video_id}/{video_id}.wav"


def thumbnail_path(settings: Settings, video_id: str, source: str) -> str:
    """Return the name of a thumbnail that a user or a site chose."""
    return f"{thumbnails_prefix(settings, video_id)}{source}.jpg"


def thumbnails_prefix(settings: Settings, video_id: str) -> str:
    return f"{settings.gcs_thumbnails_prefix}{video_id}/"


def storyboard_path(settings: Settings, video_id: str, extension: str) -> str:
    """Return the name of the cues (`.vtt`) or the sheet (`.jpg`)."""
    return f"{storyboards_prefix(settings, video_id)}storyboard{extension}"


def storyboards_prefix(settings: Settings, video_id: str) -> str:
    return f"{settings.gcs_storyboards_prefix}{video_id}/"


def clips_prefix(settings: Settings, video_id: str) -> str:
    return f"{settings.gcs_clips_prefix}{video_id}/"


def captions_prefix(settings: Settings, video_id: str) -> str:
    return f"{settings.gcs_captions_prefix}{video_id}/"


def clip_path(settings: Settings, video_id: str, moment_id: str) -> str:
    return f"{clips_prefix(settings, video_id)}{clip_filename(video_id, moment_id)}"


def clip_filename(video_id: str, moment_id: str) -> str:
    return f"{video_id}_{moment_id}_clip.mp4"


def clip_ids(video_id: str, filenames: Iterable[str]) -> set[str]:
    """Return the moment ids in the names of this video's clips; other names are skipped."""
    pattern = re.compile(re.escape(video_id) + r"_([0-9a-f]{16})_clip\.mp4")
    return {found.group(1) for name in filenames if (found := pattern.fullmatch(name))}


def playback_path(settings: Settings, video_id: str) -> str:
    return f"{settings.gcs_playback_prefix}{video_id}/{video_id}.mp4"


def exports_prefix(settings: Settings, video_id: str) -> str:
    return f"{settings.gcs_exports_prefix}{video_id}/"


def export_prefix(settings: Settings, video_id: str, export_id: str) -> str:
    """Return the folder of the files of one export."""
    return f"{exports_prefix(settings, video_id)}{export_id}/"


def cloud_url(bucket: str, gcs_path: str) -> str:
    return f"{SCHEME}{bucket}/{gcs_path}"


def parse_cloud_url(url: str) -> tuple[str, str]:
    """Return `(bucket, gcs_path)`; two empty strings if `url` is not a `gs://` URL of an object."""
    bucket, slash, gcs_path = url.removeprefix(SCHEME).partition("/")
    return (bucket, gcs_path) if url.startswith(SCHEME) and slash and gcs_path else ("", "")


def ensure_exclusive(settings: Settings, prefix: str) -> None:
    """Check that no objects of another kind are below the prefix of a video's objects.

    The video `transcripts` has the prefix `transcripts/` if `GCS_VIDEOS_PREFIX` is empty.

    Raises:
        StorageError: there may be some.
    """
    for name, other in settings.object_prefixes():
        if other.startswith(prefix):
            raise StorageError(
                f"{prefix} is not deleted: it contains {other}, the objects of {name.upper()}",
                remedy="delete the objects of this video by hand; set prefixes of which none is in another",
            )


def ensure_usable_name(identifier: str, gcs_path: str) -> None:
    """Check the name against the limits of the table, the bucket and URLs.

    Raises:
        UnusableNameError: the name is too long, not UTF-8, or contains a line break.
    """
    try:
        size = len(gcs_path.encode("utf-8"))
    except UnicodeEncodeError:
        raise UnusableNameError(
            "the file name is not valid UTF-8", remedy="rename the file and run again"
        ) from None
    if any(character in gcs_path for character in "\0\r\n"):
        raise UnusableNameError(
            "Cloud Storage does not allow line breaks in a name", remedy="rename the file and run again"
        )
    if len(identifier) > MAX_IDENTIFIER_CHARACTERS or size > MAX_OBJECT_NAME_BYTES:
        raise UnusableNameError("the name is too long", remedy="use at most 255 characters")


def is_usable(gcs_path: str) -> bool:
    try:
        ensure_usable_name("", gcs_path)
    except UnusableNameError:
        return False
    return True
