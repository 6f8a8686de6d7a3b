"""Frames of a video as small raw pictures, for thumbnails and storyboards.

https://ffmpeg.org/ffmpeg.html, https://ffmpeg.org/ffmpeg-bitstream-filters.html#noise
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from app.core.config import Settings
from app.core.exceptions import FFmpegError, InvalidRequestError, NotAVideoError
from app.media import binaries, ffmpeg, process
from app.media.formats import DEMUXERS
from app.media.limits import (
    NETWORK_VARIABLES,
    PROXY_VARIABLES,
    decoder_args,
    decoder_threads,
    limit_error,
    media_limits,
)
from app.media.picture_filters import PictureChain, picture_chain
from app.media.picture_quality import Luma
from app.media.process import CompletedProcess
from app.media.seek_point import EPSILON, find_seek_point
from app.media.stream_selection import select_video
from app.media.time_axis import seek_args
from app.models.media_info import MediaInfo, VideoStream

_UNKNOWN_STREAM = VideoStream(index=0, codec="unknown")
_WEB_PROTOCOLS = "http,https,httpproxy,tcp,tls"
_STALL_SECONDS = 30
"""Seconds without data after which FFmpeg gives up a connection."""

_NETWORK_MESSAGES = (
    "Server returned",
    "HTTP error",
    "Connection",
    "timed out",
    "Failed to resolve",
    "I/O error",
)
_PRINT_TIME = "metadata=mode=add:key=p:value={number},metadata=mode=print:key=p:file='pipe\\:2'"
"""Filters that print a frame's time on stderr."""
_TIME_LINES = re.compile(rb"frame:\d+ +pts:\S+ +pts_time:(\S+)\s+p=(\d+)\n?")
_Y4M_SIZE = re.compile(rb"YUV4MPEG2 W(\d+) H(\d+) [^\n]*\n")
_FRAME_MARK = b"FRAME\n"
_MAX_HEADER_BYTES = 512
_TOLERANCE = 0.98
"""Part of the interval from which on a key frame is taken."""
_NO_INPUT_FILTERS = "cannot be applied to input"
"""Error of FFmpeg before 7.0, which has no bitstream filters for inputs."""


@dataclass(frozen=True, slots=True)
class PictureSource:
    """A video: a file or an http(s) URL, and what is known about it."""

    location: Path | str
    info: MediaInfo | None = None
    """None if the row of an older version is all that is known."""
    duration_seconds: float | None = None

    @property
    def name(self) -> str:
        if isinstance(self.location, Path):
            return self.location.name
        return urlsplit(self.location).path.rpartition("/")[2]

    @property
    def stream(self) -> VideoStream:
        """Return the picture stream.

        Raises:
            NotAVideoError: there is none.
        """
        return _UNKNOWN_STREAM if self.info is None else select_video(self.info)

    def map_of(self, input_number: int) -> str:
        """Return the specifier of the picture stream; V: video streams without cover art."""
        return f"{input_number}:V:0" if self.info is None else f"{input_number}:{self.stream.index}"

    def seek(self, start: float) -> tuple[str, ...]:
        """Return the options that read from second `start` of the time axis."""
        if self.info is None:
            return ("-ss", f"{start:.6f}") if start else ()
        return seek_args(self.info, start, streams=[self.stream])


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame in full-range YUV 4:2:0. `seconds` is its time on the time axis."""

    seconds: float
    width: int
    height: int
    planes: bytes

    @property
    def luma(self) -> Luma:
        count = self.width * self.height
        return np.frombuffer(self.planes, np.uint8, count).reshape(self.height, self.width)


async def key_frames(
    source: PictureSource,
    *,
    interval: float,
    max_frames: int,
    box: int,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> list[Frame]:
    """Return key frames at least about `interval` seconds apart, in one pass over the file.

    Other packets are dropped before the decoder, so that a long video costs no more than a short one.

    Args:
        box: maximum width and height.

    Raises:
        NotAVideoError, MediaLimitError, FFmpegError: see `run`.
    """
    select = f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{interval * _TOLERANCE:.6f})'"
    keys = ("-discard:v", "nokey", "-skip_frame", "nokey", "-noaccurate_seek")

    def command(*options: str) -> list[str]:
        return _pass_command(
            source, *keys, *options, select=select, max_frames=max_frames, box=box, settings=settings
        )

    try:
        return await _read(command("-bsf:v", _thinning(interval)), source, settings, timeout)
    except NotAVideoError as error:
        if _NO_INPUT_FILTERS not in error.cause:
            raise
        return await _read(command(), source, settings, timeout)


async def decoded_frames(
    source: PictureSource,
    *,
    interval: float,
    max_frames: int,
    box: int,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> list[Frame]:
    """Return frames every `interval` seconds; decodes the whole video. For files with few key frames."""
    select = f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{interval:.6f}-0.001)'"
    command = _pass_command(source, select=select, max_frames=max_frames, box=box, settings=settings)
    return await _read(command, source, settings, timeout)


async def sampled_frames(
    source: PictureSource,
    times: Sequence[float],
    *,
    max_width: int,
    max_height: int,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> list[Frame]:
    """Return the key frame before each time, in one process. For a few times only.

    Each costs one seek and one decoded frame. Times after the end yield no frame.
    """
    chain = _chain(source, max_width, max_height)
    inputs, graph, labels = [], [], ""
    for number, at in enumerate(times):
        inputs += _input_args(
            source,
            "-threads",
            "1",
            "-noaccurate_seek",
            *source.seek(at),
            *chain.input_args,
            settings=settings,
        )
        filters = ["trim=end_frame=1", _PRINT_TIME.format(number=number), *chain.filters, f"setpts={number}"]
        graph.append(f"[{source.map_of(number)}]{','.join(filters)}[p{number}]")
        labels += f"[p{number}]"
    graph.append(f"{labels}concat=n={len(times)}:unsafe=1")
    command = [
        *(*ffmpeg.base_args(binaries.find_ffmpeg(settings)), *inputs),
        *("-filter_complex", ";".join(graph), *_output_args(len(times))),
    ]
    completed = await run(command, source, settings=settings, timeout=timeout)
    offsets = {int(number): float(at) for at, number in _TIME_LINES.findall(completed.stderr)}
    frames = _parse(completed.stdout)
    if len(offsets) != len(frames):
        return frames
    starts = [times[number] + offsets[number] for number in sorted(offsets)]
    return [replace(frame, seconds=max(0.0, at)) for frame, at in zip(frames, starts, strict=True)]


async def frame_at(
    source: PictureSource,
    at_seconds: float,
    *,
    max_width: int,
    max_height: int,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> Frame | None:
    """Return the frame that is shown at a time; None after the last one.

    Of URLs, it is the first frame at or after the time.
    """
    read_from = shown_from = at_seconds
    if isinstance(source.location, Path) and source.info is not None:
        point = await find_seek_point(
            source.location, source.info, source.stream, start=at_seconds, settings=settings
        )
        read_from, shown_from = point.read_from, point.shown_from
    chain = _chain(source, max_width, max_height)
    filters = [f"select='gte(t,{shown_from - read_from - EPSILON:.6f})'", *chain.filters]
    command = [
        *ffmpeg.base_args(binaries.find_ffmpeg(settings)),
        *_input_args(source, *source.seek(read_from), *chain.input_args, settings=settings),
        *("-map", source.map_of(0), "-vf", ",".join(filters), *_output_args(1)),
    ]
    frames = _parse((await run(command, source, settings=settings, timeout=timeout)).stdout)
    return replace(frames[0], seconds=at_seconds) if frames else None


async def run(
    command: Sequence[str],
    source: PictureSource,
    *,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> CompletedProcess:
    """Run FFmpeg. Its output is empty if the range contains no frame.

    Raises:
        NotAVideoError: the source cannot be decoded.
        MediaLimitError: the pictures are too large, or FFmpeg needs too much memory.
        FFmpegError: FFmpeg was killed, or the URL cannot be read.
    """
    variables = () if isinstance(source.location, Path) else (*NETWORK_VARIABLES, *PROXY_VARIABLES)
    completed = await process.run(
        command, timeout=timeout, limits=media_limits(settings, variables=variables)
    )
    has_frame = _FRAME_MARK in completed.stdout[:_MAX_HEADER_BYTES]
    if has_frame and completed.returncode >= 0:
        return completed
    if error := limit_error(completed.stderr, source.name, settings):
        raise error
    if completed.returncode == 0:
        return completed
    if completed.signal_name:
        raise FFmpegError(f"FFmpeg was terminated by {completed.signal_name} while reading {source.name}")
    raise _failure(completed, source)


def _failure(completed: CompletedProcess, source: PictureSource) -> FFmpegError | NotAVideoError:
    errors = replace(completed, stderr=_TIME_LINES.sub(b"", completed.stderr))
    # Omit the URL, which may be signed and thus secret.
    message = errors.first_error_line.replace(str(source.location), source.name)
    stderr = errors.stderr.decode("utf-8", "replace")
    if isinstance(source.location, str) and any(text in stderr for text in _NETWORK_MESSAGES):
        return FFmpegError(f"{source.name} could not be read: {message}", remedy="try again")
    if "not on whitelist" in message:
        message = "it is not a video"
    reason = message or "FFmpeg reported no cause"
    return NotAVideoError(f"no frame could be decoded from {source.name}: {reason}")


def _chain(source: PictureSource, max_width: int, max_height: int) -> PictureChain:
    return picture_chain(
        source.stream, max_width=max_width, max_height=max_height, deinterlace=False, jpeg=True
    )


def _pass_command(
    source: PictureSource, *options: str, select: str, max_frames: int, box: int, settings: Settings
) -> list[str]:
    chain = _chain(source, box, box)
    filters = [select, _PRINT_TIME.format(number=0), *chain.filters]
    return [
        *ffmpeg.base_args(binaries.find_ffmpeg(settings)),
        *_input_args(source, *options, *source.seek(0), *chain.input_args, settings=settings),
        *("-map", source.map_of(0), "-vf", ",".join(filters), *_output_args(max_frames)),
    ]


def _thinning(interval: float) -> str:
    """Return the bitstream filter that keeps key frames `interval` seconds apart, by their decoding time.

    Variables of the expression: 0 is the time from which on the next key frame is kept, 1 whether there was
    one. Where the file's clock jumps back, the next key frame is kept.
    """
    step = interval * _TOLERANCE
    at = "if(eq(dts,nopts),pts,dts)*tb"
    is_due = f"not(ld(1))+gte({at},ld(0))+lt({at},ld(0)-{2 * step:.6f})"
    return f"noise=drop='if(key*({is_due}),st(1,1)*st(0,{at}+{step:.6f})*0,1)'"


def _input_args(source: PictureSource, *options: str, settings: Settings) -> list[str]:
    max_pixels = settings.media_max_pixels
    if isinstance(source.location, Path):
        return ffmpeg.input_args(source.location, *options, max_pixels=max_pixels)
    if urlsplit(source.location).scheme not in {"http", "https"}:
        raise InvalidRequestError("frames can be read only from a file or an http(s) URL")
    return [
        *("-protocol_whitelist", _WEB_PROTOCOLS, "-rw_timeout", str(_STALL_SECONDS * 1_000_000)),
        *("-format_whitelist", ",".join(sorted(DEMUXERS))),
        *decoder_args(max_pixels, threads=decoder_threads()),
        *options,
        *("-i", source.location),
    ]


def _output_args(max_frames: int) -> list[str]:
    # The format states the size. Without `passthrough`, frames before second 0 are dropped.
    return ["-fps_mode", "passthrough", "-frames:v", str(max_frames), "-f", "yuv4mpegpipe", "pipe:1"]


async def _read(
    command: Sequence[str], source: PictureSource, settings: Settings, seconds: float
) -> list[Frame]:
    """Run a pass over the file; frames without a printed time are left out."""
    completed = await run(command, source, settings=settings, timeout=seconds)
    times = [float(at) for at, _ in _TIME_LINES.findall(completed.stderr)]
    frames = zip(_parse(completed.stdout), times, strict=False)
    return [replace(frame, seconds=max(0.0, at)) for frame, at in frames]


def _parse(y4m: bytes) -> list[Frame]:
    """Return the complete frames of a YUV4MPEG2 stream."""
    found = _Y4M_SIZE.match(y4m)
    if found is None:
        return []
    width, height = int(found[1]), int(found[2])
    size = width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)
    frames, position = [], found.end()
    while (start := position + len(_FRAME_MARK)) + size <= len(y4m):
        frames.append(Frame(0.0, width, height, y4m[start : start + size]))
        position = start + size
    return frames
