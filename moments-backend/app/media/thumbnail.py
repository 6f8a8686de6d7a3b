"""Extraction of one video frame as a JPEG thumbnail.

https://ffmpeg.org/ffmpeg.html
"""

from pathlib import Path
from urllib.parse import urlsplit

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import FFmpegError, InvalidRequestError, NotAVideoError
from app.core.files.atomic import atomic_write
from app.media import binaries, ffmpeg, process
from app.media.file_checks import ensure_nonempty
from app.media.formats import DEMUXERS
from app.media.limits import (
    NETWORK_VARIABLES,
    PROXY_VARIABLES,
    decoder_args,
    decoder_threads,
    limit_error,
    media_limits,
)

MAX_WIDTH = 640
JPEG_QUALITY = 4
"""FFmpeg's scale: 2 is best, 31 is worst."""

PICTURE_DEMUXERS = {"image/jpeg": "jpeg_pipe", "image/png": "png_pipe", "image/webp": "webp_pipe"}
"""Demuxers of uploaded pictures by content type."""

_CANDIDATES = 25
"""The most typical of this many consecutive frames is used, which avoids black and blurred ones."""

_WEB_PROTOCOLS = "http,https,httpproxy,tcp,tls"
_STALL_SECONDS = 30
"""Seconds without data after which FFmpeg gives up a connection."""

_SCALE = (
    f"scale=w='max(2,trunc(min({MAX_WIDTH},iw*sar)/2)*2)':h='max(2,round(min({MAX_WIDTH},iw*sar)/dar/2)*2)'"
)
_NETWORK_MESSAGES = (
    "Server returned",
    "HTTP error",
    "Connection",
    "timed out",
    "Failed to resolve",
    "I/O error",
)


def command(program: Path, source: str | Path, *, at_seconds: float | None, max_pixels: int) -> list[str]:
    """Return the arguments that write one JPEG to stdout.

    FFmpeg rotates the frame by itself; the filter makes pixels square and the width at most `MAX_WIDTH`.
    """
    seek = [] if at_seconds is None else ["-ss", f"{max(at_seconds, 0):.3f}"]
    return [
        *ffmpeg.base_args(program),
        *(
            ffmpeg.input_args(source, *seek, max_pixels=max_pixels)
            if isinstance(source, Path)
            else _url_args(source, *seek, max_pixels=max_pixels)
        ),
        *("-map", "0:V:0"),  # V: video streams without cover art
        *("-vf", f"{_SCALE},setsar=1,thumbnail={_CANDIDATES}"),
        *("-frames:v", "1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", str(JPEG_QUALITY)),
        *("-f", "image2pipe", "pipe:1"),
    ]


def _url_args(url: str, *options: str, max_pixels: int) -> list[str]:
    """Return the arguments that read a URL as a video only, without opening another one."""
    return [
        *("-protocol_whitelist", _WEB_PROTOCOLS, "-rw_timeout", str(_STALL_SECONDS * 1_000_000)),
        *("-format_whitelist", ",".join(sorted(DEMUXERS))),
        *decoder_args(max_pixels, threads=decoder_threads()),
        *options,
        *("-i", url),
    ]


async def extract_frame(
    source: str | Path, destination: Path, *, settings: Settings, at_seconds: float | None
) -> None:
    """Write a JPEG of the frame at `at_seconds`, or near the start if that is None or too late.

    `source` is a file or an http(s) URL. `destination` is written atomically.

    Raises:
        EmptyFileError, NotAVideoError: no frame can be decoded.
        MediaLimitError: the pictures are too large, or FFmpeg needs too much memory.
        FFmpegError: the URL cannot be read.
    """
    if isinstance(source, Path):
        await run_in_thread(ensure_nonempty, source)
    elif urlsplit(source).scheme not in {"http", "https"}:
        raise InvalidRequestError("a thumbnail needs a file or an http(s) URL")
    jpeg = await _extract(source, settings, at_seconds)
    if not jpeg and at_seconds:
        jpeg = await _extract(source, settings, None)
    if not jpeg:
        raise NotAVideoError(f"no frame could be decoded from {_name(source)}")
    await run_in_thread(atomic_write, destination, jpeg)


async def _extract(source: str | Path, settings: Settings, at_seconds: float | None) -> bytes:
    """Return a JPEG, or empty bytes if there is no frame at or after `at_seconds`."""
    program = binaries.find_ffmpeg(settings)
    variables = () if isinstance(source, Path) else (*NETWORK_VARIABLES, *PROXY_VARIABLES)
    completed = await process.run(
        command(program, source, at_seconds=at_seconds, max_pixels=settings.media_max_pixels),
        timeout=settings.ffprobe_timeout_seconds,
        limits=media_limits(settings, variables=variables),
    )
    name = _name(source)
    if completed.stdout and completed.returncode >= 0:
        return completed.stdout
    if error := limit_error(completed.stderr, name, settings):
        raise error
    if completed.signal_name:
        raise FFmpegError(f"FFmpeg was terminated by {completed.signal_name} while reading {name}")
    if completed.returncode == 0:
        return b""
    # Omit the URL, which may be signed and thus secret.
    message = completed.first_error_line.replace(str(source), name)
    stderr = completed.stderr.decode("utf-8", "replace")
    if isinstance(source, str) and any(text in stderr for text in _NETWORK_MESSAGES):
        raise FFmpegError(f"{name} could not be read: {message}", remedy="try again")
    if "not on whitelist" in message:
        message = "it is not a video"
    raise NotAVideoError(f"no frame could be decoded from {name}: {message or 'FFmpeg gave no reason'}")


def _name(source: str | Path) -> str:
    return source.name if isinstance(source, Path) else urlsplit(source).path.rpartition("/")[2]
