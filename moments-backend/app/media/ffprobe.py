"""Media properties of a video file, read by ffprobe.

https://ffmpeg.org/ffprobe.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    FFmpegError,
    NotAVideoError,
)
from app.media import binaries, process
from app.media.ffprobe_args import command
from app.media.file_checks import describe_text, ensure_nonempty, ensure_not_truncated
from app.media.formats import DEMUXERS
from app.media.limits import limit_error, media_limits, picture_error
from app.media.measured_duration import with_measured_duration
from app.media.media_info_parser import (
    CODEC_NAME_LENGTH,
    codec_name,
    is_picture,
    parse_media_info,
)
from app.media.process import CompletedProcess
from app.media.stream_selection import audio_candidates, select_video
from app.media.unusable import ensure_usable
from app.models.media_info import MediaInfo, VideoStream

__all__ = ["VideoMetadata", "command", "probe", "to_metadata"]

IMAGE_BRANDS = frozenset({"avif", "heic", "heix", "mif1"})
"""MP4 brands of still images. https://mp4ra.org/registered-types/brands"""


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
    info: MediaInfo = field(default_factory=MediaInfo)

    def columns(self) -> dict[str, Any]:
        """Return the values of the row's columns; `title` only if the file's tags have one."""
        return {
            "duration_seconds": self.duration_seconds,
            "file_size_kb": self.file_size_kb,
            "video_codec": self.video_codec,
            "audio_codec": self.audio_codec,
            "resolution": self.resolution,
            "frame_rate": self.frame_rate,
            "media": self.info.model_dump(mode="json"),
            "recorded_at": self.info.recorded_at,
            "title": self.info.title,
            "description": self.info.description,
            "channel": self.info.artist,
        }


async def probe(path: Path, *, settings: Settings, name: str | None = None) -> VideoMetadata:
    """Read the properties of one file.

    Args:
        name: the file's name in the library if `path` is a temporary copy; it may contain a date.

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
        raise _failure(completed, path, await run_in_thread(describe_text, path))
    name = name or path.name
    metadata = to_metadata(
        output,
        name=name,
        size=size,
        max_pixels=settings.media_max_pixels,
        keep_location=settings.keep_location,
    )
    await run_in_thread(ensure_usable, path, output, name)
    info = await with_measured_duration(path, metadata.info, name=name, size=size, settings=settings)
    return replace(metadata, info=info, duration_seconds=info.duration_seconds)


def _failure(completed: CompletedProcess, path: Path, text: str | None) -> NotAVideoError:
    """Return the error of a failed ffprobe; `text` is the kind of a text file."""
    if text is not None:
        return NotAVideoError(
            f"{path.name} is {text}, not a video", remedy="replace it with the video, or remove it"
        )
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


def to_metadata(
    output: Mapping[str, Any], *, name: str, size: int, max_pixels: int, keep_location: bool = False
) -> VideoMetadata:
    """Convert ffprobe's JSON.

    Raises:
        NotAVideoError: no video stream, a still image or a playlist.
        MediaLimitError: more pixels than `max_pixels`.
    """
    streams: Sequence[Mapping[str, Any]] = output.get("streams") or ()
    container: Mapping[str, Any] = output.get("format") or {}
    video = next((stream for stream in streams if is_picture(stream)), None)
    if video is None:
        raise NotAVideoError(f"{name} has no video stream: {_describe_streams(streams)}")
    demuxers = str(container.get("format_name", "")).split(",")
    brand = str((container.get("tags") or {}).get("major_brand", ""))
    if DEMUXERS.isdisjoint(demuxers) or brand in IMAGE_BRANDS:
        kind = brand if brand in IMAGE_BRANDS else demuxers[0] or "unknown"
        raise NotAVideoError(f"{name} is a still image or a playlist ({kind}), not a video")
    info = parse_media_info(output, name=name, keep_location=keep_location)
    picture = select_video(info)
    if picture.width * picture.height > max_pixels:
        raise picture_error(name, picture.width, picture.height, max_pixels)
    sound = next(iter((*audio_candidates(info), *info.audio)), None)
    return VideoMetadata(
        duration_seconds=info.duration_seconds,
        file_size_kb=size // 1024,
        video_codec=picture.codec[:CODEC_NAME_LENGTH],
        audio_codec=sound.codec if sound else None,
        resolution=_resolution(picture),
        frame_rate=picture.frame_rate,
        info=info,
    )


def _parse_json(stdout: bytes) -> dict[str, Any]:
    try:
        output = json.loads(stdout.decode("utf-8", "replace"))
    except ValueError:
        return {}
    return output if isinstance(output, dict) else {}


def _describe_streams(streams: Sequence[Mapping[str, Any]]) -> str:
    """Return a text such as `audio only (mp3)` or `audio and cover art only (aac, png)`."""
    kinds = [
        "cover art" if stream.get("codec_type") == "video" else str(stream.get("codec_type", "data"))
        for stream in streams
    ]
    if not kinds:
        return "no streams"
    codecs = ", ".join(codec_name(stream) for stream in streams)
    return f"{' and '.join(dict.fromkeys(kinds))} only ({codecs})"


def _resolution(picture: VideoStream) -> str | None:
    width, height = picture.width, picture.height
    if width == 0 or height == 0:
        return None
    return f"{height}x{width}" if picture.rotation in {90, 270} else f"{width}x{height}"
