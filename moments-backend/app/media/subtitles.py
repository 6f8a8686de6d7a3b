"""Extraction of text subtitles as SRT, from a video or a caption file.

FFmpeg reads every format in use, with its markup, comments and character references, so that one parser of
plain SRT suffices. https://ffmpeg.org/ffmpeg.html
"""

from pathlib import Path

from app.core.config import Settings
from app.media import binaries, ffmpeg
from app.media.formats import DEMUXERS

CAPTION_DEMUXERS = frozenset({"ass", "srt", "webvtt"})
MAX_BYTES = 32 * 1024**2
"""Limit of the output; subtitles of two hours have about 100 kB."""


def command(program: Path, source: Path, destination: Path, *, stream: int, max_pixels: int) -> list[str]:
    """Return the arguments that write one subtitle stream as SRT, its times relative to the file's start."""
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(source, max_pixels=max_pixels, demuxers=DEMUXERS | CAPTION_DEMUXERS),
        *("-map", f"0:{stream}", "-c:s", "srt"),
        *ffmpeg.output_args(destination, muxer="srt"),
    ]


async def extract_subtitles(
    source: Path,
    destination: Path,
    *,
    stream: int = 0,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> None:
    """Write one text subtitle stream to `destination`, atomically.

    Args:
        source: a video or a caption file.
        stream: number of the stream in the file.
        timeout: seconds; a video is read to its end.

    Raises:
        MediaError: the stream cannot be read.
        FFmpegError, DiskFullError, LocalFileError, ToolMissingError: see `ffmpeg.convert`.
    """
    program = binaries.find_ffmpeg(settings)
    async with ffmpeg.atomic_output(destination) as part:
        await ffmpeg.convert(
            command(program, source, part, stream=stream, max_pixels=settings.media_max_pixels),
            source=source,
            destination=part,
            max_bytes=MAX_BYTES,
            settings=settings,
            timeout=timeout,
        )
