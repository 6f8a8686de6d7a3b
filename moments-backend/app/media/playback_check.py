"""Checks whether browsers can play a copy whose streams were not encoded again."""

import json
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, ffprobe, process
from app.media.formats import DEMUXERS
from app.media.limits import media_limits
from app.models.media_info import MediaInfo

LENGTH_TOLERANCE_SECONDS = 1.0


class CopyError(Exception):
    """Browsers would not play the copy."""


async def check_copy(path: Path, info: MediaInfo, *, settings: Settings) -> None:
    """Compare a copy with the facts of its original.

    Raises:
        CopyError: the copy lacks pictures or a part of the original.
    """
    program = binaries.find_ffprobe(settings)
    show = ("-show_entries", "format=start_time,duration:stream=codec_type,nb_frames")
    completed = await process.run(
        ffprobe.command(program, path, *show, max_pixels=settings.media_max_pixels, demuxers=DEMUXERS),
        timeout=settings.ffprobe_timeout_seconds,
        limits=media_limits(settings),
    )
    if completed.returncode != 0:
        raise CopyError(completed.first_error_line)
    container = json.loads(completed.stdout)["format"]
    length = float(container.get("duration", 0))
    if info.duration_seconds and abs(length - info.duration_seconds) > LENGTH_TOLERANCE_SECONDS:
        raise CopyError(f"the copy has {length:.1f} s instead of {info.duration_seconds:.1f} s")
