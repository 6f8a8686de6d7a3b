"""Encoding of clips that every browser plays.

https://ffmpeg.org/ffmpeg.html, https://trac.ffmpeg.org/wiki/Encode/H.264
"""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import MediaError
from app.media import binaries, ffmpeg, ffprobe, process
from app.media.file_checks import ensure_not_truncated
from app.media.formats import DEMUXERS
from app.media.limits import MIB, media_limits

PRESET, CRF = "veryfast", "21"
"""x264 preset and quality. CPU time, size and SSIM for ten seconds of a 720p talk:

    ultrafast 23   3.0 s   1.03 MB   0.983
    superfast 23   3.9 s   1.12 MB   0.979
    veryfast 21    5.4 s   0.51 MB   0.978
    faster 23      7.5 s   0.48 MB   0.978
    medium 23     10.8 s   0.57 MB   0.983

Faster presets double the size, slower ones the time.
"""

MAX_SIDE = 1920
"""Larger frames are scaled down, because not every browser decodes them."""

MAX_ENCODER_THREADS = 16
"""More do not speed up 1080p, but each needs memory."""

MAX_BYTES_PER_SECOND = 100 * MIB
"""Limit on the size of a clip. Random noise of 1080p at 60 frames per second has 72 MB per second."""

BASE_BYTES = 64 * MIB

AUDIO_BITRATE = "128k"
AUDIO_RATE = 48_000

_TIME_BASE = 90_000
_REORDERED_SECONDS = 2
"""Upper bound of frame reordering: a frame is stored at most 16 frames before its display position."""

_EPSILON = 0.0005
"""Seconds; larger than FFmpeg's rounding of times, smaller than the duration of a frame."""

UNINDEXED_SECONDS = 30
"""Seconds read before the clip to find a key frame if the container has no index (MPEG transport streams)."""


def pad_range(start: float, end: float, *, padding: float, duration: float | None) -> tuple[float, float]:
    """Extend a range by `padding` seconds on both sides, within the video. All values are seconds."""
    last = end + padding
    return max(0.0, start - padding), last if duration is None else min(duration, last)


DURATION_ARGS = ("-show_entries", "format=start_time,duration")


def probe_packets_args(start: float, end: float, *, decoded: bool = False) -> tuple[str, ...]:
    """Return the arguments that list frame times from the key frame before `start`, by the file's clock."""
    entries = "frame=best_effort_timestamp_time" if decoded else "packet=pts_time,flags"
    return ("-select_streams", "V:0", "-read_intervals", f"{start:.6f}%{end:.6f}", "-show_entries", entries)


@dataclass(frozen=True, slots=True)
class SeekPoint:
    """Position of the first frame of a clip, in seconds of the video.

    `shown_from` is the frame's own time, `read_from` the position from which it can be decoded.
    """

    read_from: float
    shown_from: float


def command(
    program: Path,
    video: Path,
    destination: Path,
    *,
    seek_point: SeekPoint,
    start: float,
    end: float,
    threads: int,
    max_pixels: int,
) -> list[str]:
    """Return the arguments that encode a clip from `start` to `end`, in seconds of the video.

    Second n of the clip shows second `start + n` of the video for any frame rate; the first frame is the one
    displayed at `start`.
    """
    read_from = seek_point.read_from  # filter times are relative to this
    first, lead, last = (
        f"{time - read_from:.6f}" for time in (seek_point.shown_from - _EPSILON, start, end - _EPSILON)
    )
    video_filters = [
        *(f"trim=start={first}:end={last}", f"settb=1/{_TIME_BASE}", f"setpts='max(PTS-{lead}/TB,0)'"),
        "bwdif=mode=send_frame:deint=interlaced",
        f"scale=w='{_even('iw*sar')}':h='{_even('ih')}':out_range=tv",
        *("setsar=1", "format=yuv420p"),
    ]
    audio_filters = [
        f"atrim=start={lead}:end={last}",
        f"asetpts='PTS-{lead}/TB'",
        "aresample=async=1:first_pts=0",
    ]
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(video, *ffmpeg.seek_args(read_from, end), max_pixels=max_pixels),
        *("-map", "0:V:0", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-vf", ",".join(video_filters), "-af", ",".join(audio_filters)),
        *("-c:v", "libx264", "-preset", PRESET, "-crf", CRF, "-profile:v", "high"),
        # Keep variable frame rates.
        *("-fps_mode", "vfr", "-threads:v", str(threads), "-enc_time_base:v", f"1:{_TIME_BASE}"),
        *("-c:a", "aac", "-b:a", AUDIO_BITRATE, "-ar", str(AUDIO_RATE), "-ac", "2"),
        *("-movflags", "+faststart"),
        *ffmpeg.output_args(destination, muxer="mp4"),
    ]


def _even(side: str) -> str:
    """Return the expression of a side of the frame: even, as 4:2:0 requires, and at most `MAX_SIDE`."""
    return f"max(2,2*trunc({side}*min(1,{MAX_SIDE}/max(iw*sar,ih))/2+0.01))"


def encoder_threads(settings: Settings) -> int:
    """Return the number of threads for each of the clips that a worker encodes concurrently."""
    return min(MAX_ENCODER_THREADS, max(1, (os.cpu_count() or 1) // settings.worker_ffmpeg_limit))


async def cut_clip(
    video: Path,
    destination: Path,
    *,
    start: float,
    end: float,
    settings: Settings,
    on_progress: ffmpeg.OnProgress | None = None,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> None:
    """Encode the range from `start` to `end`, in seconds of the video, as H.264 and AAC in MP4.

    Writes `destination` atomically; a later `end` is limited to the end of the video.

    Args:
        on_progress: called with the seconds of the clip written.
        timeout: seconds for the whole clip.

    Raises:
        ValueError: invalid range.
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        MediaError: no frame at `start`, or the video cannot be decoded or ends early.
        MediaLimitError: the video needs more pixels, memory or output than allowed.
    """
    if not 0 <= start < end - _EPSILON:
        raise ValueError(f"invalid range: from {start} to {end}")
    program = binaries.find_ffmpeg(settings)
    await run_in_thread(ensure_not_truncated, video)
    start_clock, duration = await _clock_and_duration(video, settings)
    if duration is not None and duration <= start:
        raise MediaError(f"{video.name} ends at {duration:.1f} s, before the start of the clip")
    seek_point = await _find_seek_point(video, settings, start=start, start_clock=start_clock)
    async with ffmpeg.atomic_output(destination) as part:
        argv = command(
            program,
            video,
            part,
            seek_point=seek_point,
            start=start,
            end=end,
            threads=encoder_threads(settings),
            max_pixels=settings.media_max_pixels,
        )
        length = (end if duration is None else min(end, duration)) - start
        result = await ffmpeg.convert(
            argv,
            source=video,
            destination=part,
            max_bytes=BASE_BYTES + math.ceil(length * MAX_BYTES_PER_SECOND),
            settings=settings,
            timeout=timeout,
            on_progress=on_progress,
        )
        if result.frames == 0:
            raise MediaError(f"{video.name} has no frame from {start:.1f} to {end:.1f} s")
        if duration is not None and result.ended_early(length):
            raise MediaError(
                f"{video.name} ends at {start + result.seconds:.0f} s: {result.source_error}",
                remedy="replace it with a complete copy",
            )


async def _clock_and_duration(video: Path, settings: Settings) -> tuple[float, float | None]:
    """Return the file's clock at the start of the video and the duration, both in seconds."""
    container = (await _run_ffprobe(video, settings, *DURATION_ARGS)).get("format", {})
    return _number(container.get("start_time")) or 0.0, _number(container.get("duration"))


async def _find_seek_point(video: Path, settings: Settings, *, start: float, start_clock: float) -> SeekPoint:
    """Find the frame displayed at `start`. `start_clock` is the file's clock at second 0."""
    lead, clock = 2 * _EPSILON, start_clock + start
    until = clock + _REORDERED_SECONDS
    packets = (await _run_ffprobe(video, settings, *probe_packets_args(clock, until))).get("packets", [])
    if not packets or "K" not in packets[0].get("flags", ""):
        lead, earlier = UNINDEXED_SECONDS, max(start_clock, clock - UNINDEXED_SECONDS)
        packets = (await _run_ffprobe(video, settings, *probe_packets_args(earlier, until))).get(
            "packets", []
        )
    times = [_number(packet.get("pts_time")) for packet in packets if "D" not in packet.get("flags", "")]
    if None in times:  # AVI stores no times; decoding provides them
        frames = (await _run_ffprobe(video, settings, *probe_packets_args(clock, until, decoded=True))).get(
            "frames", []
        )
        times = [_number(frame.get("best_effort_timestamp_time")) for frame in frames]
    known = [time - start_clock for time in times if time is not None and time <= clock]
    shown_from = max(0.0, max(known, default=start))  # without known times, use the next frame
    return SeekPoint(max(0.0, shown_from - lead), shown_from)


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
