"""Choice of the picture and the audio track, shared by everything that reads a video.

Streams are addressed by their number in the file (`-map 0:{index}`), because FFmpeg's own choice (`0:v:0`)
may be a cover, a silent track or a track without a decoder.
"""

import array
import sys
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import FFmpegError, InvalidRequestError, NotAVideoError
from app.media import binaries, ffmpeg, process
from app.media.formats import UNDECODABLE_CODECS
from app.media.limits import media_limits
from app.media.time_axis import seek_args
from app.models.media_info import AudioStream, MediaInfo, VideoStream

SILENT_PEAK = 16
"""Highest sample of a silent track, of 32,768: -66 dBFS, far below the noise of a quiet room."""

WINDOW_SECONDS = 4.0
_WINDOWS = (0.02, 0.5, 0.25, 0.75, 0.9)
"""Positions at which tracks are measured, as parts of the duration. Most tracks have audio at the first."""

_MEASURED_RATE = 8000
"""Hz, which keep the output small; all channels, because a down-mix may cancel them."""


def select_video(info: MediaInfo) -> VideoStream:
    """Return the picture: decodable, else flagged as default, else the largest, else the first.

    Raises:
        NotAVideoError: no stream of pictures.
    """
    if not info.video:
        raise NotAVideoError("the file has no video stream")
    return min(
        info.video,
        key=lambda stream: (
            stream.codec in UNDECODABLE_CODECS,
            not stream.is_default,
            -stream.width * stream.height,
            stream.index,
        ),
    )


def audio_candidates(info: MediaInfo) -> list[AudioStream]:
    """Return the tracks that FFmpeg can decode, the best first; commentaries and the like last."""
    decodable = [stream for stream in info.audio if stream.codec not in UNDECODABLE_CODECS]
    return sorted(decodable, key=lambda stream: (not stream.is_default, stream.is_secondary, stream.index))


async def select_audio(
    path: Path, info: MediaInfo, *, settings: Settings, preferred: int | None = None
) -> AudioStream | None:
    """Return the audio track: the preferred one, else the first candidate that is not silent.

    Only files with several tracks are decoded, a few seconds of each. If all are silent, the first one is
    returned; None if no track can be decoded.

    Args:
        preferred: index of the stream that the user chose.

    Raises:
        InvalidRequestError: `preferred` is not a decodable audio track of this file.
    """
    candidates = audio_candidates(info)
    if preferred is not None:
        return _preferred(path, info, candidates, preferred)
    if len(candidates) <= 1:
        return next(iter(candidates), None)
    for stream in candidates:
        if not await is_silent(path, info, stream, settings=settings):
            return stream
    return candidates[0]


def _preferred(path: Path, info: MediaInfo, candidates: list[AudioStream], preferred: int) -> AudioStream:
    found = next((stream for stream in candidates if stream.index == preferred), None)
    if found is not None:
        return found
    known = next((stream for stream in info.audio if stream.index == preferred), None)
    tracks = ", ".join(describe_track(stream) for stream in candidates) or "none"
    cause = "is not an audio track" if known is None else f"cannot be decoded ({known.codec})"
    raise InvalidRequestError(
        f"stream {preferred} of {path.name} {cause}; its audio tracks are: {tracks}",
        remedy="choose one of them for audio_stream, or omit it",
    )


def describe_track(stream: AudioStream) -> str:
    """Return a text such as `2 (aac, eng, Commentary)`."""
    facts = [stream.codec, stream.language, stream.title]
    return f"{stream.index} ({', '.join(fact for fact in facts if fact)})"


async def is_silent(path: Path, info: MediaInfo, stream: AudioStream, *, settings: Settings) -> bool:
    """Return whether the track has no audio in any of a few short windows.

    A track that cannot be decoded counts as silent.
    """
    duration = info.duration_seconds or 0.0
    starts = sorted({max(0.0, duration * part - WINDOW_SECONDS / 2) for part in _WINDOWS[:1]})
    starts += [duration * part for part in _WINDOWS[1:] if duration > 2 * WINDOW_SECONDS]
    for start in starts:
        if await _peak(path, info, stream, start, settings=settings) > SILENT_PEAK:
            return False
    return True


def peak_command(
    program: Path, path: Path, info: MediaInfo, stream: AudioStream, start: float, *, max_pixels: int
) -> list[str]:
    """Return the arguments that write the samples of one window to stdout."""
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(path, *seek_args(info, start, start + WINDOW_SECONDS), max_pixels=max_pixels),
        *("-map", f"0:{stream.index}", "-ar", str(_MEASURED_RATE)),
        *("-c:a", "pcm_s16le" if sys.byteorder == "little" else "pcm_s16be", "-f", "data", "pipe:1"),
    ]


async def _peak(path: Path, info: MediaInfo, stream: AudioStream, start: float, *, settings: Settings) -> int:
    program, max_pixels = binaries.find_ffmpeg(settings), settings.media_max_pixels
    try:
        completed = await process.run(
            peak_command(program, path, info, stream, start, max_pixels=max_pixels),
            timeout=settings.ffprobe_timeout_seconds,
            limits=media_limits(settings),
        )
    except FFmpegError:
        return 0
    samples = array.array("h", completed.stdout[: len(completed.stdout) // 2 * 2])
    return max((max(samples), -min(samples))) if samples else 0
