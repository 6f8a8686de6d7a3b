"""Encoding of raw frames as JPEG."""

from app.core.config import Settings
from app.core.exceptions import FFmpegError
from app.media import binaries, ffmpeg, process
from app.media.key_frames import Frame
from app.media.limits import media_limits


async def encode_jpeg(frame: Frame, *, quality: int, settings: Settings) -> bytes:
    """Return the frame as JPEG.

    Args:
        quality: FFmpeg's scale; 2 is best, 31 is worst.

    Raises:
        FFmpegError: FFmpeg failed.
    """
    header = (
        f"YUV4MPEG2 W{frame.width} H{frame.height} F25:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL\nFRAME\n"
    ).encode()
    completed = await process.run(
        [
            *ffmpeg.base_args(binaries.find_ffmpeg(settings)),
            *("-protocol_whitelist", "pipe", "-f", "yuv4mpegpipe", "-i", "pipe:0"),
            *("-vf", "setparams=range=pc:colorspace=bt470bg", "-frames:v", "1"),
            *("-c:v", "mjpeg", "-q:v", str(quality), "-f", "image2pipe", "pipe:1"),
        ],
        timeout=settings.ffprobe_timeout_seconds,
        limits=media_limits(settings),
        stdin=header + frame.planes,
    )
    if completed.returncode != 0 or not completed.stdout:
        raise FFmpegError(
            f"a frame could not be encoded: {completed.first_error_line or 'FFmpeg reported no cause'}"
        )
    return completed.stdout
