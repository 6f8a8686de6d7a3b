"""Import of a transcript from a file of the user."""

from app.core.concurrency import run_in_thread
from app.core.exceptions import VideoNotFoundError
from app.core.languages import language_code
from app.database.session import transaction
from app.models.transcript import Transcript
from app.repositories import video_db_repository
from app.services.transcripts.caption_parser import CaptionFormat, parse_captions
from app.services.transcripts.store import TranscriptOutcome, TranscriptStore


async def import_file(
    store: TranscriptStore,
    video_id: str,
    content: bytes,
    file_format: CaptionFormat,
    *,
    language: str | None = None,
    if_match: str | None = None,
) -> TranscriptOutcome:
    """Replace the transcript by that of a file.

    Args:
        language: language of the text; by default the file's, else the one that the text seems to be in.

    Raises:
        VideoNotFoundError: the video is not in the library.
        InvalidCaptionsError: the file cannot be read.
        TranscriptChangedError: the transcript is not the one of `if_match`.
    """
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, video_id)
    if row is None:
        raise VideoNotFoundError(video_id)
    spoken = await store.load_local_first(video_id) if file_format is CaptionFormat.TXT else None

    def parse() -> Transcript:
        return parse_captions(
            content,
            file_format,
            seconds=row.duration_seconds,
            language=language_code(language),
            spoken=spoken,
        )

    return await store.import_(video_id, await run_in_thread(parse), if_match=if_match)
