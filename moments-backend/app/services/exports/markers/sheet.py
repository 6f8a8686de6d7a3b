"""The moments of a video as frames of its source."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.database.models import Video
from app.models.media_info import MediaInfo, VideoStream
from app.models.moment import MomentRead
from app.models.text import clean_line
from app.services.exports.markers.timebase import Timebase, choose_rate, is_drop_timecode
from app.services.library.titles import title_from

MAX_TEXT = 500
"""Characters of a title or comment."""
DEFAULT_SIZE = (1920, 1080)
"""Picture size of the timeline for a source without pictures."""


@dataclass(frozen=True, slots=True)
class Source:
    """The original file as editors see it.

    Attributes:
        first_frame: frame of the timecode that the camera recorded, from which editors count; otherwise 0.
        frames: length in frames.
    """

    filename: str
    title: str
    timebase: Timebase
    first_frame: int
    frames: int
    has_video: bool
    size: tuple[int, int]
    channels: int
    sample_rate: int


@dataclass(frozen=True, slots=True)
class Event:
    """A moment; `end` is the frame after its last one, and both count from the start of the file."""

    moment: MomentRead
    title: str
    note: str
    start: int
    end: int

    @property
    def frames(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class MarkerSheet:
    """A source and its moments in order of time."""

    source: Source
    events: list[Event]


def build_sheet(video: Video, moments: Sequence[MomentRead]) -> MarkerSheet:
    """Return the moments as frames; of a moment and its refined version, the refined one."""
    refined = {moment.parent_id for moment in moments if moment.is_refined}
    chosen = sorted(
        (moment for moment in moments if moment.id not in refined), key=lambda moment: moment.start_time
    )
    source = _source(video, end=max((moment.end_time for moment in chosen), default=0.0))
    return MarkerSheet(source, [_event(moment, source) for moment in chosen])


def one_line(text: str) -> str:
    """Return `text` without line breaks, control characters and characters that XML forbids."""
    return clean_line("".join(character for character in text if character not in "\ufffe\uffff"), MAX_TEXT)


def _source(video: Video, *, end: float) -> Source:
    info = MediaInfo.model_validate(video.media or {})
    picture = next(iter(sorted(info.video, key=lambda stream: not stream.is_default)), None)
    sound = next(iter(info.audio), None)
    rate = choose_rate((picture.frame_rate if picture else None) or video.frame_rate)
    recorded = info.timecode or ""
    timebase = Timebase.of(rate, is_drop=is_drop_timecode(recorded) or not recorded)
    duration = video.duration_seconds or info.duration_seconds or end
    filename = video.cloud_url.rpartition("/")[2]
    return Source(
        filename=filename,
        title=one_line(video.title or title_from(video.identifier)) or "Video",
        timebase=timebase,
        first_frame=timebase.parse(recorded) or 0,
        frames=max(1, timebase.frame_at(duration)),
        has_video=picture is not None or not info.audio,
        size=_displayed_size(picture),
        channels=(sound.channels or 2) if sound else 0 if picture else 2,
        sample_rate=(sound.sample_rate if sound else None) or 48_000,
    )


def _displayed_size(picture: VideoStream | None) -> tuple[int, int]:
    if picture is None or not picture.width or not picture.height:
        return DEFAULT_SIZE
    width, height = round(picture.width * picture.sample_aspect_ratio), picture.height
    return (height, width) if picture.rotation in {90, 270} else (width, height)


def _event(moment: MomentRead, source: Source) -> Event:
    """Round both edges to frames of the source; the event has at least one."""
    start = min(source.timebase.frame_at(moment.start_time), source.frames - 1)
    end = min(max(source.timebase.frame_at(moment.end_time), start + 1), source.frames)
    return Event(
        moment=moment,
        title=one_line(moment.title) or f"Moment {moment.id}",
        note=one_line(moment.reason or ""),
        start=start,
        end=end,
    )
