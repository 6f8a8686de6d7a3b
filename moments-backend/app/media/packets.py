"""Length of the media in a file, measured from its packets instead of its time stamps."""

from dataclasses import dataclass, field
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, process
from app.media.ffprobe_args import command, parse_number
from app.media.formats import DEMUXERS
from app.media.limits import media_limits

LONGEST_PACKET_SECONDS = 10.0
"""Longer packets count as this long: MP4 includes a gap in the duration of the packet before it.

A FLAC packet at 8 kHz lasts up to 8 s.
"""

_SHOW = (
    "-show_entries",
    "packet=codec_type,stream_index,pts_time,duration_time:format=format_name",
)
_FIELDS = 4
_CORRECTED_DEMUXERS = (b"mpeg", b"mpegts", b"ogg")
"""Formats in which times may jump, for example between concatenated recordings; FFmpeg removes the gaps."""


@dataclass(slots=True)
class _Stream:
    seconds: float = 0.0
    """Sum of the packets' durations."""

    end: float | None = None
    """Highest end of a packet by its time stamp."""

    is_audio: bool = False

    def add(self, time: float | None, duration: float | None) -> None:
        if duration is None and time is not None and self.end is not None:
            duration = time - self.end
        duration = min(max(duration or 0.0, 0.0), LONGEST_PACKET_SECONDS)
        self.seconds += duration
        if time is not None:
            self.end = max(self.end if self.end is not None else time, time + duration)


@dataclass(slots=True)
class MediaLength:
    """Length of a file's media. Both values are seconds.

    `seconds` is the sum of the packet durations of the longest stream, in which gaps do not count.
    `claimed_seconds` is the time at which the first audio stream ends by its time stamps.
    """

    seconds: float
    claimed_seconds: float


@dataclass(slots=True)
class _Packets:
    streams: dict[int, _Stream] = field(default_factory=dict)
    start: float | None = None
    is_corrected: bool = False

    def add_line(self, line: bytes) -> None:
        fields = line.strip().replace(b'"', b"").split(b",")
        if fields[0] not in {b"audio", b"video"}:
            self.is_corrected = self.is_corrected or fields[0] in _CORRECTED_DEMUXERS
        elif len(fields) >= _FIELDS:
            stream = self.streams.setdefault(int(fields[1]), _Stream(is_audio=fields[0] == b"audio"))
            time = parse_number(fields[2])
            stream.add(time, parse_number(fields[3]))
            if time is not None:
                self.start = time if self.start is None else min(self.start, time)

    def length(self) -> MediaLength:
        seconds = max((stream.seconds for stream in self.streams.values()), default=0.0)
        audio = next((stream for _, stream in sorted(self.streams.items()) if stream.is_audio), _Stream())
        if self.is_corrected or audio.end is None or self.start is None:
            return MediaLength(seconds, seconds)
        return MediaLength(seconds, audio.end - self.start)


async def measure_length(
    video: Path,
    *,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> MediaLength:
    """Measure the length of the media. Reads the whole file.

    Raises:
        FFmpegTimeoutError: not finished after `timeout` seconds.
    """
    packets = _Packets()
    program, max_pixels = binaries.find_ffprobe(settings), settings.media_max_pixels
    argv = command(program, video, *_SHOW, max_pixels=max_pixels, demuxers=DEMUXERS, output="csv=p=0")
    await process.run(argv, timeout=timeout, limits=media_limits(settings), on_output=packets.add_line)
    return packets.length()
