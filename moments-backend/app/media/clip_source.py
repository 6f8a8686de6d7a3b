"""The streams of a video that a clip or export shows."""

from dataclasses import dataclass
from pathlib import Path

from app.core.config import Settings
from app.media.downmix import downmix_filters
from app.media.ffprobe import probe
from app.media.stream_selection import select_audio, select_video
from app.models.media_info import AudioStream, MediaInfo, VideoStream


@dataclass(frozen=True, slots=True)
class ClipSource:
    """The streams of a video that a clip shows; `sound_filters` mix `sound` to stereo."""

    video: Path
    info: MediaInfo
    picture: VideoStream
    sound: AudioStream | None
    sound_filters: tuple[str, ...] = ()

    def is_before_pictures(self, end: float) -> bool:
        """Return whether the first picture is shown after second `end`, and audio before."""
        first = self.picture.start_seconds
        return self.sound is not None and first is not None and first - self.info.start_seconds >= end

    def length(self, start: float, end: float) -> float:
        """Return the seconds from `start` to `end` or the end of the video."""
        duration = self.info.duration_seconds
        return (end if duration is None else min(end, duration)) - start


async def open_source(video: Path, settings: Settings, audio_stream: int | None) -> ClipSource:
    """Choose the streams of a clip.

    Args:
        audio_stream: index of the audio track that the user chose.

    Raises:
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        InvalidRequestError: `audio_stream` is not an audio track of the file.
    """
    info = (await probe(video, settings=settings)).info
    sound = await select_audio(video, info, settings=settings, preferred=audio_stream)
    filters: tuple[str, ...] = ()
    if sound is not None:
        filters = await downmix_filters(video, info, sound, channels=2, settings=settings)
    return ClipSource(video, info, select_video(info), sound, filters)
