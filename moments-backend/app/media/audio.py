"""A video's sound as speech recognition wants it, and where it is silent.

https://ffmpeg.org/ffmpeg-filters.html#aresample-1, https://ffmpeg.org/ffmpeg-filters.html#silencedetect
"""

import asyncio
import wave
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import MediaError, NoAudioError
from app.media import binaries, ffmpeg
from app.media.ffprobe import ensure_nonempty, probe

SAMPLE_RATE = 16_000
"""Hz, in one channel of signed 16 bit: what Whisper and its like hear; 32 kB a second."""

SILENCE_DECIBELS = -35
"""Below full scale. Speech lies above -30 dB, the noise of a quiet room below -45 dB."""

SILENCE_SECONDS = 0.2
"""Shorter ones are the stops of consonants, not pauses."""

_SILENCE_START, _SILENCE_END = b"lavfi.silence_start=", b"lavfi.silence_end="


def command(program: Path, video: Path, destination: Path, *, fill_start: bool = True) -> list[str]:
    """The arguments that write the first audio stream to a WAV file.

    A WAV file has no time stamps, so sound that begins after the picture, or has gaps, is filled up with
    silence: second n of the file is second n of the video.
    """
    fill = "aresample=async=1:first_pts=0" if fill_start else "aresample=async=1"
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(video),
        *("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"),
        *("-af", fill),
        *("-c:a", "pcm_s16le", "-ac", "1", "-ar", str(SAMPLE_RATE)),
        *("-fflags", "+bitexact"),  # a header without a remark on the program that wrote it
        *ffmpeg.output_args(destination, muxer="wav"),
    ]


async def extract_audio(
    video: Path,
    destination: Path,
    *,
    settings: Settings,
    on_progress: ffmpeg.OnProgress | None = None,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> None:
    """Write the first audio stream as mono WAV. `destination` appears whole or not at all.

    Args:
        on_progress: takes the seconds of sound that are written.
        timeout: seconds for the whole file.

    Raises:
        NoAudioError: there is no audio stream, or not one sample in it.
        EmptyFileError, NotAVideoError: the file is no video; TruncatedFileError: its end is missing.
        MediaError: the sound cannot be decoded, or breaks off.
        LocalFileNotFoundError, FileUnreadableError, DiskFullError, LocalFileError: a file cannot be used.
        FFmpegError: FFmpeg was ended, or took too long.
        ToolMissingError: there is no FFmpeg.
    """
    metadata = await probe(video, settings=settings)
    if metadata.audio_codec is None:
        raise NoAudioError(f"{video.name} has no sound, only a picture")
    program = binaries.find_ffmpeg(settings)
    async with ffmpeg.atomic_output(destination) as part:
        converted = await ffmpeg.convert(
            command(program, video, part), source=video, timeout=timeout, on_progress=on_progress
        )
        seconds = await asyncio.to_thread(_length, part)
        if metadata.duration_seconds and seconds > metadata.duration_seconds + ffmpeg.SHORTFALL_SECONDS:
            # Where broadcasts change from mono to stereo, FFmpeg begins anew and fills up a second time.
            argv = command(program, video, part, fill_start=False)
            converted = await ffmpeg.convert(argv, source=video, timeout=timeout)
        elif seconds == 0:
            raise NoAudioError(f"the sound track of {video.name} is empty")
        if converted.broke_off(metadata.duration_seconds):
            raise MediaError(
                f"the sound of {video.name} breaks off after {converted.seconds:.0f} of"
                f" {metadata.duration_seconds:.0f} s: {converted.complaint}",
                remedy="replace it by a whole copy",
            )


def _length(audio: Path) -> float:
    """Seconds."""
    with wave.open(str(audio), "rb") as file:
        return file.getnframes() / SAMPLE_RATE


def silences_command(program: Path, audio: Path, *, start: float, end: float) -> list[str]:
    """The arguments that print where silence begins and ends, counted from `start`, one a line."""
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(audio, *ffmpeg.seek_args(start, end), demuxers=ffmpeg.AUDIO_DEMUXERS),
        *("-map", "0:a:0"),
        # Printed as the frames' metadata, not as remarks on stderr, of which only the last are kept.
        *("-af", f"silencedetect=noise={SILENCE_DECIBELS}dB:d={SILENCE_SECONDS},ametadata=print:file=-"),
        *("-f", "null", "-"),
    ]


async def detect_silences(
    audio: Path, *, settings: Settings, start: float, end: float
) -> list[tuple[float, float]]:
    """Where nobody speaks between two times: start and end of each silence, in seconds of the file.

    Silence that began before `start` begins there, and one that lasts beyond `end` ends there.

    Raises:
        ValueError: `start` and `end` are no part of a file.
        EmptyFileError, MediaError: the file has no sound that can be decoded.
        LocalFileNotFoundError, FileUnreadableError: it cannot be opened.
        FFmpegError: FFmpeg was ended, or took too long.
        ToolMissingError: there is no FFmpeg.
    """
    argv = silences_command(binaries.find_ffmpeg(settings), audio, start=start, end=end)
    await asyncio.to_thread(ensure_nonempty, audio)
    found: list[tuple[float, float]] = []
    begun: float | None = None

    def follow(line: bytes) -> None:
        nonlocal begun
        if line.startswith(_SILENCE_START):
            begun = start + max(0.0, float(line.removeprefix(_SILENCE_START)))
        elif line.startswith(_SILENCE_END) and begun is not None:
            found.append((begun, min(end, start + float(line.removeprefix(_SILENCE_END)))))
            begun = None

    await ffmpeg.run_streaming(argv, source=audio, timeout=settings.ffprobe_timeout_seconds, on_output=follow)
    if begun is not None:  # FFmpeg tells no end of a silence that the end of the part cuts off
        found.append((begun, end))
    return found
