"""Thumbnails: one frame of a video, or a picture from elsewhere, as a JPEG of limited size.

https://ffmpeg.org/ffmpeg.html
"""

from collections.abc import Sequence

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import InvalidRequestError, NotAVideoError
from app.media import binaries, ffmpeg, process
from app.media.file_checks import ensure_nonempty
from app.media.jpeg import encode_jpeg
from app.media.key_frames import Frame, PictureSource, frame_at, sampled_frames
from app.media.limits import decoder_args, limit_error, media_limits
from app.media.overview import CHEAP_PIXELS, overview
from app.media.picture_quality import ACCEPTABLE, best, quality

MAX_WIDTH, MAX_HEIGHT = 640, 1280
JPEG_QUALITY = 4
"""FFmpeg's scale: 2 is best, 31 is worst."""

PICTURE_DEMUXERS = {"image/jpeg": "jpeg_pipe", "image/png": "png_pipe", "image/webp": "webp_pipe"}
"""Demuxers of uploaded pictures by content type."""

_FIRST, _OTHERS = 0.1, (0.35, 0.6)
"""Positions relative to the duration, after titles and before the end.

The others are read only if the first frame is not good: each opens the file again, which costs most for long
videos.
"""
_GOOD = 0.5
"""Quality from which the first frame is used. Sharp frames of full contrast have 0.6 to 0.9."""

_LARGE_PIXELS = 4096 * 2304
"""Decoders of larger pictures need so much memory that only one runs at a time."""

_END_SECONDS = 2.0
"""Seconds before the end in which the last frame is looked for."""

_PICTURE_SCALE = (
    f"scale=w='max(2,2*trunc(iw*min(1,min({MAX_WIDTH}/iw,{MAX_HEIGHT}/ih))/2))'"
    f":h='max(2,2*trunc(ih*min(1,min({MAX_WIDTH}/iw,{MAX_HEIGHT}/ih))/2))'"
    ":out_color_matrix=bt470bg:out_range=pc"
)


async def choose_thumbnail(
    source: PictureSource, *, settings: Settings, best_second: float | None = None
) -> bytes:
    """Return a JPEG of a frame that shows something.

    If the first one read is not good, a few are compared. If all of them are black, white or plain, more of
    the video is searched.

    Args:
        best_second: time of the frame to use, which a storyboard has found.

    Raises:
        EmptyFileError, NotAVideoError: no frame can be decoded.
        MediaLimitError: the pictures are too large, or FFmpeg needs too much memory.
        FFmpegError: the URL cannot be read.
    """
    await _ensure_readable(source)
    frame = None
    if best_second is not None:
        frame = await _frame_at(source, best_second, settings)
    if frame is None:
        frame = await _best_sample(source, settings)
    if frame is None or quality(frame.luma) < ACCEPTABLE:
        frame = await _search(source, frame, settings)
    if frame is None:
        raise NotAVideoError(f"no frame could be decoded from {source.name}")
    return await encode_jpeg(frame, quality=JPEG_QUALITY, settings=settings)


async def extract_thumbnail(source: PictureSource, at_seconds: float, *, settings: Settings) -> bytes:
    """Return a JPEG of the frame at a time; near the end, of the last frame.

    Raises:
        InvalidRequestError: the video ends before `at_seconds`.
        EmptyFileError, NotAVideoError, MediaLimitError, FFmpegError: see `choose_thumbnail`.
    """
    duration = source.duration_seconds
    await _ensure_readable(source)
    if duration is None or at_seconds <= duration + 1:
        for at in (at_seconds, at_seconds - _END_SECONDS / 4, at_seconds - _END_SECONDS):
            if frame := await _frame_at(source, max(0.0, at), settings):
                return await encode_jpeg(frame, quality=JPEG_QUALITY, settings=settings)
    length = "" if duration is None else f", which is {duration:.1f} s long"
    raise InvalidRequestError(
        f"{source.name}{length}, has no frame at {at_seconds:g} s", remedy="choose an earlier time"
    )


async def convert_picture(picture: bytes, content_type: str, *, settings: Settings) -> bytes:
    """Return a picture as a JPEG of limited size, upright and without metadata.

    Transparent parts become black.

    Raises:
        InvalidRequestError: it is not a picture of this type.
        MediaLimitError: it has too many pixels.
    """
    completed = await process.run(
        [
            *ffmpeg.base_args(binaries.find_ffmpeg(settings)),
            *("-protocol_whitelist", "pipe", *decoder_args(settings.media_max_pixels, threads=1)),
            *("-f", PICTURE_DEMUXERS[content_type], "-i", "pipe:0", "-map", "0:v:0", "-map_metadata", "-1"),
            # Positions and other facts about the owner are side data of the frame.
            *("-vf", f"{_PICTURE_SCALE},format=yuvj420p,sidedata=mode=delete,setsar=1"),
            *("-frames:v", "1", "-c:v", "mjpeg", "-q:v", str(JPEG_QUALITY), "-f", "image2pipe", "pipe:1"),
        ],
        timeout=settings.ffprobe_timeout_seconds,
        limits=media_limits(settings),
        stdin=picture,
    )
    if completed.returncode == 0 and completed.stdout:
        return completed.stdout
    if error := limit_error(completed.stderr, "the picture", settings):
        raise error
    reason = completed.first_error_line or "it contains no image"
    raise InvalidRequestError(
        f"the body cannot be decoded as {content_type}: {reason}",
        remedy="send a JPEG, PNG or WebP image with the matching Content-Type",
    )


async def _ensure_readable(source: PictureSource) -> None:
    if not isinstance(source.location, str):
        await run_in_thread(ensure_nonempty, source.location)


async def _frame_at(source: PictureSource, at_seconds: float, settings: Settings) -> Frame | None:
    return await frame_at(
        source,
        at_seconds,
        max_width=MAX_WIDTH,
        max_height=MAX_HEIGHT,
        settings=settings,
        timeout=settings.ffprobe_timeout_seconds,
    )


async def _best_sample(source: PictureSource, settings: Settings) -> Frame | None:
    """Return the first frame that is good, or else the best of a few positions."""
    stream, duration = source.stream, source.duration_seconds
    frames = await _sample(source, [duration * _FIRST if duration else 0.0], settings)
    is_large = stream.width * stream.height > _LARGE_PIXELS
    if duration and not is_large and not (frames and quality(frames[0].luma) >= _GOOD):
        frames += await _sample(source, [duration * position for position in _OTHERS], settings)
    return frames[best([frame.luma for frame in frames])] if frames else None


async def _sample(source: PictureSource, times: Sequence[float], settings: Settings) -> list[Frame]:
    return await sampled_frames(
        source,
        times,
        max_width=MAX_WIDTH,
        max_height=MAX_HEIGHT,
        settings=settings,
        timeout=settings.ffprobe_timeout_seconds,
    )


async def _search(source: PictureSource, frame: Frame | None, settings: Settings) -> Frame | None:
    """Return the best frame of an overview if it shows more than `frame`."""
    frames = await overview(source, settings=settings, max_pixels=CHEAP_PIXELS)
    if not frames:
        return frame
    found = frames[best([each.luma for each in frames])]
    if frame is not None and quality(found.luma) <= quality(frame.luma):
        return frame
    return await _frame_at(source, found.seconds, settings) or frame
