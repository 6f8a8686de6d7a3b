"""The time axis: seconds from the first picture or sound shown.

Probe, player, transcript, moments, clips, thumbnails and storyboards use these times. Files count from their
own clock, which may start anywhere: MPEG-TS mostly at 1.4 s, recordings of a running broadcast at hours.
`MediaInfo.start_seconds` is that clock at second 0 of the axis.
"""

from app.models.media_info import MediaInfo


def seek_args(info: MediaInfo, start: float, end: float | None = None) -> tuple[str, ...]:
    """Return the options before `-i` that read from second `start` of the axis, up to `end`.

    Times in filters and outputs are then seconds after `start`. FFmpeg decodes from the key frame before
    `start` and drops what precedes `start`. FFmpeg's plain `-ss` counts from the earliest stream of any kind,
    which may be a subtitle or a track without a decoder.

    Raises:
        ValueError: invalid range.
    """
    if start < 0 or (end is not None and end <= start):
        raise ValueError(f"invalid range: from {start} to {end}")
    length = () if end is None else ("-t", f"{end - start:.6f}")
    return ("-seek_timestamp", "1", "-ss", f"{info.start_seconds + start:.6f}", *length)


def file_clock(info: MediaInfo, seconds: float) -> float:
    """Return the file's own time stamp of a second of the axis, for `-read_intervals` of ffprobe."""
    return info.start_seconds + seconds
