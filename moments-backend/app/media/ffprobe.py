"""What ffprobe says of a video file, as values that fit the table.

https://ffmpeg.org/ffprobe.html
"""

import asyncio
import errno
import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from app.media.formats import DEMUXERS

CODEC_NAME_LENGTH = 50
"""What the table's columns hold."""

UNKNOWN_CODEC = "unknown"
PICTURE_BRANDS = frozenset({"avif", "heic", "heix", "mif1"})
"""MP4's container is also one for still pictures. https://mp4ra.org/registered-types/brands"""

_GONE = {errno.ENOENT, errno.ENOTDIR}


@dataclass(frozen=True, slots=True)
class VideoMetadata:
    """One video file. None where the file does not say.

    `resolution` is `1920x1080`: the samples of a frame, upright, so a phone's film held upright is
    `1080x1920`. Samples that are not square are counted as they are stored, as is usual (`1440x1080`).
    """

    duration_seconds: float | None
    file_size_kb: int
    video_codec: str
    audio_codec: str | None
    resolution: str | None
    frame_rate: float | None


def command(ffprobe: Path, path: Path) -> list[str]:
    """The arguments that ask ffprobe for everything about a file, in JSON.

    The file is named by an absolute path under `file:`, so that no name is taken for an option (`-i.mp4`) or
    another protocol (`concat:a.mp4`).
    """
    return [
        os.fspath(ffprobe),
        *("-v", "quiet", "-print_format", "json", "-show_format", "-show_streams"),
        f"file:{path.absolute()}",
    ]


async def probe(path: Path, *, settings: Settings) -> VideoMetadata:
    """Ask ffprobe about one file.

    Raises:
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is at fault, and the cause says how.
        LocalFileNotFoundError, FileUnreadableError: it cannot be opened.
        ToolMissingError: there is no ffprobe.
        FFmpegError: ffprobe itself failed, or took longer than `ffprobe_timeout_seconds`.
    """
    size = await asyncio.to_thread(ensure_not_truncated, path)
    ffprobe = binaries.find_ffprobe(settings)
    completed = await process.run(command(ffprobe, path), timeout=settings.ffprobe_timeout_seconds)
    if completed.signal_name:
        raise FFmpegError(
            f"ffprobe was ended by {completed.signal_name} while it read {path.name}",
            remedy="try again; if it ends so each time, the file is damaged",
        )
    answer = _parsed(completed.stdout)
    if completed.returncode != 0 or not answer.get("format"):
        await asyncio.to_thread(ensure_nonempty, path)  # gone meanwhile? That is the better cause.
        raise NotAVideoError(
            f"{path.name} is not a media file that ffprobe can read; it may be damaged or cut short",
            remedy="replace it by a whole copy, or remove it",
        )
    return describe(answer, name=path.name, size=size)


def ensure_not_truncated(path: Path) -> int:
    """Like `ensure_nonempty`, of a file that is as long as it says it is."""
    size = ensure_nonempty(path)
    expected = declared_size(path)
    if expected is not None and expected > size:
        raise TruncatedFileError(path.name, size, expected)
    return size


def ensure_nonempty(path: Path) -> int:
    """The size in bytes of a regular file that can be opened and is not empty."""
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _GONE:
            raise LocalFileNotFoundError(
                f"{path.name} is not there", remedy="was it moved while it was read?"
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
        raise NotAVideoError(f"{path.name} is {kind}, not a file", remedy="remove it, or name it otherwise")
    if status.st_size == 0:
        raise EmptyFileError(
            f"{path.name} is empty (0 bytes)", remedy="replace it by a whole copy, or remove it"
        )
    return status.st_size


def describe(answer: Mapping[str, Any], *, name: str, size: int) -> VideoMetadata:
    """Read ffprobe's JSON.

    Raises:
        NotAVideoError: it tells of no film: sound, subtitles, a picture, a playlist.
    """
    streams: Sequence[Mapping[str, Any]] = answer.get("streams") or ()
    container: Mapping[str, Any] = answer.get("format") or {}
    video = next((stream for stream in streams if _is_film(stream)), None)
    if video is None:
        raise NotAVideoError(f"{name} has no video stream: {_what_else(streams)}")
    demuxers = str(container.get("format_name", "")).split(",")
    brand = str((container.get("tags") or {}).get("major_brand", ""))
    if DEMUXERS.isdisjoint(demuxers) or brand in PICTURE_BRANDS:
        kind = brand if brand in PICTURE_BRANDS else demuxers[0] or "something unknown"
        raise NotAVideoError(f"{name} is not a video but a picture or a playlist ({kind})")
    audio = next((stream for stream in streams if stream.get("codec_type") == "audio"), None)
    return VideoMetadata(
        duration_seconds=_seconds(container.get("duration")) or _seconds(video.get("duration")),
        file_size_kb=size // 1024,
        video_codec=_codec(video),
        audio_codec=_codec(audio) if audio else None,
        resolution=_resolution(video),
        frame_rate=_rate(video.get("avg_frame_rate")),
    )


def _parsed(stdout: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(stdout.decode("utf-8", "replace"))
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _is_film(stream: Mapping[str, Any]) -> bool:
    """A video stream that is neither cover art nor a still picture."""
    disposition = stream.get("disposition") or {}
    still = disposition.get("attached_pic") or disposition.get("still_image")
    return stream.get("codec_type") == "video" and not still


def _what_else(streams: Sequence[Mapping[str, Any]]) -> str:
    """`audio only (mp3)`, `audio and cover art only (aac, png)`, `nothing at all`."""
    kinds = [
        "cover art" if stream.get("codec_type") == "video" else str(stream.get("codec_type", "data"))
        for stream in streams
    ]
    if not kinds:
        return "nothing in it at all"
    codecs = ", ".join(_codec(stream) for stream in streams)
    return f"{' and '.join(dict.fromkeys(kinds))} only ({codecs})"


def _codec(stream: Mapping[str, Any]) -> str:
    return str(stream.get("codec_name") or UNKNOWN_CODEC)[:CODEC_NAME_LENGTH]


def _seconds(value: Any) -> float | None:
    """A length of time, or None for what is none: `N/A`, nothing, zero, a negative or infinite one."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _rate(value: Any) -> float | None:
    """`30000/1001` as a number; None for `0/0`."""
    numerator, _, denominator = str(value).partition("/")
    try:
        rate = float(numerator) / float(denominator or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return rate if math.isfinite(rate) and rate > 0 else None


def _resolution(stream: Mapping[str, Any]) -> str | None:
    try:
        width, height = int(stream["width"]), int(stream["height"])
    except (KeyError, TypeError, ValueError):
        return None
    if width <= 0 or height <= 0:
        return None
    if round(_rotation(stream)) % 180 == 90:  # noqa: PLR2004 - degrees
        width, height = height, width
    return f"{width}x{height}"


def _rotation(stream: Mapping[str, Any]) -> float:
    """Degrees, from the display matrix, or else from the tag that older files and programs have."""
    matrices = [entry for entry in stream.get("side_data_list") or () if "rotation" in entry]
    tag = (stream.get("tags") or {}).get("rotate", 0)
    try:
        degrees = float(matrices[0]["rotation"] if matrices else tag)
    except (TypeError, ValueError):
        return 0.0
    return degrees if math.isfinite(degrees) else 0.0
