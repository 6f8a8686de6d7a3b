"""Arguments of ffprobe."""

import os
from pathlib import Path

from app.media.formats import RECOGNISED_DEMUXERS
from app.media.limits import decoder_args


def command(
    ffprobe: Path,
    path: Path,
    *show: str,
    max_pixels: int,
    demuxers: frozenset[str] = RECOGNISED_DEMUXERS,
    output: str = "json",
) -> list[str]:
    """Return the arguments that print what `show` selects, by default container, streams and chapters.

    An absolute path with `file:` cannot be mistaken for an option (`-i.mp4`) or a protocol (`concat:a.mp4`).
    """
    return [
        *(os.fspath(ffprobe), "-v", "error"),
        *("-protocol_whitelist", "file", "-format_whitelist", ",".join(sorted(demuxers))),
        *decoder_args(max_pixels, threads=1),
        *("-print_format", output, *(show or ("-show_format", "-show_streams", "-show_chapters"))),
        f"file:{path.absolute()}",
    ]


def parse_number(text: bytes) -> float | None:
    """Return a number of ffprobe's output; None for an unknown one (`N/A`)."""
    try:
        return float(text)
    except ValueError:
        return None
