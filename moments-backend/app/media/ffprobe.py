"""Media properties of a video file, read by ffprobe.

https://ffmpeg.org/ffprobe.html
"""

import errno
import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    EmptyFileError,
    FFmpegError,
    FileUnreadableError,
    LocalFileNotFoundError,
    NotAVideoError,
    TruncatedFileError,
)
from app.media import binaries, process
from app.media.container_size import declared_size
from app.media.formats import DEMUXERS, RECOGNISED_DEMUXERS
from app.media.limits import decoder_args, limit_error, media_limits, picture_error
from app.media.process import CompletedProcess

CODEC_NAME_LENGTH = 50
"""Length of the columns."""

UNKNOWN_CODEC = "unknown"
IMAGE_BRANDS = frozenset({"avif", "heic", "heix", "mif1"})
"""MP4 brands of still images. https://mp4ra.org/registered-types/brands"""

_MISSING = {errno.ENOENT, errno.ENOTDIR}


@dataclass(frozen=True, slots=True)
class VideoMetadata:
    """Properties of one video file; None if the file does not declare them.

    `resolution` is `{width}x{height}` in stored pixels after rotation: `1080x1920` for a portrait video,
    `1440x1080` for anamorphic HD. `frame_rate` is in frames per second.
    """

    duration_seconds: float | None
    file_size_kb: int
    video_codec: str
    audio_codec: str | None
    resolution: str | None
    frame_rate: float | None


def command(
    ffprobe: Path,
    path: Path,
    *show: str,
    max_pixels: int,
    demuxers: frozenset[str] = RECOGNISED_DEMUXERS,
    output: str = "json",
) -> list[str]:
    """Return the arguments that print what `show` selects, by default container and streams.

    An absolute path with `file:` cannot be mistaken for an option (`-i.mp4`) or a protocol (`concat:a.mp4`).
    """
    return [
        *(os.fspath(ffprobe), "-v", "error"),
        *("-protocol_whitelist", "file", "-format_whitelist", ",".join(sorted(demuxers))),
        *decoder_args(max_pixels, threads=1),
        *("-print_format", output, *(show or ("-show_format", "-show_streams"))),
        f"file:{path.absolute()}",
    ]


async def probe(path: Path, *, settings: Settings) -> VideoMetadata:
    """Read the properties of one file.

    Raises:
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        MediaLimitError: its pictures are too large, or ffprobe needs too much memory.
    """
    size = await run_in_thread(ensure_not_truncated, path)
    completed = await process.run(
        command(binaries.find_ffprobe(settings), path, max_pixels=settings.media_max_pixels),
        timeout=settings.ffprobe_timeout_seconds,
        limits=media_limits(settings),
    )
    if completed.returncode != 0 and (error := limit_error(completed.stderr, path.name, settings)):
        raise error
    if completed.signal_name:
        raise FFmpegError(
            f"ffprobe was terminated by {completed.signal_name} while reading {path.name}",
            remedy="try again; if it happens each time, the file is damaged",
        )
    output = _parse_json(completed.stdout)
    if completed.returncode != 0 or not output.get("format"):
        await run_in_thread(ensure_nonempty, path)  # a missing file is the better cause
        raise _failure(completed, path)
    return to_metadata(output, name=path.name, size=size, max_pixels=settings.media_max_pixels)


def _failure(completed: CompletedProcess, path: Path) -> NotAVideoError:
    """Return the error of a failed ffprobe."""
    message = completed.first_error_line.replace(f"file:{path.absolute()}", path.name)
    if "not on whitelist" in message:
        return NotAVideoError(
            f"{path.name} is a still image, a playlist or a file of an unsupported format, not a video"
        )
    reason = f" ({message})" if message else ""
    return NotAVideoError(
        f"{path.name} is not a readable media file; it may be damaged or truncated{reason}",
        remedy="replace it with a complete copy, or remove it",
    )


def ensure_not_truncated(path: Path) -> int:
    """Return the size in bytes; also raise TruncatedFileError if the container declares more."""
    size = ensure_nonempty(path)
    expected = declared_size(path)
    if expected is not None and expected > size:
        raise TruncatedFileError(path.name, size, expected)
    return size


def ensure_nonempty(path: Path) -> int:
    """Return the size in bytes.

    Raises:
        EmptyFileError, NotAVideoError: empty, or not a regular file.
        LocalFileNotFoundError, FileUnreadableError: the file cannot be opened.
    """
    try:
        # Without O_NONBLOCK, opening a pipe without a writer blocks forever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _MISSING:
            raise LocalFileNotFoundError(
                f"{path.name} does not exist", remedy="check whether it was moved"
            ) from error
        raise FileUnreadableError(
            f"{path.name} cannot be read: {error.strerror}", remedy="check its owner and permissions"
        ) from error
    try:
        status = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise NotAVideoError(f"{path.name} is {kind}, not a file", remedy="remove or rename it")
    if status.st_size == 0:
        raise EmptyFileError(
            f"{path.name} is empty (0 bytes)", remedy="replace it with a complete copy, or remove it"
        )
    return status.st_size


def to_metadata(output: Mapping[str, Any], *, name: str, size: int, max_pixels: int) -> VideoMetadata:
    """Convert ffprobe's JSON.

    Raises:
        NotAVideoError: no video stream, a still image or a playlist.
        MediaLimitError: more pixels than `max_pixels`.
    """
    streams: Sequence[Mapping[str, Any]] = output.get("streams") or ()
    container: Mapping[str, Any] = output.get("format") or {}
    video = next((stream for stream in streams if _is_video(stream)), None)
    if video is None:
        raise NotAVideoError(f"{name} has no video stream: {_describe_streams(streams)}")
    demuxers = str(container.get("format_name", "")).split(",")
    brand = str((container.get("tags") or {}).get("major_brand", ""))
    if DEMUXERS.isdisjoint(demuxers) or brand in IMAGE_BRANDS:
        kind = brand if brand in IMAGE_BRANDS else demuxers[0] or "unknown"
        raise NotAVideoError(f"{name} is a still image or a playlist ({kind}), not a video")
    width, height = _size(video) or (0, 0)
    if width * height > max_pixels:
        raise picture_error(name, width, height, max_pixels)
    audio = next((stream for stream in streams if stream.get("codec_type") == "audio"), None)
    return VideoMetadata(
        duration_seconds=_positive(container.get("duration")) or _positive(video.get("duration")),
        file_size_kb=size // 1024,
        video_codec=_codec(video),
        audio_codec=_codec(audio) if audio else None,
        resolution=_resolution(video),
        frame_rate=_rate(video.get("avg_frame_rate")),
    )


def _parse_json(stdout: bytes) -> dict[str, Any]:
    try:
        output = json.loads(stdout.decode("utf-8", "replace"))
    except ValueError:
        return {}
    return output if isinstance(output, dict) else {}


def _is_video(stream: Mapping[str, Any]) -> bool:
    """Return whether the stream is video, and neither cover art nor a still image."""
    disposition = stream.get("disposition") or {}
    still = disposition.get("attached_pic") or disposition.get("still_image")
    return stream.get("codec_type") == "video" and not still


def _describe_streams(streams: Sequence[Mapping[str, Any]]) -> str:
    """Return a text such as `audio only (mp3)` or `audio and cover art only (aac, png)`."""
    kinds = [
        "cover art" if stream.get("codec_type") == "video" else str(stream.get("codec_type", "data"))
        for stream in streams
    ]
    if not kinds:
        return "no streams"
    codecs = ", ".join(_codec(stream) for stream in streams)
    return f"{' and '.join(dict.fromkeys(kinds))} only ({codecs})"


def _codec(stream: Mapping[str, Any]) -> str:
    return str(stream.get("codec_name") or UNKNOWN_CODEC)[:CODEC_NAME_LENGTH]


def _positive(value: Any) -> float | None:
    """Parse a positive finite number; None for anything else, such as `N/A`."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _rate(value: Any) -> float | None:
    """Parse a fraction such as `30000/1001`; None for `0/0`."""
    numerator, _, denominator = str(value).partition("/")
    try:
        rate = float(numerator) / float(denominator or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return rate if math.isfinite(rate) and rate > 0 else None


def _size(stream: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return width and height of the stored pictures in pixels."""
    try:
        width, height = int(stream["width"]), int(stream["height"])
    except (KeyError, TypeError, ValueError):
        return None
    return (width, height) if width > 0 and height > 0 else None


def _resolution(stream: Mapping[str, Any]) -> str | None:
    size = _size(stream)
    if size is None:
        return None
    width, height = size
    if round(_rotation(stream)) % 180 == 90:  # noqa: PLR2004 - degrees
        width, height = height, width
    return f"{width}x{height}"


def _rotation(stream: Mapping[str, Any]) -> float:
    """Return the rotation in degrees from the display matrix, or from the tag of older files."""
    matrices = [entry for entry in stream.get("side_data_list") or () if "rotation" in entry]
    tag = (stream.get("tags") or {}).get("rotate", 0)
    try:
        degrees = float(matrices[0]["rotation"] if matrices else tag)
    except (TypeError, ValueError):
        return 0.0
    return degrees if math.isfinite(degrees) else 0.0
