"""Where the picture changes at once from one shot to the next.

https://ffmpeg.org/ffmpeg-filters.html#scdet-1
"""

import asyncio
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, ffmpeg
from app.media.ffprobe import ensure_nonempty

FRAMES_PER_SECOND = 5
"""So few are enough to see a cut, and show the change of a fast fade as one."""

WIDTH = 320
THRESHOLD = 10
"""scdet's own scale, 0 to 100, and its default."""

_TIME = b"lavfi.scd.time="


def command(program: Path, video: Path, *, start: float, end: float) -> list[str]:
    """The arguments that print the times of cuts, counted from `start`, one a line."""
    # Rounded up, each picture is the newest one at its time: a cut is told after it was made, never before.
    pictures = f"fps={FRAMES_PER_SECOND}:round=up,scale={WIDTH}:-2"
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(video, *ffmpeg.seek_args(start, end)),
        *("-map", "0:V:0"),
        *("-vf", f"{pictures},scdet=t={THRESHOLD},metadata=print:key={_TIME[:-1].decode()}:file=-"),
        *("-f", "null", "-"),
    ]


async def detect_scene_changes(video: Path, *, settings: Settings, start: float, end: float) -> list[float]:
    """The first moments of new shots between two times, in seconds of the video.

    Each is that of the cut or up to `1 / FRAMES_PER_SECOND` seconds later: there the new shot is seen.

    Raises:
        ValueError: `start` and `end` are no part of a video.
        EmptyFileError, MediaError: the file has no picture that can be decoded.
        LocalFileNotFoundError, FileUnreadableError: it cannot be opened.
        FFmpegError: FFmpeg was ended, or took too long.
        ToolMissingError: there is no FFmpeg.
    """
    argv = command(binaries.find_ffmpeg(settings), video, start=start, end=end)
    await asyncio.to_thread(ensure_nonempty, video)
    cuts: list[float] = []

    def follow(line: bytes) -> None:
        if line.startswith(_TIME):
            cuts.append(start + float(line.removeprefix(_TIME)))

    await ffmpeg.run_streaming(argv, source=video, timeout=settings.ffprobe_timeout_seconds, on_output=follow)
    return cuts
