"""FFmpeg's names of containers and codecs."""

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

JUMPING_DEMUXERS: frozenset[str] = frozenset({"mpeg", "mpegts", "ogg"})
"""Formats whose clock may restart or jump inside a file, for example where recordings were joined.

FFmpeg removes the jumps while it reads from the start, but seeks by the file's clock.
"""

UNDECODABLE_CODECS: frozenset[str] = frozenset(
    {"unknown", "none"}
    # Pictures; `lcevc` is an enhancement layer of another stream.
    | {"a64_multi", "a64_multi5", "daala", "dnxuc", "evc", "jpegxs", "lcevc"}
    | {"4gv", "ac4", "apple_apac", "celt", "codec2", "lc3", "mpegh_3d_audio", "smv", "sonic", "sonicls"}
)
"""Codecs that the bundled FFmpeg 9.0 cannot decode. `unknown` are those without a name, such as `apac`."""

TEXT_SUBTITLES: frozenset[str] = frozenset(
    {"ass", "eia_608", "hdmv_text_subtitle", "jacosub", "microdvd", "mov_text", "mpl2", "pjs", "realtext"}
    | {"sami", "srt", "ssa", "stl", "subrip", "subviewer", "subviewer1", "text", "ttml", "vplayer", "webvtt"}
)
"""Codecs of subtitles that are text; the others are pictures."""
