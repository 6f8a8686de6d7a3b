"""The time axis: seconds from the first picture or audio shown.

Probe, player, transcript, moments, clips, thumbnails and storyboards use these times. Files count from their
own clock, which may start anywhere: MPEG-TS mostly at 1.4 s, recordings of a running broadcast at hours.
`MediaInfo.start_seconds` is that clock at second 0 of the axis.

Browsers do not use this axis for such files. In Chromium, `currentTime` is the file's clock: of an MP4 or
WebM file that starts at 5 s it begins at 5, earlier positions show the first picture, and `duration` counts
from 0. A WebM or Matroska file without duration has an infinite one, and without an index (recordings that
were never finished) positions are found only to the next key frame, up to 2 s late. Files whose
`start_seconds` is not 0 or whose header lacks the duration are therefore played from a remuxed copy.
A late picture or audio, edit lists and fragments are played on this axis.
"""

from collections.abc import Sequence

from app.media.formats import JUMPING_DEMUXERS
from app.models.media_info import AudioStream, MediaInfo, VideoStream

Stream = AudioStream | VideoStream

JUMP_SECONDS = 10.0
"""FFmpeg's default of `-dts_delta_threshold`: longer steps of the clock are jumps."""


def seek_args(
    info: MediaInfo, start: float, end: float | None = None, *, streams: Sequence[Stream] = ()
) -> tuple[str, ...]:
    """Return the options before `-i` that read from second `start` of the axis, up to `end`.

    Times in filters and outputs are then seconds after `start`, in every container. FFmpeg decodes from the
    key frame before `start` and drops earlier frames, except if `info.has_clock_jumps`: such files are read
    from a sync point some seconds earlier, and earlier frames have negative times. Commands that do
    not cut with a `trim` filter of their own drop them with `trim_args` before the output.

    Args:
        streams: the mapped streams, if not both picture and audio are. In MPEG files FFmpeg counts from the
            first mapped stream, so that a late picture would otherwise be shown at 0.

    Raises:
        ValueError: invalid range.
    """
    if start < 0 or (end is not None and end <= start):
        raise ValueError(f"invalid range: from {start} to {end}")
    if info.has_clock_jumps:
        return _linear_args(info, start, end, streams)
    length = () if end is None else ("-t", f"{end - start:.6f}")
    seek = info.start_seconds - info.container_start_seconds + start
    clock = info.start_seconds + start
    seeking = ("-ss", f"{seek:.6f}") if seek > 0 else ()
    late = _first(info, streams) - clock if _counts_from_mapped(info) else 0.0
    shift = ("-itsoffset", f"{late:.6f}") if late > 0 else ()
    return (*seeking, *shift, *length)


def trim_args(info: MediaInfo) -> tuple[str, ...]:
    """Return the options before an output that drop what precedes the `start` of `seek_args`."""
    return ("-ss", "0") if info.has_clock_jumps else ()


def file_clock(info: MediaInfo, seconds: float) -> float:
    """Return the file's own time stamp of a second of the axis, for `-read_intervals` of ffprobe.

    Meaningless if `info.has_clock_jumps`.
    """
    return info.start_seconds + seconds


def _linear_args(
    info: MediaInfo, start: float, end: float | None, streams: Sequence[Stream]
) -> tuple[str, ...]:
    """Read from a byte, because FFmpeg seeks by the file's clock, which several places of the file share."""
    points = [point for point in info.sync_points if max(point.starts.values()) <= start]
    skip: tuple[str, ...] = ()
    if points:
        starts = points[-1].starts
        mapped = [starts[stream.index] for stream in streams if stream.index in starts]
        zero = min(mapped or starts.values())
        skip = ("-skip_initial_bytes", str(points[-1].position))
    else:
        zero = (_first(info, streams) if streams else info.container_start_seconds) - info.start_seconds
    lead = start - zero
    shift = ("-itsoffset", f"{-lead:.6f}") if lead else ()
    # FFmpeg takes a first time stamp below the negative threshold for a jump.
    threshold = ("-dts_delta_threshold", f"{lead + JUMP_SECONDS:.0f}") if lead > JUMP_SECONDS - 1 else ()
    # The length counts from the first frame.
    length = () if end is None else ("-t", f"{end - zero:.6f}")
    return (*skip, *threshold, *shift, *length)


def _counts_from_mapped(info: MediaInfo) -> bool:
    return not JUMPING_DEMUXERS.isdisjoint(info.container.split(","))


def _first(info: MediaInfo, streams: Sequence[Stream]) -> float:
    """Return the file's clock at the first frame of the mapped streams."""
    starts = [stream.start_seconds for stream in streams if stream.start_seconds is not None]
    return min(starts, default=info.start_seconds)
