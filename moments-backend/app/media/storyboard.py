"""Storyboards: small pictures of a video in one sheet, and WebVTT that maps times to them.

https://www.w3.org/TR/webvtt1/, https://www.w3.org/TR/media-frags/#naming-space
"""

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.config import Settings
from app.core.exceptions import NotAVideoError
from app.media.frame_hash import hash_frames
from app.media.jpeg import encode_jpeg
from app.media.key_frames import Frame, PictureSource
from app.media.overview import interval_of, overview, overview_by_seeking
from app.media.picture_quality import best

COLUMNS = 10
JPEG_QUALITY = 5
CANDIDATES = 0.75
"""Part of the video in which the best frame is looked for; the end may give the story away."""
SHEET_NAME = "storyboard.jpg"

_GREY = 128
_FACTS = re.compile(r"^NOTE source_bytes=(\d+) best_second=(\d+\.\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Storyboard:
    """`sheet` is a JPEG, `cues` a WebVTT document that refers to it."""

    sheet: bytes
    cues: str
    hashes: bytes = b""
    """Hashes of the frames; see `app.media.frame_hash`."""


@dataclass(frozen=True, slots=True)
class StoryboardFacts:
    """The facts that a storyboard keeps about its source."""

    source_bytes: int
    """Size of the video; 0 if unknown."""
    best_second: float
    """Time of the frame that shows most."""


async def make_storyboard(
    source: PictureSource, *, source_bytes: int, by_seeking: bool, settings: Settings
) -> Storyboard:
    """Make the storyboard of a video.

    Args:
        by_seeking: read a few positions rather than the whole file.

    Raises:
        NotAVideoError: no frame can be decoded.
        MediaLimitError: the pictures are too large, or FFmpeg needs too much memory.
        FFmpegError: FFmpeg was killed or timed out, or the URL cannot be read.
    """
    read = overview_by_seeking if by_seeking else overview
    frames = await read(source, settings=settings)
    if not frames:
        raise NotAVideoError(f"no frame could be decoded from {source.name}")
    sheet = await encode_jpeg(_compose(frames), quality=JPEG_QUALITY, settings=settings)
    candidates = frames[: math.ceil(len(frames) * CANDIDATES)]
    chosen = candidates[best([frame.luma for frame in candidates])]
    facts = StoryboardFacts(source_bytes, chosen.seconds)
    cues = _to_vtt(frames, facts, version_of(sheet), source.duration_seconds)
    return Storyboard(sheet, cues, hash_frames(frames))


def version_of(sheet: bytes) -> str:
    """Return the version in the URL of a sheet."""
    return hashlib.sha256(sheet).hexdigest()[:16]


def facts_of(cues: str) -> StoryboardFacts | None:
    """Return the facts in a WebVTT document of this module; None for any other."""
    found = _FACTS.search(cues)
    return StoryboardFacts(int(found[1]), float(found[2])) if found else None


def _compose(frames: Sequence[Frame]) -> Frame:
    """Return one picture of all frames, row by row; unused tiles are black."""
    width, height = frames[0].width, frames[0].height
    columns = min(COLUMNS, len(frames))
    rows = math.ceil(len(frames) / columns)
    planes = []
    start = 0
    for tile_width, tile_height, empty in (
        (width, height, 0),
        (width // 2, height // 2, _GREY),
        (width // 2, height // 2, _GREY),
    ):
        size = tile_width * tile_height
        plane = np.full((rows * tile_height, columns * tile_width), empty, np.uint8)
        for number, frame in enumerate(frames):
            row, column = divmod(number, columns)
            y, x = row * tile_height, column * tile_width
            tile = np.frombuffer(frame.planes, np.uint8, size, start).reshape(tile_height, tile_width)
            plane[y : y + tile_height, x : x + tile_width] = tile
        planes.append(plane.tobytes())
        start += size
    return Frame(0.0, columns * width, rows * height, b"".join(planes))


def _to_vtt(frames: Sequence[Frame], facts: StoryboardFacts, version: str, duration: float | None) -> str:
    """Return one cue per frame, from its time to the next one's; the first begins at 0."""
    width, height = frames[0].width, frames[0].height
    columns = min(COLUMNS, len(frames))
    starts = [0.0, *(frame.seconds for frame in frames[1:])]
    last = frames[-1].seconds
    end = max(duration or 0.0, last + (1.0 if duration else interval_of(None)))
    if duration and last < duration:
        end = duration
    lines = [
        "WEBVTT",
        "",
        f"NOTE source_bytes={facts.source_bytes} best_second={facts.best_second:.3f}",
        "",
    ]
    for number, (start, until) in enumerate(zip(starts, [*starts[1:], end], strict=True)):
        row, column = divmod(number, columns)
        place = f"{column * width},{row * height},{width},{height}"
        lines += [
            f"{_timestamp(start)} --> {_timestamp(until)}",
            f"{SHEET_NAME}?v={version}#xywh={place}",
            "",
        ]
    return "\n".join(lines)


def _timestamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
