"""Length of a video by the time stamps of all packets, for files whose header states none or a wrong one."""

import math
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, process
from app.media.ffprobe_args import command, parse_number
from app.media.formats import DEMUXERS, JUMPING_DEMUXERS, UNDECODABLE_CODECS
from app.media.limits import media_limits
from app.media.time_axis import JUMP_SECONDS
from app.models.media_info import MediaInfo, SyncPoint

BACKWARD_SECONDS = 0.1
"""FFmpeg's tolerance of backward steps in formats whose clock jumps."""

SYNC_SECONDS, MAX_POINTS = 4.0, 500
"""Distance of the sync points, and thus the most that is decoded in vain; longer in long videos."""

_BYTES_PER_SECOND = 10_000_000
"""Slowest disk that the time limit allows for."""

_RECENT_PACKETS = 64
_SHOW = (
    "-show_entries",
    "packet=codec_type,stream_index,pts_time,dts_time,duration_time,pos,flags",
)
_FIELDS = 7


@dataclass(slots=True)
class AxisScan:
    """Result of a scan; times are seconds of the axis. `end` is None without a time stamp."""

    streams: frozenset[int]
    """Indexes of the streams that count; the others are covers, data and undecodable audio."""

    zero: float
    """The file's clock at second 0 of the axis."""

    is_corrected: bool
    """FFmpeg corrects jumps in this format."""

    end: float | None = None
    pictures: int = 0
    has_jumps: bool = False
    points: list[SyncPoint] = field(default_factory=list)
    _offset: float = 0.0
    _last: float | None = None
    _previous: dict[int, float] = field(default_factory=dict)
    _expected: dict[int, float] = field(default_factory=dict)
    _recent: deque[tuple[int, float, int]] = field(default_factory=lambda: deque(maxlen=_RECENT_PACKETS))
    _position: int = 0
    _starts: dict[int, float] = field(default_factory=dict)

    def add_line(self, line: bytes) -> None:
        """Add one packet as ffprobe prints it."""
        fields = line.strip().replace(b'"', b"").split(b",")
        if len(fields) < _FIELDS or not fields[1].isdigit() or int(fields[1]) not in self.streams:
            return
        pts, dts, duration = (parse_number(value) for value in fields[2:5])
        is_picture = fields[0] == b"video"
        self.pictures += is_picture
        if (decoded := dts if dts is not None else pts) is None:
            return
        stream, shown = int(fields[1]), pts if pts is not None else decoded
        self._correct(stream, decoded, duration or 0.0)
        time = shown + self._offset - self.zero
        self.end = max(self.end or 0.0, time + (duration or 0.0))
        if self.is_corrected and fields[5].isdigit():
            self._add_point(stream, time, int(fields[5]), is_key=is_picture and b"K" in fields[6])

    def _correct(self, stream: int, decoded: float, duration: float) -> None:
        """Remove a jump of the clock as FFmpeg does."""
        clock, jump = decoded + self._offset, 0.0
        if (expected := self._expected.get(stream)) is not None:
            is_backward = clock + BACKWARD_SECONDS < self._previous[stream]
            jump = clock - expected if is_backward or abs(clock - expected) > JUMP_SECONDS else 0.0
        elif self._last is not None and abs(clock - self._last) > JUMP_SECONDS:
            jump = clock - self._last
        if self.is_corrected and jump:
            self._offset -= jump
            clock -= jump
            self.has_jumps = True
            self._recent.clear()
            self._starts = {}  # FFmpeg could not compare the streams of this point
        self._previous[stream] = self._last = clock
        self._expected[stream] = clock + duration

    def _add_point(self, stream: int, time: float, position: int, *, is_key: bool) -> None:
        """Keep the positions of key frames at which FFmpeg can start to read."""
        self._recent.append((stream, time, position))
        last = min(self.points[-1].starts.values()) if self.points else 0.0
        if self._starts:
            if position >= self._position:
                self._starts.setdefault(stream, time)
        elif is_key and time - last >= SYNC_SECONDS:
            self._position, self._starts = position, {stream: time}
            # Packets stored after a large picture may be complete before it.
            for other, begin, at in self._recent:
                if at >= position:
                    self._starts.setdefault(other, begin)
        if self._starts and self.streams.issubset(self._starts):
            starts = {index: round(seconds, 5) for index, seconds in self._starts.items()}
            self.points.append(SyncPoint(position=self._position, starts=starts))
            self._starts = {}

    def thinned_points(self) -> tuple[SyncPoint, ...]:
        """Return at most `MAX_POINTS`, evenly."""
        return tuple(self.points[:: math.ceil(len(self.points) / MAX_POINTS) or 1])


async def scan_axis(path: Path, info: MediaInfo, *, settings: Settings, size: int) -> AxisScan:
    """Read the headers of all packets of the file.

    Raises:
        FFmpegTimeoutError: the disk is too slow.
    """
    sound = [stream.index for stream in info.audio if stream.codec not in UNDECODABLE_CODECS]
    streams = frozenset([*(stream.index for stream in info.video), *sound])
    is_corrected = not JUMPING_DEMUXERS.isdisjoint(info.container.split(","))
    scan = AxisScan(streams, info.start_seconds, is_corrected)
    program, max_pixels = binaries.find_ffprobe(settings), settings.media_max_pixels
    argv = command(program, path, *_SHOW, max_pixels=max_pixels, demuxers=DEMUXERS, output="csv=p=0")
    timeout = settings.ffprobe_timeout_seconds + size / _BYTES_PER_SECOND
    await process.run(argv, timeout=timeout, limits=media_limits(settings), on_output=scan.add_line)
    return scan
