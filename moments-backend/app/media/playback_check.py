"""Checks whether browsers can play a copy whose pictures were not encoded again."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.media import binaries, process
from app.media.ffprobe_args import command
from app.media.formats import DEMUXERS
from app.media.limits import media_limits
from app.models.media_info import AudioStream, MediaInfo, VideoStream

LENGTH_TOLERANCE_SECONDS = 1.0
START_TOLERANCE_SECONDS = 0.15

SAMPLES = 8
"""Positions at which pictures are decoded, evenly distributed over the copy."""

_FRAMES_PER_SAMPLE = 2
_UNSAMPLED_CODECS = frozenset({"av1"})
"""The bundled ffprobe cannot decode them."""


class UnplayableCopyError(Exception):
    """Browsers would not play the copy, or not on the time axis of the original."""


async def check_copy(
    path: Path, info: MediaInfo, streams: Sequence[VideoStream | AudioStream], *, settings: Settings
) -> None:
    """Compare a copy with the facts of its original, and decode a few of its pictures.

    Args:
        streams: the copied streams of the original, in the order of the copy.

    Raises:
        UnplayableCopyError: something is missing or shifted, or the pictures change their size.
    """
    facts = "format=duration:stream=codec_name,start_time,width,height"
    output = await _probe(path, "-show_entries", facts, settings=settings)
    copied, length = output.get("streams", []), _number(output.get("format", {}).get("duration"))
    if len(copied) != len(streams):
        raise UnplayableCopyError(f"the copy has {len(copied)} streams instead of {len(streams)}")
    _check_length(length, info)
    for stream, copy in zip(streams, copied, strict=True):
        _check_start(stream, copy, info)
    video = copied[0]
    if video.get("codec_name") in _UNSAMPLED_CODECS:
        return
    positions = [f"{length * number / SAMPLES:.3f}%+#{_FRAMES_PER_SAMPLE}" for number in range(SAMPLES)]
    sampled = await _probe(
        path,
        *("-select_streams", "V:0", "-read_intervals", ",".join(positions)),
        *("-show_entries", "frame=width,height,interlaced_frame"),
        settings=settings,
    )
    _check_pictures(sampled.get("frames", []), video)


def _check_length(length: float, info: MediaInfo) -> None:
    if info.duration_seconds and abs(length - info.duration_seconds) > LENGTH_TOLERANCE_SECONDS:
        raise UnplayableCopyError(f"the copy has {length:.1f} s instead of {info.duration_seconds:.1f} s")


def _check_start(stream: VideoStream | AudioStream, copy: Mapping[str, Any], info: MediaInfo) -> None:
    if stream.start_seconds is None:
        return
    start, expected = _number(copy.get("start_time")), stream.start_seconds - info.start_seconds
    if abs(start - expected) > START_TOLERANCE_SECONDS:
        raise UnplayableCopyError(f"{stream.codec} starts at {start:.2f} s instead of {expected:.2f} s")


def _check_pictures(frames: list[Mapping[str, Any]], video: Mapping[str, Any]) -> None:
    size = (video.get("width"), video.get("height"))
    if not frames:
        raise UnplayableCopyError("no frame can be decoded")
    for frame in frames:
        if (found := (frame.get("width"), frame.get("height"))) != size:
            raise UnplayableCopyError(
                f"frames change from {size[0]}x{size[1]} to {found[0]}x{found[1]} pixels"
            )
        if frame.get("interlaced_frame"):
            raise UnplayableCopyError("frames are interlaced")


async def _probe(path: Path, *show: str, settings: Settings) -> dict[str, Any]:
    program, max_pixels = binaries.find_ffprobe(settings), settings.media_max_pixels
    completed = await process.run(
        command(program, path, *show, max_pixels=max_pixels, demuxers=DEMUXERS),
        timeout=settings.ffprobe_timeout_seconds,
        limits=media_limits(settings),
    )
    if completed.returncode != 0:
        raise UnplayableCopyError(completed.first_error_line or "ffprobe reported no cause")
    return dict(json.loads(completed.stdout))


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):  # "N/A" or missing
        return 0.0
    return number if math.isfinite(number) else 0.0
