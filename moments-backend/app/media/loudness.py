"""Loudness of audio by EBU R128, and the filters that normalise it.

A constant gain keeps the dynamics of the speech. If it raises peaks above the limit, a limiter lowers only
these; further measurements then correct the gain for what the limiter took away.

https://tech.ebu.ch/docs/r/r128.pdf, https://ffmpeg.org/ffmpeg-filters.html#ebur128-1
"""

import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.core.config import Settings
from app.media import binaries, ffmpeg
from app.media.clip_source import ClipSource
from app.media.time_axis import seek_args

TARGET_LUFS = -14.0
"""Loudness to which video sites turn down louder audio."""

MAX_TRUE_PEAK_DB = -1.5

_CEILING_DB = -2.0
"""Limit of the limiter; AAC raises the peaks of hard transients by half a decibel and more."""

MAX_GAIN_DB = 24.0
"""More would raise the noise of a quiet room to the loudness of speech."""

SILENT_LUFS = -60.0

_MAX_CORRECTION_DB = 6.0
_MAX_CORRECTIONS = 3
_TOLERANCE_DB = 0.3
_LIMITER_RATE = 192_000
"""Samples per second at which peaks between samples are detected."""

_VALUE = re.compile(rb"lavfi\.r128\.(I|true_peak)=(\S+)")


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS, and the highest true peak in dB below full scale."""

    integrated: float
    true_peak: float

    @property
    def is_silent(self) -> bool:
        return not self.integrated > SILENT_LUFS


Measure = Callable[[tuple[str, ...]], Awaitable[Loudness | None]]
"""Measures the audio after further filters; None if there is too little of it (0.4 s)."""


async def normalizing_filters(measure: Measure) -> tuple[str, ...]:
    """Return the filters that bring audio to `TARGET_LUFS`; none for silence and for very short audio."""
    found = await measure(())
    if found is None or found.is_silent:
        return ()
    gain = min(TARGET_LUFS - found.integrated, MAX_GAIN_DB)
    if found.true_peak + gain <= MAX_TRUE_PEAK_DB:
        return (_gain(gain),)
    highest = min(gain + _MAX_CORRECTION_DB, MAX_GAIN_DB)
    for _ in range(_MAX_CORRECTIONS):
        limited = await measure((_gain(gain), *_limiter()))
        missing = 0.0 if limited is None else min(TARGET_LUFS - limited.integrated, highest - gain)
        if missing < _TOLERANCE_DB:
            break
        gain += missing
    return (_gain(gain), *_limiter())


def _gain(decibels: float) -> str:
    return f"volume={decibels:.2f}dB"


def _limiter() -> tuple[str, ...]:
    limit = 10 ** (_CEILING_DB / 20)
    return (
        f"aresample={_LIMITER_RATE}",
        f"alimiter=limit={limit:.4f}:attack=5:release=60:level=false:latency=true",
    )


async def measure_loudness(
    source: ClipSource,
    filters: list[str],
    *,
    start: float,
    end: float,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> Loudness | None:
    """Measure a range of the audio after `filters`; None if it is too short.

    Raises the same errors as `ffmpeg.convert`.
    """
    if source.sound is None:
        return None
    values: dict[bytes, float] = {}

    def parse(line: bytes) -> None:
        if match := _VALUE.fullmatch(line.strip()):
            values[match[1]] = float(match[2])

    measuring = "ebur128=peak=true:metadata=1:framelog=quiet,ametadata=print:file=-"
    argv = [
        *ffmpeg.base_args(binaries.find_ffmpeg(settings)),
        *ffmpeg.input_args(
            source.video,
            *seek_args(source.info, start, end, streams=[source.sound]),
            max_pixels=settings.media_max_pixels,
        ),
        *("-map", f"0:{source.sound.index}", "-af", ",".join([*filters, measuring])),
        *("-f", "null", "-"),
    ]
    await ffmpeg.run_streaming(argv, source=source.video, settings=settings, timeout=timeout, on_output=parse)
    integrated, peak = values.get(b"I", math.nan), values.get(b"true_peak", 0.0)
    if math.isnan(integrated):
        return None
    return Loudness(integrated, 20 * math.log10(peak) if peak > 0 else -math.inf)
