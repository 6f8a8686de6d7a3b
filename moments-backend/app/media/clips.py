"""A part of a video as a file of its own that every browser plays.

https://ffmpeg.org/ffmpeg.html, https://trac.ffmpeg.org/wiki/Encode/H.264
"""

import asyncio
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.core.exceptions import MediaError
from app.media import ffmpeg, process, tools
from app.media.ffprobe import size_of_whole
from app.media.formats import DEMUXERS

PRESET, CRF = "veryfast", "23"
MAX_SIDE = 1920
"""Larger pictures are made smaller: not every browser decodes what lies beyond."""

AUDIO_BITRATE = "128k"
AUDIO_RATE = 48_000

_TIME_BASE = "1:90000"
_REORDERED_SECONDS = 2
"""Frames are stored before others that are shown earlier, by 16 frames at most."""

_SAME_SECONDS = 0.001
"""A time written with six decimals may lie just after the frame it names; this is before it, and after the
frame before."""


def padded(start: float, end: float, *, padding: float, duration: float | None) -> tuple[float, float]:
    """A moment with `padding` seconds more on both sides, as far as the video goes. All in seconds."""
    last = end + padding
    return max(0.0, start - padding), last if duration is None else min(duration, last)


def ask_command(ffprobe: Path, video: Path, *questions: str) -> list[str]:
    """The arguments that ask ffprobe about a video, in JSON."""
    return [
        *(os.fspath(ffprobe), "-v", "quiet", "-of", "json"),
        *("-protocol_whitelist", "file", "-format_whitelist", ",".join(sorted(DEMUXERS))),
        *questions,
        f"file:{video.absolute()}",
    ]


LENGTH = ("-show_entries", "format=start_time,duration")


def frame_times(start: float) -> tuple[str, ...]:
    """The question when frames are shown, from the key frame before `start` on, by the file's own clock."""
    interval = f"{start:.6f}%{start + _REORDERED_SECONDS:.6f}"
    entries = ("-show_entries", "packet=pts_time,dts_time,flags")
    return ("-select_streams", "V:0", "-read_intervals", interval, *entries)


def newest(packets: Sequence[Mapping[str, str]], start: float) -> float | None:
    """Since when the picture is shown that is seen at `start`; None where that cannot be told."""
    shown = [packet for packet in packets if "D" not in packet.get("flags", "")]  # D: to be decoded only
    times = [_number(packet.get("pts_time", packet.get("dts_time"))) for packet in shown]
    return max((time for time in times if time is not None and time <= start), default=None)


def command(
    program: Path,
    video: Path,
    destination: Path,
    *,
    start: float,
    end: float,
    shown_from: float | None,
    threads: int,
) -> list[str]:
    """The arguments that write the part from `start` to `end` of a video, in seconds of it.

    At second n the clip shows what the video shows at second `start + n`, whatever the frame rate: the
    picture that was there already when the clip starts is its first one. So reading begins at that picture,
    and everything is then moved forward by what lies between it and the start.
    """
    begin = start if shown_from is None else min(start, max(0.0, shown_from - _SAME_SECONDS))
    lead = f"{start - begin:.6f}/TB"
    picture = [
        f"setpts='max(PTS-{lead},0)'",
        "bwdif=mode=send_frame:deint=interlaced",
        f"scale=w='{_even('iw*sar')}':h='{_even('ih')}':out_range=tv",
        *("setsar=1", "format=yuv420p"),
    ]
    sound = [f"asetpts='PTS-{lead}'", "atrim=start=0", "aresample=async=1:first_pts=0"]
    return [
        *ffmpeg.opening(program),
        *ffmpeg.reading(video, *ffmpeg.part(begin, end)),
        *("-map", "0:V:0", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-vf", ",".join(picture), "-af", ",".join(sound)),
        *("-c:v", "libx264", "-preset", PRESET, "-crf", CRF, "-profile:v", "high"),
        # By default times are rounded to whole frames of one rate, which not every video has.
        *("-threads:v", str(threads), "-enc_time_base:v", _TIME_BASE),
        *("-c:a", "aac", "-b:a", AUDIO_BITRATE, "-ar", str(AUDIO_RATE), "-ac", "2"),
        *("-movflags", "+faststart"),
        *ffmpeg.writing(destination, muxer="mp4"),
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
        FileVanishedError, FileUnreadableError, DiskFullError, LocalFileError: a file cannot be used.
        MediaToolError: FFmpeg was ended, or took too long.
        ToolMissingError: there is no FFmpeg.
    """
    ffmpeg.part(start, end)
    program = tools.find_ffmpeg(settings)
    await asyncio.to_thread(size_of_whole, video)
    beginning, duration = await _length(video, settings)
    if duration is not None and duration <= start:
        raise MediaError(f"{video.name} ends at {duration:.1f} s, before the clip would begin")
    shown_from = await _shown_from(video, settings, start=start, beginning=beginning)
    async with ffmpeg.written_whole(destination) as part:
        argv = command(
            program,
            video,
            part,
            start=start,
            end=end,
            shown_from=shown_from,
            threads=encoder_threads(settings),
        )
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
    container = (await _ask(video, settings, *LENGTH)).get("format", {})
    return _number(container.get("start_time")) or 0.0, _number(container.get("duration"))


async def _shown_from(video: Path, settings: Settings, *, start: float, beginning: float) -> float | None:
    """Since when the picture is shown that is seen at `start`, in seconds of the video."""
    packets = (await _ask(video, settings, *frame_times(start + beginning))).get("packets", ())
    time = newest(packets, start + beginning)
    return None if time is None else time - beginning


async def _ask(video: Path, settings: Settings, *questions: str) -> dict[str, Any]:
    """What ffprobe answers; nothing where it cannot read the file, and FFmpeg will say why."""
    argv = ask_command(tools.find_ffprobe(settings), video, *questions)
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
