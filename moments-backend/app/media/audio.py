"""Audio extraction for speech recognition, and silence detection.

WAV files contain gaps as silence, 32 kB per second, and a file can claim a gap of any length in a few bytes.
The size of the output is therefore limited by the media that the file contains, not by its time stamps.

https://ffmpeg.org/ffmpeg-filters.html#aresample-1, https://ffmpeg.org/ffmpeg-filters.html#silencedetect
"""

import math
import wave
from dataclasses import dataclass
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import MediaError, NoAudioError, OutputLimitError
from app.core.files.disk_space import ensure_free_space
from app.media import binaries, ffmpeg
from app.media.downmix import downmix_filters
from app.media.ffprobe import VideoMetadata, probe
from app.media.file_checks import ensure_nonempty
from app.media.packets import measure_length
from app.media.stream_selection import select_audio
from app.media.time_axis import seek_args
from app.models.media_info import AudioStream, MediaInfo

SAMPLE_RATE = 16_000
"""Hz; mono, signed 16 bit, as Whisper requires: 32 kB per second."""

BYTES_PER_SECOND = 2 * SAMPLE_RATE

MAX_GAP_SECONDS = 600
"""Gaps up to this sum are always filled; longer ones up to the length of the media."""

MARGIN_SECONDS = 60
"""Beyond the declared length, which may be rounded or lack the last packets."""

MAX_BYTES = 4 * 1024**3 - 1
"""Largest WAV file: 37 hours."""

SILENCE_DECIBELS = -35
"""dBFS. Speech is above -30 dB, the noise of a quiet room below -45 dB."""

SILENCE_SECONDS = 0.2
"""Shorter silences are consonant stops, not pauses."""

_DISCARD = ("-c", "copy", "-f", "null", "-")
_SILENCE_START, _SILENCE_END = b"lavfi.silence_start=", b"lavfi.silence_end="


@dataclass(frozen=True, slots=True)
class _OutputLimit:
    """Maximum size of the WAV file. `media_seconds` is None if the packets were not measured."""

    max_bytes: int
    media_seconds: float | None


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """The stream to extract and the filters that mix it to one channel."""

    info: MediaInfo
    stream: AudioStream
    filters: tuple[str, ...] = ("aformat=channel_layouts=mono",)


def command(
    program: Path,
    video: Path,
    destination: Path,
    track: SoundTrack,
    *,
    max_pixels: int,
    fill_start: bool = True,
) -> list[str]:
    """Return the arguments that write one audio track to a WAV file.

    WAV has no time stamps, so a late start and gaps are filled with silence: second n of the file is second n
    of the time axis.
    """
    info = track.info
    fill = "aresample=async=1:first_pts=0" if fill_start else "aresample=async=1"
    # FFmpeg removes jumps of the clock by the first stream that jumps, which may be the picture.
    pictures = info.video[:1] if info.has_clock_jumps else ()
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(
            video, *seek_args(info, 0.0, streams=(track.stream, *pictures)), max_pixels=max_pixels
        ),
        *(part for picture in pictures for part in ("-map", f"0:{picture.index}", *_DISCARD)),
        *("-map", f"0:{track.stream.index}", "-vn", "-sn", "-dn", "-map_metadata", "-1"),
        *("-af", ",".join((*track.filters, fill))),
        *("-c:a", "pcm_s16le", "-ac", "1", "-ar", str(SAMPLE_RATE)),
        *("-fflags", "+bitexact"),  # omit the encoder tag from the header
        *ffmpeg.output_args(destination, muxer="wav"),
    ]


async def extract_audio(
    video: Path,
    destination: Path,
    *,
    settings: Settings,
    audio_stream: int | None = None,
    on_progress: ffmpeg.OnProgress | None = None,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> None:
    """Write one audio track as mono WAV to `destination`, atomically. Its second 0 is that of the time axis.

    Args:
        audio_stream: index of the track in the file; by default the one that `select_audio` returns.
        on_progress: called with the seconds of audio written.
        timeout: seconds for the whole file.

    Raises:
        NoAudioError: no audio stream, or an empty one.
        InvalidRequestError: `audio_stream` is not an audio track of the file.
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        MediaError: the audio cannot be decoded, or ends early.
        OutputLimitError: the time stamps claim far more audio than the file contains.
        DiskFullError: the audio does not fit on the disk.
    """
    metadata = await probe(video, settings=settings)
    info = metadata.info
    if not info.audio:
        raise NoAudioError(f"{video.name} has no audio stream")
    stream = await select_audio(video, info, settings=settings, preferred=audio_stream)
    if stream is None:
        codecs = ", ".join(dict.fromkeys(track.codec for track in info.audio))
        raise MediaError(
            f"{video.name} could not be decoded: FFmpeg has no decoder for its audio ({codecs})",
            remedy="convert its audio to AAC with the program that recorded it",
        )
    filters = await downmix_filters(video, info, stream, channels=1, settings=settings)
    track = SoundTrack(info, stream, filters)
    async with ffmpeg.atomic_output(destination) as part:
        extraction = _Extraction(video, part, metadata, track, settings, timeout, on_progress)
        result = await extraction.run()
        if result.ended_early(metadata.duration_seconds):
            raise MediaError(
                f"the audio of {video.name} ends after {result.seconds:.0f} of"
                f" {metadata.duration_seconds:.0f} s: {result.source_error}",
                remedy="replace it with a complete copy",
            )


@dataclass(slots=True)
class _Extraction:
    """One run of `extract_audio`, which starts FFmpeg again if the first attempt was misled by the file."""

    video: Path
    part: Path
    metadata: VideoMetadata
    track: SoundTrack
    settings: Settings
    timeout: float
    on_progress: ffmpeg.OnProgress | None

    async def run(self) -> ffmpeg.ConversionResult:
        limit, fill_start = await self._output_limit(), True
        progress = self.on_progress
        while True:
            try:
                result = await self._convert(limit, fill_start=fill_start, on_progress=progress)
            except OutputLimitError as error:
                if limit.media_seconds is None:  # the file may be longer than it declares
                    limit = await self._measured_limit()
                elif fill_start and self._is_declared_shorter(limit.max_bytes):
                    fill_start = False
                else:
                    raise self._too_long(limit, limit.media_seconds) from error
            else:
                written = await run_in_thread(_audio_bytes, self.part)
                if written == 0:
                    raise NoAudioError(f"the audio stream of {self.video.name} is empty")
                margin = math.ceil(ffmpeg.SHORTFALL_SECONDS * BYTES_PER_SECOND)
                if not (fill_start and self._is_declared_shorter(written - margin)):
                    return result
                # If the source changes to stereo, FFmpeg restarts the filter, which fills the start again.
                fill_start = False
            progress = None

    def _is_declared_shorter(self, size: int) -> bool:
        declared = self.metadata.duration_seconds
        return declared is not None and declared * BYTES_PER_SECOND < size

    async def _output_limit(self) -> _OutputLimit:
        """Return the limit that follows from the declared duration, if that is plausible."""
        declared = self.metadata.duration_seconds
        expected = math.ceil((declared or 0) * BYTES_PER_SECOND)
        await run_in_thread(ensure_free_space, self.part.parent, min(expected, MAX_BYTES))
        size = (await run_in_thread(self.video.stat)).st_size
        plausible = max(size, MAX_GAP_SECONDS * BYTES_PER_SECOND)
        if declared is None or expected > plausible:
            return await self._measured_limit()
        return _OutputLimit(min(plausible + MARGIN_SECONDS * BYTES_PER_SECOND, MAX_BYTES), None)

    async def _measured_limit(self) -> _OutputLimit:
        length = await measure_length(self.video, settings=self.settings, timeout=self.timeout)
        allowed = length.seconds + max(MAX_GAP_SECONDS, length.seconds) + MARGIN_SECONDS
        limit = _OutputLimit(min(math.ceil(allowed * BYTES_PER_SECOND), MAX_BYTES), length.seconds)
        # FFmpeg would hold the whole gap in memory: 3 GB for 20,000 s.
        if length.claimed_seconds * BYTES_PER_SECOND > limit.max_bytes:
            raise self._too_long(limit, length.seconds)
        return limit

    async def _convert(
        self, limit: _OutputLimit, *, fill_start: bool, on_progress: ffmpeg.OnProgress | None
    ) -> ffmpeg.ConversionResult:
        program, pixels = binaries.find_ffmpeg(self.settings), self.settings.media_max_pixels
        return await ffmpeg.convert(
            command(program, self.video, self.part, self.track, max_pixels=pixels, fill_start=fill_start),
            source=self.video,
            destination=self.part,
            max_bytes=limit.max_bytes,
            settings=self.settings,
            timeout=self.timeout,
            on_progress=on_progress,
        )

    def _too_long(self, limit: _OutputLimit, media_seconds: float) -> OutputLimitError:
        seconds = limit.max_bytes / BYTES_PER_SECOND
        if limit.max_bytes == MAX_BYTES:
            return OutputLimitError(
                f"the audio of {self.video.name} is longer than {seconds / 3600:.0f} hours",
                remedy="split the video into shorter parts",
            )
        return OutputLimitError(
            f"the time stamps of {self.video.name} claim more than {seconds:.0f} s of audio, but the file"
            f" contains {media_seconds:.0f} s",
            remedy="repair its time stamps, for example by exporting it again",
        )


def _audio_bytes(audio: Path) -> int:
    with wave.open(str(audio), "rb") as file:
        return file.getnframes() * BYTES_PER_SECOND // SAMPLE_RATE


def silences_command(program: Path, audio: Path, *, start: float, end: float, max_pixels: int) -> list[str]:
    """Return the arguments that print start and end of silences in seconds after `start`, one per line."""
    return [
        *ffmpeg.base_args(program),
        *ffmpeg.input_args(
            audio,
            *ffmpeg.seek_args(start, end),
            max_pixels=max_pixels,
            demuxers=ffmpeg.AUDIO_DEMUXERS,
        ),
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
    program = binaries.find_ffmpeg(settings)
    argv = silences_command(program, audio, start=start, end=end, max_pixels=settings.media_max_pixels)
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

    await ffmpeg.run_streaming(
        argv,
        source=audio,
        settings=settings,
        timeout=settings.ffprobe_timeout_seconds,
        on_output=parse,
    )
    if silence_start is not None:  # FFmpeg reports no end for a silence at the end of the range
        silences.append((silence_start, end))
    return silences
