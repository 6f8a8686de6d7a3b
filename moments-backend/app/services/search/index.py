"""Writes the search index of one video, inside the transaction that records what it indexes."""

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.database.models import TranscriptIndex, TranscriptSegment
from app.models.transcript import Transcript


async def index_transcript(
    session: AsyncSession, video_id: int, transcript: Transcript, *, document_md5: str
) -> None:
    """Replace the indexed transcript of a video.

    Args:
        video_id: `videos.id`, the number.
        document_md5: MD5 of the stored JSON document, in hex.
    """
    await session.execute(delete(TranscriptSegment).where(TranscriptSegment.video_id == video_id))
    columns = {
        "language": transcript.language,
        "source": transcript.source,
        "is_edited": transcript.is_edited,
        "document_md5": document_md5,
        "indexed_at": utc_now(),
    }
    statement = upsert(TranscriptIndex).values(video_id=video_id, **columns)
    await session.execute(statement.on_conflict_do_update(index_elements=["video_id"], set_=columns))
    rows = [
        {
            "video_id": video_id,
            "number": number,
            "start_time": segment.start,
            "end_time": segment.end,
            "text": segment.text,
        }
        for number, segment in enumerate(transcript.segment_timestamps)
    ]
    if rows:
        await session.execute(insert(TranscriptSegment), rows)


async def remove_transcript(session: AsyncSession, video_id: int) -> None:
    """Remove a video's transcript from the index; deleting its row does so too."""
    for model in (TranscriptSegment, TranscriptIndex):
        await session.execute(delete(model).where(model.video_id == video_id))
