"""Frames that give an overview of a whole video, for storyboards and the choice of thumbnails."""

from collections.abc import Awaitable, Callable

from app.core.config import Settings
from app.media.key_frames import Frame, PictureSource, decoded_frames, key_frames, sampled_frames

BOX = 160
"""Maximum width and height of a frame in pixels."""

MAX_FRAMES = 150
MIN_INTERVAL_SECONDS = 1.0
UNKNOWN_INTERVAL_SECONDS = 10.0
"""Interval if the length is unknown."""

CHEAP_PIXELS = 2e9
"""Pixels that are decoded if key frames are sparse: half a minute of 1080p, a few seconds of work."""
MAX_PIXELS = 5e10
"""Pixels that are decoded if there are hardly any key frames: half an hour of 720p, about a minute."""
HARDLY_ANY = 8

TIMEOUT_SECONDS = 600.0
SEEKS = 40
"""Positions that are read of large files in the bucket, to download a small part only."""
_SEEKS_AT_ONCE = 4


def interval_of(duration: float | None) -> float:
    """Return the distance in seconds at which frames are taken."""
    if not duration:
        return UNKNOWN_INTERVAL_SECONDS
    return max(MIN_INTERVAL_SECONDS, duration / MAX_FRAMES)


async def overview(
    source: PictureSource, *, settings: Settings, max_pixels: float = MAX_PIXELS
) -> list[Frame]:
    """Return at most `MAX_FRAMES` frames in order of time, about `interval_of(duration)` apart.

    They are key frames, read in one pass. Where those are too sparse and the video is short enough, the whole
    video is decoded instead.

    Args:
        max_pixels: largest amount to decode.

    Raises:
        NotAVideoError: nothing can be decoded.
        MediaLimitError: the pictures are too large, or FFmpeg needs too much memory.
        FFmpegError: FFmpeg was killed or timed out, or the URL cannot be read.
    """
    interval = interval_of(source.duration_seconds)

    async def read(by: Callable[..., Awaitable[list[Frame]]]) -> list[Frame]:
        return await by(
            source,
            interval=interval,
            max_frames=MAX_FRAMES,
            box=BOX,
            settings=settings,
            timeout=TIMEOUT_SECONDS,
        )

    frames = await read(key_frames)
    expected = (source.duration_seconds or 0.0) / interval
    limit = min(max_pixels, MAX_PIXELS if len(frames) < HARDLY_ANY else CHEAP_PIXELS)
    if len(frames) < expected / 2 and 0 < _pixels(source) <= limit:
        frames = max(await read(decoded_frames), frames, key=len)
    return _usable(frames)


async def overview_by_seeking(source: PictureSource, *, settings: Settings) -> list[Frame]:
    """Return up to `SEEKS` frames without reading the whole file; raises the same errors as `overview`."""
    duration = source.duration_seconds or 0.0
    times = [duration * (number + 0.5) / SEEKS for number in range(SEEKS)] if duration else [0.0]
    frames: list[Frame] = []
    for start in range(0, len(times), _SEEKS_AT_ONCE):
        frames += await sampled_frames(
            source,
            times[start : start + _SEEKS_AT_ONCE],
            max_width=BOX,
            max_height=BOX,
            settings=settings,
            timeout=TIMEOUT_SECONDS,
        )
    return _usable(frames)


def _pixels(source: PictureSource) -> float:
    """Return the number of pixels of the whole video; 0 if it is unknown."""
    stream = source.stream
    frames = (source.duration_seconds or 0.0) * (stream.frame_rate or 30.0)
    return frames * stream.width * stream.height


def _usable(frames: list[Frame]) -> list[Frame]:
    """Return the frames in order of time, without repeated times and deviating sizes."""
    by_time = {round(frame.seconds, 3): frame for frame in reversed(frames)}
    ordered = [by_time[at] for at in sorted(by_time)]
    return [
        frame for frame in ordered if (frame.width, frame.height) == (ordered[0].width, ordered[0].height)
    ]
