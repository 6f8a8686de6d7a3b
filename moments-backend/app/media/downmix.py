"""Filters that mix any channels to mono or stereo without cancelling or losing speech.

`-ac 1` halves the sum of a stereo pair, so inverted channels cancel; music beside the centre covers speech in
it; and channels whose arrangement is unknown are mixed arbitrarily or not at all. A few seconds of the audio
show what each channel contains.

https://ffmpeg.org/ffmpeg-filters.html#pan-1
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.config import Settings
from app.core.exceptions import FFmpegError
from app.media import binaries, ffmpeg, process
from app.media.limits import media_limits
from app.media.time_axis import seek_args
from app.models.media_info import AudioStream, MediaInfo

WINDOW_SECONDS = 3.0
_WINDOWS = (0.05, 0.3, 0.55, 0.8)
"""Positions of the measured windows, as parts of the duration."""

_RATE = 8_000
_SILENT = 4.0**2
"""Mean square of 16-bit samples below which nothing can be measured."""

_ACTIVE = 0.01
"""A channel 20 dB below the loudest one is not mixed."""

_CENTRE_ACTIVE = 0.003
"""Speech is in the centre if that is at most 25 dB below the loudest channel."""

_CANCELS = 0.2
"""A mix with less than this part of the energy of independent channels cancels them."""

_CENTRED = frozenset(
    {"3.0", "3.1", "4.0", "4.1", "5.0", "5.0(side)", "5.1", "5.1(side)", "6.0", "6.1", "6.1(back)"}
    | {"7.0", "7.1", "7.1(wide)", "7.1(wide-side)"}
)
"""Layouts whose first channels are left, right and centre; the fourth one is the LFE in those with `.1`."""

_SURROUND_WEIGHT, _FRONT_WEIGHT = 0.1, 0.2
"""Weights of channels beside a centre of 1: music stays below the speech, panned speech stays audible."""

MAX_KNOWN_CHANNELS = 8
"""FFmpeg's own mix is right for layouts up to this size."""

Samples = npt.NDArray[np.float32]


async def downmix_filters(
    path: Path, info: MediaInfo, stream: AudioStream, *, channels: int, settings: Settings
) -> tuple[str, ...]:
    """Return the filters that mix one audio track to 1 or 2 channels, to be joined with others of `-af`.

    A stereo result of mono, stereo and the usual surround layouts needs no measurement; otherwise one FFmpeg
    process decodes a few seconds.
    """
    layout = "mono" if channels == 1 else "stereo"
    plain = (f"aformat=channel_layouts={layout}",)
    is_known = stream.channel_layout is not None and stream.channels <= MAX_KNOWN_CHANNELS
    if stream.channels <= 1 or (channels > 1 and (is_known or stream.channels == 2)):  # noqa: PLR2004
        return plain
    weights = mono_weights(
        await _measure(path, info, stream, settings), stream.channel_layout, stream.channels
    )
    if weights is None:
        return plain
    mix = "+".join(f"{weight:.4g}*c{number}" for number, weight in enumerate(weights) if weight)
    pan = f"pan={layout}|" + "|".join(f"c{output}={mix}" for output in range(channels))
    # Broadcasts change between stereo and surround, for which a fixed `pan` would fail.
    source = stream.channel_layout or ("stereo" if stream.channels == 2 else None)  # noqa: PLR2004
    is_fixed = stream.channels <= MAX_KNOWN_CHANNELS and source is not None
    return (f"aformat=channel_layouts={source}", pan) if is_fixed else (pan,)


def mono_weights(samples: Samples, layout: str | None, channels: int) -> list[float] | None:
    """Return the weight of each channel in a mono mix; None if FFmpeg's own mix is right.

    Args:
        samples: one row per time, one column per channel; empty if they could not be measured.
    """
    if samples.shape[0] == 0 or samples.shape[1] != channels:
        return None
    energy = np.mean(np.square(samples), axis=0)
    if energy.max() < _SILENT:
        return None
    active = energy >= energy.max() * _ACTIVE
    weights = np.where(active, 1.0, 0.0)
    has_centre = layout in _CENTRED
    if has_centre and energy[2] >= energy.max() * _CENTRE_ACTIVE:
        weights = np.full(channels, _SURROUND_WEIGHT)
        weights[:3] = _FRONT_WEIGHT, _FRONT_WEIGHT, 1.0
    if has_centre and str(layout).partition(".")[2].startswith("1"):
        weights[3] = 0.0
    weights /= weights.sum() or 1.0
    mixed = np.mean(np.square(samples @ weights))
    if mixed < _CANCELS * np.sum(np.square(weights) * energy):
        weights = np.zeros(channels)
        weights[int(energy.argmax())] = 1.0
    elif channels == 2 and active.all():  # noqa: PLR2004 - FFmpeg's mix is the same and follows changes
        return None
    return [float(weight) for weight in weights]


async def _measure(path: Path, info: MediaInfo, stream: AudioStream, settings: Settings) -> Samples:
    """Return samples of a few windows; none if they cannot be decoded."""
    argv = _command(binaries.find_ffmpeg(settings), path, info, stream, max_pixels=settings.media_max_pixels)
    empty = np.zeros((0, stream.channels), np.float32)
    try:
        completed = await process.run(
            argv, timeout=settings.ffprobe_timeout_seconds, limits=media_limits(settings)
        )
    except FFmpegError:
        return empty
    values = np.frombuffer(completed.stdout[: len(completed.stdout) // 2 * 2], "<i2").astype(np.float32)
    return values[: len(values) // stream.channels * stream.channels].reshape(-1, stream.channels)


def _command(
    program: Path, path: Path, info: MediaInfo, stream: AudioStream, *, max_pixels: int
) -> list[str]:
    """Return the arguments that write the samples of all channels in a few windows to stdout."""
    duration = info.duration_seconds or 0.0
    is_long = duration > len(_WINDOWS) * WINDOW_SECONDS
    starts = [duration * part for part in _WINDOWS] if is_long else [0.0]
    inputs, labels = [], []
    for number, start in enumerate(starts):
        length = WINDOW_SECONDS if is_long else len(_WINDOWS) * WINDOW_SECONDS
        inputs += ffmpeg.input_args(path, *seek_args(info, start, start + length), max_pixels=max_pixels)
        labels.append(f"[{number}:{stream.index}]")
    rate = f"aresample={_RATE},aformat=sample_fmts=s16"
    return [
        *ffmpeg.base_args(program),
        *inputs,
        *("-filter_complex", f"{''.join(labels)}concat=n={len(starts)}:v=0:a=1,{rate}[out]"),
        *("-map", "[out]", "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"),
    ]
