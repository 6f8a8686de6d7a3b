"""Duration of files whose header states none or an implausible one."""

import logging
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import FFmpegTimeoutError, NotAVideoError
from app.media.axis_scan import scan_axis
from app.media.clock_samples import has_clock_jumps
from app.models.media_info import MediaInfo

LATE_START_SECONDS = 0.1
"""Matroska's duration counts from 0 in some files and from the first picture in others."""

SHORT_SECONDS = 1.0
"""Shorter pictures without audio may be a single one."""

MIN_BYTES_PER_SECOND, MAX_BYTES_PER_SECOND = 200, 1_000_000_000
"""Plausible media: speech codecs have some 600, uncompressed 4K some 750,000,000."""

_MPEG = {"mpeg", "mpegts"}

logger = logging.getLogger(__name__)


async def with_measured_duration(
    path: Path, info: MediaInfo, *, name: str, size: int, settings: Settings
) -> MediaInfo:
    """Return the info with a measured duration if the declared one is doubtful.

    The scan reads the whole file, so files with a plausible header are not scanned.

    Raises:
        NotAVideoError: the file contains no pictures at all, or a single one without audio.
    """
    is_doubtful = is_implausible(info, size)
    if not is_doubtful and not _MPEG.isdisjoint(info.container.split(",")):
        is_doubtful = await run_in_thread(has_clock_jumps, path)
    if not is_doubtful:
        return info
    try:
        scan = await scan_axis(path, info, settings=settings, size=size)
    except FFmpegTimeoutError as error:
        logger.warning("the duration of %s could not be measured: %s", name, error.cause)
        return info
    if scan.pictures == 0:
        raise NotAVideoError(
            f"{name} contains a header but no pictures; the recording or the copy was interrupted",
            remedy="replace it with a complete copy, or remove it",
        )
    if scan.pictures == 1 and not info.audio:
        raise single_picture_error(name)
    points = scan.thinned_points() if scan.has_jumps else ()
    return info.model_copy(
        update={
            "duration_seconds": scan.end or info.duration_seconds,
            "has_clock_jumps": scan.has_jumps,
            "sync_points": points,
        }
    )


def is_implausible(info: MediaInfo, size: int) -> bool:
    """Return whether the declared duration is missing or does not fit the rest of the header."""
    duration = info.duration_seconds
    if duration is None:
        return True
    if "matroska" in info.container and info.start_seconds > LATE_START_SECONDS:
        return True
    is_single = not info.audio and duration < SHORT_SECONDS
    return is_single or not MIN_BYTES_PER_SECOND <= size / duration <= MAX_BYTES_PER_SECOND


def single_picture_error(name: str) -> NotAVideoError:
    return NotAVideoError(
        f"{name} contains a single picture and no audio, so it is an image rather than a video",
        remedy="remove it from the videos",
    )
