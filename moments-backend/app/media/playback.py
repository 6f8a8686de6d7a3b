"""Copies that every browser plays: H.264 and AAC in MP4, or the original streams in MP4.

https://ffmpeg.org/ffmpeg.html, https://trac.ffmpeg.org/wiki/Encode/H.264
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import LocalFileError, MediaError, MediaLimitError
from app.core.files.disk_space import ensure_free_space
from app.media import binaries, ffmpeg, x264
from app.media.clip_encoder import encoder_threads
from app.media.downmix import downmix_filters
from app.media.file_checks import ensure_not_truncated
from app.media.formats import JUMPING_DEMUXERS
from app.media.limits import MIB
from app.media.picture_filters import picture_chain
from app.media.playback_check import UnplayableCopyError, check_copy
from app.media.playback_plan import (
    PlaybackMethod,
    PlaybackPlan,
    plan_file,
    plan_from_columns,
    plan_playback,
    undecodable_sound,
)
from app.media.stream_selection import select_audio, select_video
from app.models.media_info import AudioStream, MediaInfo, VideoStream

__all__ = ["PlaybackPlan", "make_playback_copy", "plan_file", "plan_from_columns", "plan_playback"]

MAX_WIDTH, MAX_HEIGHT = 1920, 1080
MAX_FRAME_RATE = 60
KEY_FRAME_SECONDS = 2
"""Interval of key frames: a seek decodes at most this much."""

MAX_VIDEO_BITRATE, BUFFER_BITS = "16M", "32M"
"""Bound of the size; at CRF 23, 1080p with 60 frames per second usually needs less than 8 Mbit/s."""

AUDIO_BITRATE, AUDIO_RATE = "160k", 48_000
BASE_BYTES = 64 * MIB
MAX_BYTES_PER_SECOND = 3 * MIB
"""Limit on the size of an encoded copy: `MAX_VIDEO_BITRATE`, audio and index, with some reserve."""

MAX_QUEUED_PACKETS = "65536"
"""Packets kept until each stream has begun; audio may begin minutes after the pictures."""

MOVED_INDEX = ("-movflags", "+faststart")
INDEX_BYTES_PER_PACKET, INDEX_BASE_BYTES, MAX_AUDIO_PACKETS_PER_SECOND = 36, 64 * 1024, 50
"""Upper bound for the index of an MP4 file."""

MAX_INDEX_SHARE = 0.01
"""Largest part of a file that may be reserved for its index."""

UNKNOWN_LENGTH_SECONDS = 24 * 3600
"""Assumed length for the size limit if a file's length is unknown."""

_TIME_BASE = 90_000
_SHOWN_LATE_SECONDS = 0.02
_READ_ERROR = "Input/output error"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """One source with its selected streams, and where its copy goes."""

    source: Path
    info: MediaInfo
    video: VideoStream
    audio: AudioStream | None
    settings: Settings
    timeout: float
    on_progress: ffmpeg.OnProgress | None

    @property
    def streams(self) -> list[VideoStream | AudioStream]:
        return [self.video] if self.audio is None else [self.video, self.audio]


async def make_playback_copy(
    source: Path,
    destination: Path,
    *,
    plan: PlaybackPlan,
    info: MediaInfo,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
    on_progress: ffmpeg.OnProgress | None = None,
) -> PlaybackMethod:
    """Write `destination` atomically: an MP4 file that every browser plays, on the time axis of the project.

    A remux that browsers would not play, such as one whose pictures change their size, is replaced by an
    encoded copy. Damaged parts of a source are skipped; a copy of what remains is better than none.

    Args:
        on_progress: called with the seconds of the copy written. They start again for the replacement.
        timeout: seconds for each attempt.

    Returns:
        How the copy was made.

    Raises:
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        MediaError: the video cannot be decoded.
        MediaLimitError, OutputLimitError: the video needs more pixels, memory or output than allowed.
        DiskFullError: the copy does not fit on the disk.
    """
    size = await run_in_thread(ensure_not_truncated, source)
    video, audio = select_video(info), await select_audio(source, info, settings=settings)
    length = info.duration_seconds or UNKNOWN_LENGTH_SECONDS
    encoded_bytes = BASE_BYTES + round(length * MAX_BYTES_PER_SECOND)
    job = _Job(source, info, video, audio, settings, timeout, on_progress)
    if plan.method == "remux":
        try:
            await _remux(job, destination, size)
        except (UnplayableCopyError, MediaError) as error:
            if isinstance(error, MediaLimitError):
                raise
            logger.warning("copying the streams of %s failed, encoding them: %s", source.name, error)
        else:
            return "remux"
    async with ffmpeg.atomic_output(destination, durable=False) as part:
        await _convert(job, part, await _encode_args(job), max_bytes=encoded_bytes, index=MOVED_INDEX)
    return "encode"


async def _remux(job: _Job, destination: Path, size: int) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    await run_in_thread(ensure_free_space, destination.parent, size)
    args = ["-c:v", "copy", *await _sound_args(job, copied=undecodable_sound(job.audio) is None)]
    max_bytes = BASE_BYTES + size + size // 4
    async with ffmpeg.atomic_output(destination, durable=False) as part:
        reserved = _reserved_index_args(job, size)
        try:
            await _convert(job, part, args, max_bytes=max_bytes, index=reserved or MOVED_INDEX)
        except MediaError as error:
            if not reserved or isinstance(error, MediaLimitError):
                raise
            await _convert(job, part, args, max_bytes=max_bytes, index=MOVED_INDEX)
        await check_copy(part, job.info, job.streams, settings=job.settings)


def _reserved_index_args(job: _Job, size: int) -> tuple[str, ...]:
    """Return the option that reserves room for the index at the front; empty if that would waste space.

    Moving the index reads and writes a large file once more.
    """
    rate = (job.video.frame_rate or MAX_FRAME_RATE) + MAX_AUDIO_PACKETS_PER_SECOND
    index = round((job.info.duration_seconds or 0) * rate * INDEX_BYTES_PER_PACKET) + INDEX_BASE_BYTES
    return ("-moov_size", str(index)) if job.info.duration_seconds and index < size * MAX_INDEX_SHARE else ()


async def _convert(job: _Job, part: Path, args: list[str], *, max_bytes: int, index: tuple[str, ...]) -> None:
    result = await ffmpeg.convert(
        command(job, part, [*args, *index]),
        source=job.source,
        destination=part,
        max_bytes=max_bytes,
        settings=job.settings,
        timeout=job.timeout,
        on_progress=job.on_progress,
    )
    if result.frames == 0:
        raise MediaError(f"{job.source.name} has no video that can be decoded")
    if _READ_ERROR in result.source_error:
        raise LocalFileError(
            f"{job.source.name} could not be read: {result.source_error}", remedy="check the disk and retry"
        )


def command(job: _Job, part: Path, args: list[str]) -> list[str]:
    """Return the whole command; `args` are the codecs and filters of both streams."""
    settings = job.settings
    chain = picture_chain(job.video, max_width=MAX_WIDTH, max_height=MAX_HEIGHT, turned=True)
    return [
        *ffmpeg.base_args(binaries.find_ffmpeg(settings)),
        # AVI stores no presentation times.
        *ffmpeg.input_args(
            job.source,
            *("-fflags", "+genpts", *_clock_args(job.info, job.streams), *chain.input_args),
            max_pixels=settings.media_max_pixels,
        ),
        *(part for stream in job.streams for part in ("-map", f"0:{stream.index}")),
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *args,
        *("-max_muxing_queue_size", MAX_QUEUED_PACKETS),
        *ffmpeg.output_args(part, muxer="mp4"),
    ]


def _clock_args(info: MediaInfo, streams: list[VideoStream | AudioStream]) -> list[str]:
    """Return the input options that make `info.start_seconds` the copy's second 0."""
    if JUMPING_DEMUXERS.isdisjoint(info.container.split(",")):
        return ["-copyts", "-itsoffset", f"{-info.start_seconds:.6f}"]
    # FFmpeg removes jumps only without `-copyts`, and begins with the first of the mapped streams.
    starts = [stream.start_seconds for stream in streams if stream.start_seconds is not None]
    late = min(starts, default=info.start_seconds) - info.start_seconds
    return ["-itsoffset", f"{max(0.0, late):.6f}"]


async def _encode_args(job: _Job) -> list[str]:
    video, settings = job.video, job.settings
    chain = picture_chain(video, max_width=MAX_WIDTH, max_height=MAX_HEIGHT, turned=True)
    filters = [*_rate_filters(video), *chain.filters]
    if _is_shown_late(job.info, video):
        filters.append("setpts='if(eq(N,0),0,PTS)'")
    return [
        *("-vf", ",".join(filters)),
        *x264.PLAYBACK_COPY.args(),
        *("-maxrate", MAX_VIDEO_BITRATE, "-bufsize", BUFFER_BITS),
        *("-force_key_frames", f"expr:gte(t,n_forced*{KEY_FRAME_SECONDS})"),
        # Keep variable frame rates.
        *("-fps_mode", "vfr", "-enc_time_base:v", f"1:{_TIME_BASE}"),
        *("-threads:v", str(encoder_threads(settings))),
        *await _sound_args(job, copied=False),
    ]


def _rate_filters(video: VideoStream) -> list[str]:
    """Return a filter that drops pictures of higher frame rates evenly."""
    if (video.frame_rate or 0) <= MAX_FRAME_RATE + 1:
        return []
    shortest = 1 / MAX_FRAME_RATE - 0.001
    return [f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{shortest:.6f})'"]


def _is_shown_late(info: MediaInfo, video: VideoStream) -> bool:
    """Return whether the audio begins before the pictures; the first picture is then shown from the start."""
    return video.start_seconds is not None and video.start_seconds > info.start_seconds + _SHOWN_LATE_SECONDS


async def _sound_args(job: _Job, *, copied: bool) -> list[str]:
    if job.audio is None:
        return []
    if copied:
        return ["-c:a", "copy"]
    mixed = await downmix_filters(job.source, job.info, job.audio, channels=2, settings=job.settings)
    # Silence replaces missing audio, so that players need no edit lists.
    filters = [*mixed, "aresample=async=1:first_pts=0"]
    encoder = ("-c:a", "aac", "-b:a", AUDIO_BITRATE, "-ar", str(AUDIO_RATE), "-ac", "2")
    return ["-af", ",".join(filters), *encoder]
