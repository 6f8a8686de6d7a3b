"""Search for clocks that restart inside MPEG streams, in samples of the file.

Recordings are joined by appending files, and recorders restart their clock when a programme changes. ffprobe
then reports the difference of the last and the first time stamp as duration, which is any number.

ISO/IEC 13818-1
"""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

SAMPLES, MIN_STEP_BYTES = 64, 4096
BLOCK_BYTES = 96 * 1024
"""At most 6 MiB are read of one file: 3 to 10 ms from the page cache."""

_MIN_STEP_BYTES = 4 * 1024
"""Distance of the samples in small files, which overlap."""

_MARGIN_SECONDS = 2.0
"""Streams are stored at most this far from each other."""

_GAP_SECONDS = 10.0
_GAP_FACTOR = 4.0
"""A step between two samples is a gap if it is this much longer than the median; bit rates vary less."""

_WRAP_SECONDS = 2**33 / 90_000
"""Clocks of 33 bits wrap after 26.5 hours, which FFmpeg corrects."""

_TIMED_STREAMS = (0xBD, *range(0xC0, 0xF0), 0xFD)
"""Ids of streams of audio and pictures."""


def has_clock_jumps(path: Path) -> bool:
    """Return whether the clock of an MPEG transport or program stream seems to restart or to have a gap."""
    times = list(_sample_times(path))
    steps = [_unwrapped(later - earlier) for earlier, later in pairwise(times)]
    if not steps:
        return False
    if min(steps) < -_MARGIN_SECONDS:
        return True
    median = sorted(steps)[len(steps) // 2]
    return max(steps) > _GAP_FACTOR * max(median, 0.0) + _GAP_SECONDS


def _sample_times(path: Path) -> Iterator[float]:
    """Yield a time stamp of each sample that contains one, in file order."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        step = max(_MIN_STEP_BYTES, size // SAMPLES)
        for offset in range(0, size, step):
            time = _first_time(os.pread(descriptor, BLOCK_BYTES, offset))
            if time is not None:
                yield time
    finally:
        os.close(descriptor)


def _first_time(block: bytes) -> float | None:
    """Return the first time stamp (PTS) of a packet of audio or pictures."""
    position = block.find(b"\x00\x00\x01")
    while 0 <= position < len(block) - 14:
        if block[position + 3] in _TIMED_STREAMS and (time := _pts(block, position)) is not None:
            return time
        position = block.find(b"\x00\x00\x01", position + 3)
    return None


def _pts(block: bytes, position: int) -> float | None:
    """Parse the time stamp in the header of a packet; None if it has none."""
    start = position + 6
    if block[start] & 0xC0 == 0x80:  # noqa: PLR2004 - MPEG-2
        stamp = block[start + 3 : start + 8] if block[start + 1] & 0x80 else b""
    else:  # MPEG-1: stuffing and the size of a buffer may precede the time stamp
        header = block[start : start + 32].lstrip(b"\xff")
        stamp = header[2:7] if header[:1] and header[0] & 0xC0 == 0x40 else header[:5]  # noqa: PLR2004
    has_markers = len(stamp) == 5 and stamp[0] & 1 and stamp[2] & 1 and stamp[4] & 1  # noqa: PLR2004
    if not has_markers or stamp[0] >> 4 not in {2, 3}:
        return None
    ticks = (stamp[0] >> 1 & 7) << 30 | stamp[1] << 22 | (stamp[2] >> 1) << 15 | stamp[3] << 7 | stamp[4] >> 1
    return ticks / 90_000


def _unwrapped(step: float) -> float:
    return step + _WRAP_SECONDS if step < -_WRAP_SECONDS / 2 else step
