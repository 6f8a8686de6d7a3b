"""Writes the search index of one video, inside the transaction that records what it indexes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.database.models import MomentDetails, MomentTitle, TranscriptIndex, TranscriptSegment
from app.models.text import fold_case
from app.models.transcript import Transcript
from app.services.search.folding import fold
from app.services.search.passage_index import PassageIndexer

MAX_WORD_BYTES = 200
"""Longer words are left out: they may exceed the size of a B-tree entry."""

MAX_FOLDED_TITLE = 200
"""Characters of a title that lists search and sort by; entries of a B-tree are limited."""

_ADD_WORDS = text("""
    INSERT INTO search_words (word)
    SELECT word FROM unnest(cast(:words AS text[])) AS word
    WHERE NOT EXISTS (SELECT FROM search_words AS known WHERE known.word = word.word)
    ORDER BY word ON CONFLICT DO NOTHING
""")
"""Inserts in the order of the key, so that concurrent transactions wait for each other without a deadlock."""


class TitledMoment(NamedTuple):
    """A moment as the user sees it; times in seconds. `app/database/models/search.py` has the columns."""

    id: str
    start_time: float
    end_time: float
    title: str
    score: float | None = None
    rating: int | None = None
    is_kept: bool = False
    is_edited: bool = False
    is_listed: bool = False
    details: Mapping[str, Any] = {}


async def index_transcript(
    session: AsyncSession,
    video_id: int,
    transcript: Transcript,
    *,
    document_md5: str,
    passages: PassageIndexer | None = None,
) -> None:
    """Replace the indexed transcript of a video.

    Args:
        video_id: `videos.id`, the number.
        document_md5: MD5 of the stored JSON document, in hex.
        passages: writes the passages; without it they stay as they are.
    """
    await session.execute(delete(TranscriptSegment).where(TranscriptSegment.video_id == video_id))
    columns = {
        "language": _code(transcript.language),
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
            "language": _code(segment.language or transcript.language),
        }
        for number, segment in enumerate(transcript.segment_timestamps)
    ]
    if rows:
        await session.execute(insert(TranscriptSegment), rows)
        await _add_words(session, (segment.text for segment in transcript.segment_timestamps))
    if passages is not None:
        await passages.write(session, video_id, [segment.text for segment in transcript.segment_timestamps])


async def remove_transcript(
    session: AsyncSession, video_id: int, passages: PassageIndexer | None = None
) -> None:
    """Remove a video's transcript from the index; deleting the video's row has the same effect."""
    if passages is not None:
        await passages.write(session, video_id, [])
    for model in (TranscriptSegment, TranscriptIndex):
        await session.execute(delete(model).where(model.video_id == video_id))


async def index_moments(
    session: AsyncSession, video_id: int, moments: Sequence[TitledMoment], *, added_at: datetime | None = None
) -> None:
    """Replace the indexed moments of a video.

    Args:
        video_id: `videos.id`, the number.
        added_at: `videos.created_at`.
    """
    for model in (MomentTitle, MomentDetails):
        await session.execute(delete(model).where(model.video_id == video_id))
    rows, details = [], []
    for moment in {moment.id: moment for moment in moments}.values():
        columns = moment._asdict()
        key = {"video_id": video_id, "moment_id": columns.pop("id")}
        details.append(key | {"details": columns.pop("details")})
        folded = fold_case(moment.title)[:MAX_FOLDED_TITLE]
        rows.append(key | columns | {"folded_title": folded, "added_at": added_at})
    if rows:
        await session.execute(insert(MomentTitle), rows)
        await session.execute(insert(MomentDetails), details)


async def _add_words(session: AsyncSession, texts: Iterable[str]) -> None:
    words = {word for line in texts for word in fold(line).split() if not word.isdigit()}
    kept = sorted(word for word in words if len(word.encode()) <= MAX_WORD_BYTES)
    await session.execute(_ADD_WORDS, {"words": kept})


def _code(language: str) -> str:
    """Return the language without its region, such as `en` for `en-GB`."""
    return language.lower().replace("_", "-").partition("-")[0][:8] or "und"
