"""Encoding of clips that every browser plays.

https://ffmpeg.org/ffmpeg.html
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import MediaError
from app.media import binaries, ffmpeg, seek_point, x264
from app.media.clip_source import ClipSource, open_source
from app.media.limits import MIB
from app.media.picture_filters import PictureChain, picture_chain
from app.media.seek_point import EPSILON, ClipTimes, SeekPoint
from app.media.time_axis import seek_args
from app.media.x264 import X264
from app.models.media_info import VideoStream

MAX_SIDE = 1920
"""Larger frames are scaled down, because not every browser decodes them."""

MAX_ENCODER_THREADS = 16
"""More do not speed up 1080p, but each needs memory."""

LARGE_PICTURE = 4096 * 2304
"""Pixels of pictures whose decoder needs so much memory that few threads are left for the encoder."""

MAX_THREADS_LARGE = 4

MAX_BYTES_PER_SECOND = 100 * MIB
"""Limit on the size of a clip. Random noise of 1080p at 60 frames per second has 72 MB per second."""

BASE_BYTES = 64 * MIB

AUDIO_BITRATE = "128k"
AUDIO_RATE = 48_000

_TIME_BASE = 90_000

_TOLERANCE_SECONDS = 0.1
"""Difference of a clip from the range that is explained by the length of its packets."""

_BLACK_SIZE = (640, 360)
"""Size of black frames if the size of the video is unknown."""

_DROPPING_CODECS = frozenset({"h264", "hevc", "mpeg2video", "vc1"})
"""Decoders that drop pictures after a seek until all of the picture has been refreshed."""


def pad_range(start: float, end: float, *, padding: float, duration: float | None) -> tuple[float, float]:
    """Extend a range by `padding` seconds on both sides, within the video. All values are seconds."""
    last = end + padding
    return max(0.0, start - padding), last if duration is None else min(duration, last)


@dataclass(frozen=True, slots=True)
class Rendering:
    """Filters, encoder and tags of a clip.

    `pictures` convert the frames, `sound_filters` follow the mix to stereo; both see times from the start of
    the clip. `metadata` are tags of the file.
    """

    pictures: PictureChain
    encoder: X264
    sound_filters: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


def command(
    program: Path,
    source: ClipSource,
    destination: Path,
    *,
    rendering: Rendering,
    point: SeekPoint,
    start: float,
    end: float,
    threads: int,
    max_pixels: int,
    fill_start: bool = True,
) -> list[str]:
    """Return the arguments that encode a clip from `start` to `end`, in seconds of the video.

    Second n of the clip shows second `start + n` of the video for any frame rate; the first frame is the one
    displayed at `start`. Before the first picture of the video, the clip is black.
    """
    read_from = point.read_from  # filter times are relative to this
    mapped = [source.picture] if source.sound is None else []
    seek = seek_args(source.info, read_from, end, streams=mapped)
    first, lead, last = (
        f"{time - read_from:.6f}" for time in (point.shown_from - EPSILON, start, end - EPSILON)
    )
    pictures = rendering.pictures
    is_black = source.is_before_pictures(end)
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(source.video, *seek, *pictures.input_args, max_pixels=max_pixels),
        *(_black_args(pictures, end - start) if is_black else ()),
        *("-map", "1:0" if is_black else f"0:{source.picture.index}"),
        *("-vf", ",".join(pictures.filters if is_black else _picture_filters(pictures, first, lead, last))),
        *_sound_args(source, lead, last, rendering.sound_filters, fill_start=fill_start),
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *(part for name, value in rendering.metadata.items() for part in ("-metadata", f"{name}={value}")),
        *rendering.encoder.args(),
        # Keep variable frame rates.
        *("-fps_mode", "vfr", "-threads:v", str(threads), "-enc_time_base:v", f"1:{_TIME_BASE}"),
        # A frame that lasts beyond the end would extend the file. Without `pts`, `setts` replaces it by DTS.
        *("-bsf:v", f"setts=pts=PTS:dts=DTS:duration='max(1,min(DURATION,{end - start:.6f}/TB-PTS))'"),
        *("-movflags", "+faststart"),
        *ffmpeg.output_args(destination, muxer="mp4"),
    ]


def _picture_filters(pictures: PictureChain, first: str, lead: str, last: str) -> list[str]:
    shift = f"(PTS-{lead}/TB)"
    return [
        f"trim=start={first}:end={last}",
        f"settb=1/{_TIME_BASE}",
        # The first frame is shown from 0, also if rounding puts it slightly later.
        f"setpts='{shift}*gt({shift}*TB,{EPSILON})'",
        *pictures.filters,
    ]


def _black_args(pictures: PictureChain, seconds: float) -> list[str]:
    size = f"{pictures.width or _BLACK_SIZE[0]}x{pictures.height or _BLACK_SIZE[1]}"
    return ["-f", "lavfi", "-i", f"color=black:size={size}:rate=25:duration={seconds:.3f}"]


def sound_filters(source: ClipSource, lead: str, last: str, *, fill_start: bool = True) -> list[str]:
    """Return the filters that mix the audio from `lead` to `last` to stereo, with times from 0."""
    return [
        f"atrim=start={lead}:end={last}",
        f"asetpts='PTS-{lead}/TB'",
        *source.sound_filters,
        "aresample=async=1:first_pts=0" if fill_start else "aresample=async=1",
    ]


def _sound_args(
    source: ClipSource, lead: str, last: str, added: tuple[str, ...], *, fill_start: bool
) -> list[str]:
    if source.sound is None:
        return ["-an"]
    filters = [*sound_filters(source, lead, last, fill_start=fill_start), *added]
    return [
        *("-map", f"0:{source.sound.index}", "-af", ",".join(filters)),
        *("-c:a", "aac", "-b:a", AUDIO_BITRATE, "-ar", str(AUDIO_RATE)),
    ]


def encoder_threads(settings: Settings) -> int:
    """Return the number of threads for each of the clips that a worker encodes concurrently."""
    return min(MAX_ENCODER_THREADS, max(1, (os.cpu_count() or 1) // settings.worker_ffmpeg_limit))


async def cut_clip(
    video: Path,
    destination: Path,
    *,
    start: float,
    end: float,
    settings: Settings,
    audio_stream: int | None = None,
    on_progress: ffmpeg.OnProgress | None = None,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> None:
    """Encode the range from `start` to `end`, in seconds of the video, as H.264 and AAC in MP4.

    Writes `destination` atomically; a later `end` is limited to the end of the video.

    Args:
        audio_stream: index of the audio track that the user chose.
        on_progress: called with the seconds of the clip written.
        timeout: seconds for the whole clip.

    Raises:
        ValueError: invalid range.
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        MediaError: no frame at `start`, or the video cannot be decoded or ends early.
        MediaLimitError: the video needs more pixels, memory or output than allowed.
    """
    check_range(start, end)
    source = await open_source(video, settings, audio_stream)
    await encode_clip(
        source,
        destination,
        rendering=Rendering(plain_pictures(source.picture), x264.CLIP),
        start=start,
        end=end,
        settings=settings,
        on_progress=on_progress,
        timeout=timeout,
    )


def plain_pictures(picture: VideoStream) -> PictureChain:
    """Return the conversion of whole pictures, at most `MAX_SIDE` wide and high."""
    return picture_chain(picture, max_width=MAX_SIDE, max_height=MAX_SIDE)


def check_range(start: float, end: float) -> None:
    """Raise ValueError unless `end` follows `start`, which is not negative."""
    if not 0 <= start < end - EPSILON:
        raise ValueError(f"invalid range: from {start} to {end}")


async def encode_clip(
    source: ClipSource,
    destination: Path,
    *,
    rendering: Rendering,
    start: float,
    end: float,
    settings: Settings,
    on_progress: ffmpeg.OnProgress | None = None,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> None:
    """Encode a valid range of an opened source. Raises the same errors as `cut_clip`."""
    video, duration = source.video, source.info.duration_seconds
    if duration is not None and duration <= start:
        raise MediaError(f"{video.name} ends at {duration:.1f} s, before the start of the clip")
    point = await seek_point.find_seek_point(
        video, source.info, source.picture, start=start, settings=settings
    )
    async with ffmpeg.atomic_output(destination) as part:
        encoding = _Encoding(source, rendering, part, start, end, settings, timeout, on_progress)
        result = await encoding.run(point)
        clip = await seek_point.read_clip(part, settings)
        if encoding.lacks_first_pictures(clip, point):
            result = await encoding.run(point.earlier())
        elif encoding.has_repeated_start(clip):
            result = await encoding.run(point, fill_start=False)
        if result.frames == 0:
            raise MediaError(f"{video.name} has no frame from {start:.1f} to {end:.1f} s")
        if duration is not None and result.ended_early(encoding.length):
            raise MediaError(
                f"{video.name} ends at {start + result.seconds:.0f} s: {result.source_error}",
                remedy="replace it with a complete copy",
            )


@dataclass(frozen=True, slots=True)
class _Encoding:
    """One call of `encode_clip`."""

    source: ClipSource
    rendering: Rendering
    part: Path
    start: float
    end: float
    settings: Settings
    timeout: float
    on_progress: ffmpeg.OnProgress | None

    @property
    def length(self) -> float:
        """Return the length of the clip in seconds."""
        return self.source.length(self.start, self.end)

    async def run(self, point: SeekPoint, *, fill_start: bool = True) -> ffmpeg.ConversionResult:
        argv = command(
            binaries.find_ffmpeg(self.settings),
            self.source,
            self.part,
            rendering=self.rendering,
            point=point,
            start=self.start,
            end=self.end,
            threads=self._threads(),
            max_pixels=self.settings.media_max_pixels,
            fill_start=fill_start,
        )
        return await ffmpeg.convert(
            argv,
            source=self.source.video,
            destination=self.part,
            max_bytes=BASE_BYTES + math.ceil(self.length * MAX_BYTES_PER_SECOND),
            settings=self.settings,
            timeout=self.timeout,
            on_progress=self.on_progress,
        )

    def _threads(self) -> int:
        picture = self.source.picture
        is_large = picture.width * picture.height > LARGE_PICTURE
        return min(encoder_threads(self.settings), MAX_THREADS_LARGE if is_large else MAX_ENCODER_THREADS)

    def lacks_first_pictures(self, clip: ClipTimes, point: SeekPoint) -> bool:
        """Return whether pictures are missing that are decodable if FFmpeg reads from further before."""
        if clip.first_picture is None or not point.read_from:
            return bool(point.read_from)
        is_dropping = point.is_known and self.source.picture.codec in _DROPPING_CODECS
        return is_dropping and clip.first_picture > _TOLERANCE_SECONDS

    def has_repeated_start(self, clip: ClipTimes) -> bool:
        """Return whether the audio changed to other channels, at which FFmpeg fills the start again."""
        return clip.sound_seconds is not None and clip.sound_seconds > self.length + _TOLERANCE_SECONDS
