"""Reads the data of editor files and of captions of clips."""

from dataclasses import dataclass

from app.core.config import Settings
from app.core.exceptions import ResultNotFoundError, VideoNotFoundError
from app.database.models import Video
from app.database.session import transaction
from app.media.clip_encoder import pad_range
from app.models.moment import Moment
from app.models.transcript import Transcript
from app.repositories import video_db_repository
from app.services.exports.captions import excerpt
from app.services.exports.markers.sheet import MarkerSheet, build_sheet
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.transcripts.store import TranscriptStore


@dataclass(frozen=True, slots=True)
class ClipCaptions:
    """The words of a clip, timed from its start.

    Attributes:
        duration: length of the clip in seconds.
    """

    moment: Moment
    transcript: Transcript
    duration: float


@dataclass(frozen=True, slots=True)
class MarkerService:
    settings: Settings
    moments: EditedMomentsReader
    transcripts: TranscriptStore

    async def load_sheet(self, video_id: str) -> MarkerSheet:
        """Return the moments of a video as frames of its source.

        Raises:
            VideoNotFoundError: no row has this identifier.
            ResultNotFoundError: the video has no moments.
            DatabaseError, CorruptFileError, FileUnreadableError, StorageError: they could not be read.
        """
        video = await _video(video_id)
        moments = await self.moments.load_local_first(video_id)
        if not moments:
            raise ResultNotFoundError("moments", video_id)
        return build_sheet(video, moments)

    async def load_captions(self, video_id: str, moment_id: str) -> ClipCaptions:
        """Return the corrected words of a moment's clip, which need not exist.

        Raises:
            VideoNotFoundError: no row has this identifier.
            ResultNotFoundError: the video has no such moment, or no transcript.
            DatabaseError, CorruptFileError, FileUnreadableError, StorageError: they could not be read.
        """
        video = await _video(video_id)
        moments = await self.moments.load_local_first(video_id) or []
        moment = next((moment for moment in moments if moment.id == moment_id), None)
        if moment is None:
            raise ResultNotFoundError(f"moment {moment_id}", video_id)
        document = await self.transcripts.read_local_first(video_id)
        if document is None:
            raise ResultNotFoundError("transcript", video_id)
        # The clip of a refined moment is its original's.
        cut = next((other for other in moments if other.id == moment.parent_id), moment)
        start, end = pad_range(
            cut.start_time,
            cut.end_time,
            padding=self.settings.clip_padding,
            duration=video.duration_seconds,
        )
        return ClipCaptions(moment, excerpt(document.content, start, end), end - start)


async def _video(video_id: str) -> Video:
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, video_id)
    if video is None:
        raise VideoNotFoundError(video_id)
    return video
