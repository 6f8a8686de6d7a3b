"""One picture out of a video, by FFmpeg.

https://ffmpeg.org/ffmpeg.html
"""

import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit

from app.core.config import Settings
from app.core.exceptions import FFmpegError, InvalidRequestError, NotAVideoError
from app.core.files.atomic import atomic_write
from app.media import binaries, process
from app.media.ffprobe import ensure_nonempty
from app.media.formats import DEMUXERS

MAX_WIDTH = 640
JPEG_QUALITY = 4
"""FFmpeg's scale: 2 is the best, 31 the worst."""

_CANDIDATES = 25
"""Of so many frames in a row the most typical one is taken, which a black or a blurred one is not."""

_FILE_PROTOCOLS = "file"
_WEB_PROTOCOLS = "http,https,httpproxy,tcp,tls"
_SQUARE = (
    f"scale=w='max(2,trunc(min({MAX_WIDTH},iw*sar)/2)*2)':h='max(2,round(min({MAX_WIDTH},iw*sar)/dar/2)*2)'"
)
_NETWORK_WORDS = (
    "Server returned",
    "HTTP error",
    "Connection",
    "timed out",
    "Failed to resolve",
    "I/O error",
)


def command(ffmpeg: Path, source: str | Path, *, at_seconds: float | None) -> list[str]:
    """The arguments that write one JPEG to stdout.

    FFmpeg turns the picture upright by itself; the filter makes its samples square and at most 640 wide.
    """
    seek = [] if at_seconds is None else ["-ss", f"{max(at_seconds, 0):.3f}"]
    return [
        os.fspath(ffmpeg),
        *("-nostdin", "-hide_banner", "-v", "error"),
        # Whatever the bytes turn out to be, nothing but this source is read, and only as a film.
        *("-protocol_whitelist", _FILE_PROTOCOLS if isinstance(source, Path) else _WEB_PROTOCOLS),
        *("-format_whitelist", ",".join(sorted(DEMUXERS))),
        *seek,
        *("-i", f"file:{source.absolute()}" if isinstance(source, Path) else source),
        *("-map", "0:V:0"),  # V: video streams that are no cover art
        *("-vf", f"{_SQUARE},setsar=1,thumbnail={_CANDIDATES}"),
        *("-frames:v", "1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", str(JPEG_QUALITY)),
        *("-f", "image2pipe", "pipe:1"),
    ]


async def extract_frame(
    source: str | Path, destination: Path, *, settings: Settings, at_seconds: float | None
) -> None:
    """Write a JPEG of the video's picture at `at_seconds`, or near its start when that is None or too late.

    A text is an http(s) address, a `Path` a file. `destination` appears whole or not at all.

    Raises:
        EmptyFileError, NotAVideoError: no picture can be taken from this source.
        LocalFileNotFoundError, FileUnreadableError: the source is a file that cannot be opened.
        ToolMissingError: there is no FFmpeg.
        FFmpegError: FFmpeg failed, the address did not answer, or both took too long.
        DiskFullError, LocalFileError: the picture cannot be written.
    """
    if isinstance(source, Path):
        await asyncio.to_thread(ensure_nonempty, source)
    elif urlsplit(source).scheme not in {"http", "https"}:
        raise InvalidRequestError("a picture is taken from a file or from an http(s) address")
    picture = await _picture(source, settings, at_seconds)
    if not picture and at_seconds:
        picture = await _picture(source, settings, None)
    if not picture:
        raise NotAVideoError(f"no picture could be decoded from {_name(source)}")
    await asyncio.to_thread(atomic_write, destination, picture)


async def _picture(source: str | Path, settings: Settings, at_seconds: float | None) -> bytes:
    """A JPEG; empty when there is no frame at or after `at_seconds`."""
    completed = await process.run(
        command(binaries.find_ffmpeg(settings), source, at_seconds=at_seconds),
        timeout=settings.ffprobe_timeout_seconds,
    )
    name = _name(source)
    if completed.signal_name:
        raise FFmpegError(f"FFmpeg was ended by {completed.signal_name} while it read {name}")
    if completed.returncode == 0 or completed.stdout:
        return completed.stdout
    words = completed.first_error_line.replace(
        str(source), name
    )  # an address may be signed, and then it is a secret
    everything = completed.stderr.decode("utf-8", "replace")
    if isinstance(source, str) and any(word in everything for word in _NETWORK_WORDS):
        raise FFmpegError(f"{name} could not be read: {words}", remedy="try again")
    if "not on whitelist" in words:
        words = "it is not a video"
    raise NotAVideoError(f"no picture could be taken from {name}: {words or 'FFmpeg gives no reason'}")


def _name(source: str | Path) -> str:
    return source.name if isinstance(source, Path) else urlsplit(source).path.rpartition("/")[2]
