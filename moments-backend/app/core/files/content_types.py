"""Supported file extensions and their content types."""

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
        ".ts": "video/mp2t",
        ".mts": "video/mp2t",
        ".m2ts": "video/mp2t",
        ".mpg": "video/mpeg",
        ".mpeg": "video/mpeg",
        ".vob": "video/mpeg",
        ".wmv": "video/x-ms-wmv",
        ".flv": "video/x-flv",
        ".3gp": "video/3gpp",
        ".3g2": "video/3gpp2",
        ".ogv": "video/ogg",
        ".mxf": "application/mxf",
        ".wav": "audio/wav",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".json": "application/json",
        ".srt": "application/x-subrip",
        ".vtt": "text/vtt",
        ".zip": "application/zip",
    }
)
"""Used instead of `mimetypes`, which depends on the configuration of the host."""

UNKNOWN_CONTENT_TYPE = "application/octet-stream"

VIDEO_EXTENSIONS: frozenset[str] = frozenset(
    extension
    for extension, content_type in CONTENT_TYPES.items()
    if content_type.startswith("video/") or extension == ".mxf"
)


def extension_of(name: str) -> str:
    """Return the lower-case extension with its dot; empty for `.mp4`, a hidden file without one."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - `Path` treats "." and "//" differently


def is_video_name(name: str) -> bool:
    """Return whether the extension, in any case, is one of `VIDEO_EXTENSIONS`."""
    return extension_of(name) in VIDEO_EXTENSIONS


def content_type_for(name: str) -> str:
    return CONTENT_TYPES.get(extension_of(name), UNKNOWN_CONTENT_TYPE)
