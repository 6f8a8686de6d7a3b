"""Streams, chapters and tags of a media file, as ffprobe reports them; stored in `videos.media`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MAX_STREAMS = 64
"""Streams per kind that are kept; broadcast recordings may declare hundreds."""

RUN_CHOICES: tuple[str, ...] = (
    "audio_stream",
    "transcript_stream",
    "transcript_language",
    "transcript_vocabulary",
    "transcript_captions",
    "playback_bytes",
)
"""Fields of `MediaInfo` that runs set; the others are read from the file."""

_FROZEN = ConfigDict(frozen=True, extra="ignore")


def _at_most(value: Any) -> Any:
    return value[:MAX_STREAMS] if isinstance(value, (list, tuple)) else value


class VideoStream(BaseModel):
    """One stream of pictures; covers and still images are not among them."""

    model_config = _FROZEN

    index: int = Field(description="Number of the stream in the file, from 0.")
    codec: str = Field(description="FFmpeg's name; `unknown` if it has none.")
    profile: str | None = None
    pixel_format: str | None = None
    bits: int = Field(default=8, description="Bits per sample.")
    width: int = Field(default=0, description="Stored pixels, before rotation.")
    height: int = 0
    rotation: int = Field(default=0, description="Clockwise degrees to turn the picture: 0, 90, 180 or 270.")
    sample_aspect_ratio: float = Field(default=1.0, description="Width of a stored pixel / its height.")
    frame_rate: float | None = Field(default=None, description="Average frames per second.")
    is_interlaced: bool = False
    color_transfer: str | None = Field(
        default=None, description="`arib-std-b67` (HLG) and `smpte2084` (PQ) are HDR."
    )
    color_primaries: str | None = None
    color_space: str | None = None
    is_full_range: bool = False
    has_alpha: bool = False
    start_seconds: float | None = Field(default=None, description="Time stamp of the first picture.")
    duration_seconds: float | None = None
    is_default: bool = False
    language: str | None = None
    title: str | None = None


class AudioStream(BaseModel):
    """One audio track."""

    model_config = _FROZEN

    index: int = Field(description="Number of the stream in the file, from 0.")
    codec: str = Field(description="FFmpeg's name; `unknown` if it has none.")
    profile: str | None = None
    channels: int = 0
    channel_layout: str | None = None
    sample_rate: int | None = Field(default=None, description="Samples per second.")
    start_seconds: float | None = Field(default=None, description="Time stamp of the first audio.")
    duration_seconds: float | None = None
    is_default: bool = False
    is_secondary: bool = Field(default=False, description="Commentary or audio description.")
    language: str | None = Field(default=None, description="ISO 639 code of the file, such as `eng`.")
    title: str | None = None


class SubtitleStream(BaseModel):
    """One subtitle track."""

    model_config = _FROZEN

    index: int
    codec: str
    is_text: bool = Field(default=False, description="Text rather than pictures.")
    is_forced: bool = Field(default=False, description="Only foreign-language parts.")
    is_default: bool = False
    language: str | None = None
    title: str | None = None


class Chapter(BaseModel):
    """A chapter that the file or the site states, on the time axis of the player."""

    model_config = _FROZEN

    start_seconds: float
    end_seconds: float | None = None
    title: str | None = None


class SyncPoint(BaseModel):
    """A place at which FFmpeg can start to read a file whose clock jumps."""

    model_config = _FROZEN

    position: int = Field(description="Byte of the file at which a key frame begins.")
    starts: dict[int, float] = Field(
        description="Second of the time axis at which each stream begins there, by stream index."
    )


class MediaInfo(BaseModel):
    """Everything that ffprobe reports about one file.

    Times of streams are the file's own; every other time of the project counts seconds from `start_seconds`,
    the first picture or audio shown.
    """

    model_config = _FROZEN

    container: str = Field(
        default="", description="FFmpeg's demuxer names, such as `mov,mp4,m4a,3gp,3g2,mj2`."
    )
    start_seconds: float = Field(default=0.0, description="Time stamp of the first picture or audio shown.")
    container_start_seconds: float = Field(
        default=0.0, description="Earliest time stamp of any stream, from which FFmpeg counts."
    )
    has_clock_jumps: bool = Field(
        default=False, description="The clock restarts or jumps inside the file; see `sync_points`."
    )
    sync_points: tuple[SyncPoint, ...] = ()
    duration_seconds: float | None = Field(
        default=None,
        description="From the first to the last picture or audio; measured if a header is wrong.",
    )
    states_duration: bool = Field(
        default=True, description="A header states the duration; files recorded by browsers lack it."
    )
    video: Annotated[tuple[VideoStream, ...], BeforeValidator(_at_most)] = ()
    audio: Annotated[tuple[AudioStream, ...], BeforeValidator(_at_most)] = ()
    subtitles: Annotated[tuple[SubtitleStream, ...], BeforeValidator(_at_most)] = ()
    chapters: tuple[Chapter, ...] = ()
    chapters_source: Literal["file", "site"] = Field(
        default="file", description="Whether the file states the chapters, or the site of the download."
    )
    audio_stream: int | None = Field(
        default=None, description="Audio track of the stored audio, if a run chose one."
    )
    transcript_stream: int | None = Field(
        default=None, description="Audio track of the transcript, if a run chose one."
    )
    transcript_language: str | None = Field(
        default=None, description="Language that the transcript's run was given; null: it was detected."
    )
    transcript_vocabulary: tuple[str, ...] = Field(
        default=(), description="Terms that the transcript's run was given, without those of the library."
    )
    transcript_captions: str | None = Field(
        default=None, description="MD5 of the caption file that became the transcript."
    )
    playback_bytes: int | None = Field(
        default=None, ge=0, description="Size of the playback copy that a run made."
    )
    title: str | None = Field(default=None, description="Title in the file's tags.")
    description: str | None = None
    artist: str | None = None
    recorded_at: datetime | None = Field(default=None, description="Recording time in the file's tags.")
    timecode: str | None = Field(
        default=None, description="Timecode of the first picture that the camera recorded: `01:00:00:00`."
    )
    location: str | None = Field(default=None, description="ISO 6709; only with `KEEP_LOCATION`.")
