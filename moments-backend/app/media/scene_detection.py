"""Detection of cuts between shots.

https://ffmpeg.org/ffmpeg-filters.html#scdet-1
"""

from pathlib import Path

from app.core.config import Settings
from app.media import binaries, ffmpeg
from app.media.ffprobe import probe
from app.media.stream_selection import select_video
from app.media.time_axis import seek_args
from app.models.media_info import MediaInfo

FRAMES_PER_SECOND = 5
"""Enough to detect cuts; merges fast fades into one."""

WIDTH = 320
THRESHOLD = 10
"""On scdet's scale from 0 to 100; its default."""

_TIME = b"lavfi.scd.time="


def command(
    program: Path, video: Path, info: MediaInfo, *, start: float, end: float, max_pixels: int
) -> list[str]:
    """Return the arguments that print the times of cuts in seconds after `start`, one per line."""
    picture = select_video(info)
    # Rounding up reports a cut at or after its time, never before.
    sampling = f"fps={FRAMES_PER_SECOND}:round=up,scale={WIDTH}:-2"
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(video, *seek_args(info, start, end, streams=[picture]), max_pixels=max_pixels),
        *("-map", f"0:{picture.index}"),
        *("-vf", f"{sampling},scdet=t={THRESHOLD},metadata=print:key={_TIME[:-1].decode()}:file=-"),
        *("-f", "null", "-"),
    ]


async def detect_scene_changes(video: Path, *, settings: Settings, start: float, end: float) -> list[float]:
    """Return the start times of new shots in a range, in seconds of the video.

    A time is at most `1 / FRAMES_PER_SECOND` seconds after the cut.

    Raises:
        ValueError: invalid range.
        EmptyFileError, MediaError: no video can be decoded.
    """
    info = (await probe(video, settings=settings)).info
    program = binaries.find_ffmpeg(settings)
    argv = command(program, video, info, start=start, end=end, max_pixels=settings.media_max_pixels)
    cuts: list[float] = []

    def parse(line: bytes) -> None:
        if line.startswith(_TIME):
            seconds = start + float(line.removeprefix(_TIME))
            if seconds >= start:  # files whose clock jumps are read from earlier
                cuts.append(seconds)

    await ffmpeg.run_streaming(
        argv,
        source=video,
        settings=settings,
        timeout=settings.ffprobe_timeout_seconds,
        on_output=parse,
    )
    return cuts
