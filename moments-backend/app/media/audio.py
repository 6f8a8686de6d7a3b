"""Audio extraction for speech recognition, and silence detection.

https://ffmpeg.org/ffmpeg-filters.html#aresample-1, https://ffmpeg.org/ffmpeg-filters.html#silencedetect
"""

import wave
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import MediaError, NoAudioError
from app.media import binaries, ffmpeg
from app.media.ffprobe import ensure_nonempty, probe

SAMPLE_RATE = 16_000
"""Hz; mono, signed 16 bit, as Whisper requires: 32 kB per second."""

SILENCE_DECIBELS = -35
"""dBFS. Speech is above -30 dB, the noise of a quiet room below -45 dB."""

SILENCE_SECONDS = 0.2
"""Shorter silences are consonant stops, not pauses."""

_SILENCE_START, _SILENCE_END = b"lavfi.silence_start=", b"lavfi.silence_end="


def command(program: Path, video: Path, destination: Path, *, fill_start: bool = True) -> list[str]:
    """Return the arguments that write the first audio stream to a WAV file.

    WAV has no time stamps, so a late start and gaps are filled with silence: second n of the file is second n
    of the video.
    """
    fill = "aresample=async=1:first_pts=0" if fill_start else "aresample=async=1"
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(video),
        *("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"),
        *("-af", fill),
        *("-c:a", "pcm_s16le", "-ac", "1", "-ar", str(SAMPLE_RATE)),
        *("-fflags", "+bitexact"),  # omit the encoder tag from the header
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
    """Write the first audio stream as mono WAV to `destination`, atomically.

    Args:
        on_progress: called with the seconds of audio written.
        timeout: seconds for the whole file.

    Raises:
        NoAudioError: no audio stream, or an empty one.
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        MediaError: the audio cannot be decoded, or ends early.
    """
    metadata = await probe(video, settings=settings)
    if metadata.audio_codec is None:
        raise NoAudioError(f"{video.name} has no audio stream")
    program = binaries.find_ffmpeg(settings)
    async with ffmpeg.atomic_output(destination) as part:
        result = await ffmpeg.convert(
            command(program, video, part), source=video, timeout=timeout, on_progress=on_progress
        )
        seconds = await run_in_thread(_duration, part)
        if metadata.duration_seconds and seconds > metadata.duration_seconds + ffmpeg.SHORTFALL_SECONDS:
            # If the source changes to stereo, FFmpeg restarts the filter, which fills the start again.
            argv = command(program, video, part, fill_start=False)
            result = await ffmpeg.convert(argv, source=video, timeout=timeout)
        elif seconds == 0:
            raise NoAudioError(f"the audio stream of {video.name} is empty")
        if result.ended_early(metadata.duration_seconds):
            raise MediaError(
                f"the audio of {video.name} ends after {result.seconds:.0f} of"
                f" {metadata.duration_seconds:.0f} s: {result.source_error}",
                remedy="replace it with a complete copy",
            )


def _duration(audio: Path) -> float:
    with wave.open(str(audio), "rb") as file:
        return file.getnframes() / SAMPLE_RATE


def silences_command(program: Path, audio: Path, *, start: float, end: float) -> list[str]:
    """Return the arguments that print start and end of silences in seconds after `start`, one per line."""
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(audio, *ffmpeg.seek_args(start, end), demuxers=ffmpeg.AUDIO_DEMUXERS),
        *("-map", "0:a:0"),
        # Print frame metadata to stdout: silencedetect's log lines on stderr may be truncated.
        *("-af", f"silencedetect=noise={SILENCE_DECIBELS}dB:d={SILENCE_SECONDS},ametadata=print:file=-"),
        *("-f", "null", "-"),
    ]


async def detect_silences(
    audio: Path, *, settings: Settings, start: float, end: float
) -> list[tuple[float, float]]:
    """Return `(start, end)` of the silences in a range, in seconds of the file, clipped to the range.

    Raises:
        ValueError: invalid range.
        EmptyFileError, MediaError: no audio can be decoded.
    """
    argv = silences_command(binaries.find_ffmpeg(settings), audio, start=start, end=end)
    await run_in_thread(ensure_nonempty, audio)
    silences: list[tuple[float, float]] = []
    silence_start: float | None = None

    def parse(line: bytes) -> None:
        nonlocal silence_start
        if line.startswith(_SILENCE_START):
            silence_start = start + max(0.0, float(line.removeprefix(_SILENCE_START)))
        elif line.startswith(_SILENCE_END) and silence_start is not None:
            silences.append((silence_start, min(end, start + float(line.removeprefix(_SILENCE_END)))))
            silence_start = None

    await ffmpeg.run_streaming(argv, source=audio, timeout=settings.ffprobe_timeout_seconds, on_output=parse)
    if silence_start is not None:  # FFmpeg reports no end for a silence at the end of the range
        silences.append((silence_start, end))
    return silences
