"""Metadata inside the file of an export: its title, and the video and time that it was cut from."""

from datetime import timedelta

from app.database.models import Video
from app.services.exports.selection import video_title


def file_metadata(video: Video, *, title: str, start: float, end: float) -> dict[str, str]:
    """Return tags for FFmpeg: https://ffmpeg.org/ffmpeg-formats.html#Metadata."""
    source = f"{video_title(video)} ({video.identifier}), {_clock(start)}–{_clock(end)}"
    tags = {"title": title, "comment": f"From {source}"}
    if video.channel:
        tags["artist"] = video.channel
    if video.source_url:
        tags["description"] = video.source_url
    return tags


def _clock(seconds: float) -> str:
    """Return `0:01:23.450`."""
    return str(timedelta(milliseconds=round(seconds * 1000)))[:11].removesuffix("000")
