"""Position to read a video from, so that a clip begins with the picture shown at its start.

https://ffmpeg.org/ffprobe.html#Main-options
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.media import binaries, ffprobe, process
from app.media.formats import DEMUXERS
from app.media.limits import media_limits
from app.media.time_axis import file_clock
from app.models.media_info import MediaInfo, VideoStream

EPSILON = 0.0005
"""Seconds; larger than FFmpeg's rounding of times, smaller than the duration of a frame."""

_ROUNDING = 2e-6
"""Seconds; ffprobe rounds times to microseconds."""

UNINDEXED_SECONDS = 30
"""Seconds read before the clip to find a key frame if the container has no index (MPEG transport streams)."""

_KEY_FRAME_MARGIN = 0.5
"""Seconds read before a key frame without index, whose audio may be stored far from it."""

_REORDERED_SECONDS = 2
"""Upper bound of frame reordering: a frame is stored at most 16 frames before its display position."""

_DEFAULT_RATE = 25.0


@dataclass(frozen=True, slots=True)
class SeekPoint:
    """Position of the first frame of a clip, in seconds of the video.

    `shown_from` is the frame's own time, `read_from` the position from which it can be decoded. `is_known` is
    False if no time of a frame is known.
    """

    read_from: float
    shown_from: float
    is_known: bool = True

    def earlier(self) -> "SeekPoint":
        """Return the same frame, read from further before."""
        read_from = max(0.0, self.read_from - UNINDEXED_SECONDS)
        return SeekPoint(read_from, self.shown_from, self.is_known)


async def find_seek_point(
    video: Path, info: MediaInfo, picture: VideoStream, *, start: float, settings: Settings
) -> SeekPoint:
    """Find the frame of `picture` that is displayed at `start`, in seconds of the video."""
    # Without known times, the frame that a constant rate shows at `start`.
    assumed = max(0.0, start - 1 / (picture.frame_rate or _DEFAULT_RATE) + 2 * EPSILON)
    if info.has_clock_jumps:  # ffprobe cannot seek; `seek_args` reads from a key frame before
        return SeekPoint(start, assumed, is_known=False)
    lead, clock = 2 * EPSILON, file_clock(info, start)
    until = clock + _REORDERED_SECONDS
    packets = await _packets(video, picture, clock, until, settings)
    if not packets or "K" not in packets[0].get("flags", ""):
        earlier = max(info.start_seconds, clock - UNINDEXED_SECONDS)
        packets = await _packets(video, picture, earlier, until, settings)
        lead = _lead_without_index(packets, clock)
    times = [_number(packet.get("pts_time")) for packet in packets if "D" not in packet.get("flags", "")]
    if None in times:  # AVI stores no times; decoding provides them
        shown = probe_args(picture, clock, until, decoded=True)
        frames = (await _run_ffprobe(video, settings, *shown)).get("frames", [])
        times = [_number(frame.get("best_effort_timestamp_time")) for frame in frames]
    known = [time - info.start_seconds for time in times if time is not None and time <= clock + _ROUNDING]
    if not known:
        return SeekPoint(max(0.0, start - UNINDEXED_SECONDS), assumed, is_known=False)
    shown_from = max(0.0, *known)
    return SeekPoint(max(0.0, shown_from - lead), shown_from)


def probe_args(picture: VideoStream, start: float, end: float, *, decoded: bool = False) -> tuple[str, ...]:
    """Return the arguments that list frame times from the key frame before `start`, by the file's clock."""
    entries = "frame=best_effort_timestamp_time" if decoded else "packet=pts_time,flags"
    interval = ("-read_intervals", f"{start:.6f}%{end:.6f}")
    return ("-select_streams", str(picture.index), *interval, "-show_entries", entries)


@dataclass(frozen=True, slots=True)
class ClipTimes:
    """Time of the first picture and length of the audio in a clip, in seconds; None without one."""

    first_picture: float | None
    sound_seconds: float | None


async def read_clip(clip: Path, settings: Settings) -> ClipTimes:
    entries = ("-show_entries", "stream=codec_type,start_time,duration")
    streams = (await _run_ffprobe(clip, settings, *entries)).get("streams", [])
    by_type = {stream.get("codec_type"): stream for stream in streams}
    return ClipTimes(
        _number(by_type.get("video", {}).get("start_time")),
        _number(by_type.get("audio", {}).get("duration")),
    )


def _lead_without_index(packets: list[dict[str, Any]], clock: float) -> float:
    """Return the seconds to read before the first frame, so that its key frame is decoded."""
    times = ((_number(packet.get("pts_time")), packet.get("flags", "")) for packet in packets)
    keys = [time for time, flags in times if "K" in flags and time is not None and time <= clock + _ROUNDING]
    return UNINDEXED_SECONDS if not keys else clock - max(keys) + _KEY_FRAME_MARGIN


async def _packets(
    video: Path, picture: VideoStream, start: float, end: float, settings: Settings
) -> list[dict[str, Any]]:
    output = await _run_ffprobe(video, settings, *probe_args(picture, start, end))
    return list(output.get("packets", []))


async def _run_ffprobe(video: Path, settings: Settings, *args: str) -> dict[str, Any]:
    """Return ffprobe's JSON; empty if it cannot read the file, because FFmpeg reports the reason later."""
    program, max_pixels = binaries.find_ffprobe(settings), settings.media_max_pixels
    completed = await process.run(
        ffprobe.command(program, video, *args, max_pixels=max_pixels, demuxers=DEMUXERS),
        timeout=settings.ffprobe_timeout_seconds,
        limits=media_limits(settings),
    )
    try:
        output = json.loads(completed.stdout.decode("utf-8", "replace"))
    except ValueError:
        return {}
    return output if isinstance(output, dict) else {}


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):  # "N/A" or missing
        return None
    return number if math.isfinite(number) else None
