"""Copies that every browser plays: H.264 and AAC in MP4, or the original streams in another container.

https://ffmpeg.org/ffmpeg.html, https://trac.ffmpeg.org/wiki/Encode/H.264
"""

from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import MediaError
from app.media import binaries, ffmpeg
from app.media.file_checks import ensure_not_truncated
from app.media.limits import MIB
from app.media.playback_plan import (
    PlaybackPlan,
    default_stream,
    plan_from_columns,
    plan_playback,
    undecodable_sound,
)
from app.models.media_info import AudioStream, MediaInfo, VideoStream

__all__ = ["PlaybackPlan", "make_playback_copy", "plan_from_columns", "plan_playback"]

PRESET, CRF = "veryfast", "23"
MAX_SIDE = 1920
BASE_BYTES = 64 * MIB
MAX_BYTES_PER_SECOND = 4 * MIB


async def make_playback_copy(
    source: Path,
    destination: Path,
    *,
    plan: PlaybackPlan,
    info: MediaInfo,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
    on_progress: ffmpeg.OnProgress | None = None,
) -> None:
    """Write `destination` atomically: an MP4 file that every browser plays.

    Args:
        on_progress: called with the seconds of the copy written.
        timeout: seconds for the whole copy.

    Raises:
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        MediaError: the video cannot be decoded or ends early.
        MediaLimitError, OutputLimitError: the video needs more pixels, memory or output than allowed.
    """
    size = await run_in_thread(ensure_not_truncated, source)
    video, audio = default_stream(info.video), default_stream(info.audio)
    if video is None:
        raise MediaError(f"{source.name} has no video stream")
    program = binaries.find_ffmpeg(settings)
    length = info.duration_seconds or 24 * 3600
    async with ffmpeg.atomic_output(destination) as part:
        streams = remux_args(audio) if plan.method == "remux" else encode_args()
        argv = [
            *ffmpeg.base_args(program),
            *ffmpeg.input_args(source, "-fflags", "+genpts", max_pixels=settings.media_max_pixels),
            *_map_args(video, audio),
            *streams,
            *("-movflags", "+faststart"),
            *ffmpeg.output_args(part, muxer="mp4"),
        ]
        result = await ffmpeg.convert(
            argv,
            source=source,
            destination=part,
            max_bytes=BASE_BYTES + max(2 * size, round(length * MAX_BYTES_PER_SECOND)),
            settings=settings,
            timeout=timeout,
            on_progress=on_progress,
        )
        if result.frames == 0:
            raise MediaError(f"{source.name} has no pictures")


def _map_args(video: VideoStream, audio: AudioStream | None) -> list[str]:
    streams = ["-map", f"0:{video.index}"]
    if audio is not None:
        streams += ["-map", f"0:{audio.index}"]
    return [*streams, "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"]


def remux_args(audio: AudioStream | None) -> list[str]:
    """Return the arguments that copy the pictures, and encode the sound only if browsers cannot play it."""
    sound = ["-c:a", "copy"] if undecodable_sound(audio) is None else _sound_args()
    return ["-c:v", "copy", *sound]


def encode_args() -> list[str]:
    side = f"min(1,{MAX_SIDE}/max(iw*sar,ih))"
    scale = f"scale=w='max(2,2*trunc(iw*sar*{side}/2))':h='max(2,2*trunc(ih*{side}/2))':out_range=tv"
    return [
        *("-vf", f"bwdif=mode=send_frame:deint=interlaced,{scale},setsar=1,format=yuv420p"),
        *("-c:v", "libx264", "-preset", PRESET, "-crf", CRF, "-profile:v", "high"),
        *("-fps_mode", "vfr", "-enc_time_base:v", "1:90000"),
        *_sound_args(),
    ]


def _sound_args() -> list[str]:
    return ["-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"]
