"""FFmpeg demuxers of the supported containers."""

DEMUXERS: frozenset[str] = frozenset(
    {"asf", "avi", "dv", "flv", "gxf", "ivf", "matroska", "mov", "mpeg", "mpegts"}
    | {"mxf", "nut", "ogg", "rm", "wtv"}
)
"""FFmpeg demuxers that are allowed.

Excluded are still images (`png_pipe`), playlists (`hls`, `concat`), which make FFmpeg read other files and
URLs, and raw streams (`m4v`, `h264`), which FFmpeg detects by the extension alone.
"""

RECOGNISED_DEMUXERS: frozenset[str] = DEMUXERS | {
    *("aac", "ac3", "aiff", "amr", "ape", "caf", "flac", "mp3", "w64", "wav", "wv"),
    *("ass", "srt", "webvtt"),
    *("bmp_pipe", "gif", "jpeg_pipe", "png_pipe", "tiff_pipe", "webp_pipe"),
}
"""Demuxers that ffprobe may also use, so that an error can name the kind of file; they open no other file."""
