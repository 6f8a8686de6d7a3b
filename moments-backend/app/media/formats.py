"""FFmpeg demuxers of the supported containers."""

DEMUXERS: frozenset[str] = frozenset(
    {"asf", "avi", "dv", "flv", "gxf", "ivf", "matroska", "mov", "mpeg", "mpegts"}
    | {"mxf", "nut", "ogg", "rm", "wtv"}
)
"""FFmpeg demuxers that are allowed.

Excluded are still images (`png_pipe`), playlists (`hls`, `concat`), which make FFmpeg read other files and
URLs, and raw streams (`m4v`, `h264`), which FFmpeg detects by the extension alone.
"""
