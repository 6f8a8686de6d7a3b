"""A part of a video as a file of its own that every browser plays.

https://ffmpeg.org/ffmpeg.html, https://trac.ffmpeg.org/wiki/Encode/H.264
"""

import asyncio
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.core.exceptions import MediaError
from app.media import binaries, ffmpeg, process
from app.media.ffprobe import ensure_not_truncated
from app.media.formats import DEMUXERS

PRESET, CRF = "veryfast", "21"
"""x264's settings. On ten seconds of a 720p talk, processor time, size and likeness (SSIM) were

    ultrafast 23   3.0 s   1.03 MB   0.983
    superfast 23   3.9 s   1.12 MB   0.979
    veryfast 21    5.4 s   0.51 MB   0.978
    faster 23      7.5 s   0.48 MB   0.978
    medium 23     10.8 s   0.57 MB   0.983

so what comes before it doubles the size, and what comes after it the time.
"""

MAX_SIDE = 1920
"""Larger pictures are made smaller: not every browser decodes what lies beyond."""

AUDIO_BITRATE = "128k"
AUDIO_RATE = 48_000

_TIME_BASE = 90_000
_REORDERED_SECONDS = 2
"""Frames are stored before others that are shown earlier, by 16 frames at most."""

_CLOSE = 0.0005
"""Seconds. Times are rounded on their way through FFmpeg: so much before a frame is surely before it, and yet
after the frame before."""

UNINDEXED_SECONDS = 30
"""MPEG transport streams, which sites send under the names of others, have no index of key frames: so much is
read before the clip, and one is in it."""


def pad_range(start: float, end: float, *, padding: float, duration: float | None) -> tuple[float, float]:
    """A moment with `padding` seconds more on both sides, as far as the video goes. All in seconds."""
    last = end + padding
    return max(0.0, start - padding), last if duration is None else min(duration, last)


def probe_command(ffprobe: Path, video: Path, *questions: str) -> list[str]:
    """The arguments that ask ffprobe about a video, in JSON."""
    return [
        *(os.fspath(ffprobe), "-v", "quiet", "-of", "json"),
        *("-protocol_whitelist", "file", "-format_whitelist", ",".join(sorted(DEMUXERS))),
        *questions,
        f"file:{video.absolute()}",
    ]


DURATION_ARGS = ("-show_entries", "format=start_time,duration")


def probe_packets_args(start: float, end: float, *, decoded: bool = False) -> tuple[str, ...]:
    """The question when frames are shown, from the key frame before `start` on, by the file's own clock."""
    entries = "frame=best_effort_timestamp_time" if decoded else "packet=pts_time,flags"
    return ("-select_streams", "V:0", "-read_intervals", f"{start:.6f}%{end:.6f}", "-show_entries", entries)


@dataclass(frozen=True, slots=True)
class SeekPoint:
    """How to come to the picture that is seen when a clip begins, in seconds of the video.

    `shown_from`: since when it is shown. `read_from`: where reading has to begin, so that it can be decoded.
    """

    read_from: float
    shown_from: float


def command(
    program: Path,
    video: Path,
    destination: Path,
    *,
    opening: SeekPoint,
    start: float,
    end: float,
    threads: int,
) -> list[str]:
    """The arguments that write the part from `start` to `end` of a video, in seconds of it.

    At second n the clip shows what the video shows at second `start + n`, whatever the frame rate: the
    picture that was there already when the clip starts is its first one.
    """
    read_from = opening.read_from  # all times in the filters count from here
    first, lead, last = (
        f"{time - read_from:.6f}" for time in (opening.shown_from - _CLOSE, start, end - _CLOSE)
    )
    picture = [
        *(f"trim=start={first}:end={last}", f"settb=1/{_TIME_BASE}", f"setpts='max(PTS-{lead}/TB,0)'"),
        "bwdif=mode=send_frame:deint=interlaced",
        f"scale=w='{_even('iw*sar')}':h='{_even('ih')}':out_range=tv",
        *("setsar=1", "format=yuv420p"),
    ]
    sound = [f"atrim=start={lead}:end={last}", f"asetpts='PTS-{lead}/TB'", "aresample=async=1:first_pts=0"]
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(video, *ffmpeg.seek_args(read_from, end)),
        *("-map", "0:V:0", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-vf", ",".join(picture), "-af", ",".join(sound)),
        *("-c:v", "libx264", "-preset", PRESET, "-crf", CRF, "-profile:v", "high"),
        # By default times are rounded to whole frames of one rate, which not every video has.
        # `-vsync` is what FFmpeg before 5.1 calls `-fps_mode`; 8 knows both.
        *("-vsync", "vfr", "-threads:v", str(threads), "-enc_time_base:v", f"1:{_TIME_BASE}"),
        *("-c:a", "aac", "-b:a", AUDIO_BITRATE, "-ar", str(AUDIO_RATE), "-ac", "2"),
        *("-movflags", "+faststart"),
        *ffmpeg.output_args(destination, muxer="mp4"),
    ]


def _even(side: str) -> str:
    """An expression for a side of the picture: even, as 4:2:0 needs it, and at most `MAX_SIDE` long."""
    return f"max(2,2*trunc({side}*min(1,{MAX_SIDE}/max(iw*sar,ih))/2+0.01))"


def encoder_threads(settings: Settings) -> int:
    """Threads for one of the clips that a worker makes at once."""
    return max(1, (os.cpu_count() or 1) // settings.worker_ffmpeg_limit)


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
    """Write the part from `start` to `end`, in seconds of the video, as H.264 and AAC in MP4.

    `destination` appears whole or not at all. The picture is upright, its samples square; a video without
    sound gives a clip without sound. An `end` after the video's is the video's.

    Args:
        on_progress: takes the seconds of the clip that are written.
        timeout: seconds for the whole clip.

    Raises:
        ValueError: `start` and `end` are no part of a video.
        EmptyFileError, NotAVideoError: the file is no video; TruncatedFileError: its end is missing.
        MediaError: there is no picture at `start`, or the video cannot be decoded, or breaks off.
        LocalFileNotFoundError, FileUnreadableError, DiskFullError, LocalFileError: a file cannot be used.
        FFmpegError: FFmpeg was ended, or took too long.
        ToolMissingError: there is no FFmpeg.
    """
    if not 0 <= start < end - _CLOSE:
        raise ValueError(f"no part of a video: from {start} to {end}")
    program = binaries.find_ffmpeg(settings)
    await asyncio.to_thread(ensure_not_truncated, video)
    beginning, duration = await _length(video, settings)
    if duration is not None and duration <= start:
        raise MediaError(f"{video.name} ends at {duration:.1f} s, before the clip would begin")
    opening = await _opening(video, settings, start=start, beginning=beginning)
    async with ffmpeg.atomic_output(destination) as part:
        threads = encoder_threads(settings)
        argv = command(program, video, part, opening=opening, start=start, end=end, threads=threads)
        converted = await ffmpeg.convert(argv, source=video, timeout=timeout, on_progress=on_progress)
        if converted.frames == 0:
            raise MediaError(f"{video.name} shows nothing from {start:.1f} to {end:.1f} s")
        if duration is not None and converted.broke_off(min(end, duration) - start):
            raise MediaError(
                f"{video.name} breaks off at {start + converted.seconds:.0f} s: {converted.complaint}",
                remedy="replace it by a whole copy",
            )


async def _length(video: Path, settings: Settings) -> tuple[float, float | None]:
    """What the file's own clock shows at the video's beginning, and the video's length, in seconds."""
    container = (await _ask(video, settings, *DURATION_ARGS)).get("format", {})
    return _number(container.get("start_time")) or 0.0, _number(container.get("duration"))


async def _opening(video: Path, settings: Settings, *, start: float, beginning: float) -> SeekPoint:
    """Find the picture that is seen at `start`. `beginning` is what the file's clock shows at second 0."""
    lead, clock = 2 * _CLOSE, beginning + start
    until = clock + _REORDERED_SECONDS
    packets = (await _ask(video, settings, *probe_packets_args(clock, until))).get("packets", [])
    if not packets or "K" not in packets[0].get("flags", ""):
        lead, earlier = UNINDEXED_SECONDS, max(beginning, clock - UNINDEXED_SECONDS)
        packets = (await _ask(video, settings, *probe_packets_args(earlier, until))).get("packets", [])
    times = [_number(packet.get("pts_time")) for packet in packets if "D" not in packet.get("flags", "")]
    if None in times:  # AVI keeps no times: what its order means, a decoder knows
        frames = (await _ask(video, settings, *probe_packets_args(clock, until, decoded=True))).get(
            "frames", []
        )
        times = [_number(frame.get("best_effort_timestamp_time")) for frame in frames]
    known = [time - beginning for time in times if time is not None and time <= clock]
    shown_from = max(0.0, max(known, default=start))  # where nothing is known, it is the next picture
    return SeekPoint(max(0.0, shown_from - lead), shown_from)


async def _ask(video: Path, settings: Settings, *questions: str) -> dict[str, Any]:
    """What ffprobe answers; nothing where it cannot read the file, and FFmpeg will say why."""
    argv = probe_command(binaries.find_ffprobe(settings), video, *questions)
    completed = await process.run(argv, timeout=settings.ffprobe_timeout_seconds)
    try:
        answer = json.loads(completed.stdout.decode("utf-8", "replace"))
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):  # "N/A", or nothing
        return None
    return number if math.isfinite(number) else None
