"""What the library calls a video file, and what each ending is served as."""

import os
from types import MappingProxyType

CONTENT_TYPES = MappingProxyType(
    {
        ".avi": "video/x-msvideo",
        ".m4v": "video/x-m4v",
        ".mkv": "video/x-matroska",
        ".mov": "video/quicktime",
        ".mp4": "video/mp4",
        ".webm": "video/webm",
        ".wav": "audio/wav",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".json": "application/json",
        ".srt": "application/x-subrip",
        ".vtt": "text/vtt",
    }
)
"""Our own table: the standard library's `mimetypes` answers what the host's files say, and they differ."""

UNKNOWN_CONTENT_TYPE = "application/octet-stream"

VIDEO_EXTENSIONS: frozenset[str] = frozenset(
    extension for extension, content_type in CONTENT_TYPES.items() if content_type.startswith("video/")
)

DEMUXERS: frozenset[str] = frozenset(
    {"asf", "avi", "dv", "flv", "gxf", "ivf", "matroska", "mov", "mpeg", "mpegts"}
    | {"mxf", "nut", "ogg", "rm", "wtv"}
)
"""FFmpeg's names of the containers that hold a film.

A file's ending proves nothing. What FFmpeg would also open under it are single pictures (`png_pipe`) and
playlists (`hls`, `concat`) that make it read other files and addresses. Raw streams without a container
(`m4v`, `h264`) have no beginning to know them by: there FFmpeg believes the ending, whatever the bytes are.
"""


def extension_of(name: str) -> str:
    """The ending in lower case, with its dot; empty for `.mp4`, which is a hidden file without one."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - `Path` reads "." and "//" its own way


def is_video_name(name: str) -> bool:
    """Whether the ending is one of `VIDEO_EXTENSIONS`, in any case."""
    return extension_of(name) in VIDEO_EXTENSIONS


def content_type_for(name: str) -> str:
    return CONTENT_TYPES.get(extension_of(name), UNKNOWN_CONTENT_TYPE)
