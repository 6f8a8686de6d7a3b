"""Transcripts in the search index."""

from collections.abc import Sequence

from sqlalchemy import select

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.database.models import Video
from app.database.session import transaction
from app.models.transcript import Segment, Transcript
from app.services.search.index import index_transcript
from app.services.search.passage_index import PassageIndexer

SECONDS = 4.0
"""Length of each segment."""

ENCODER = SentenceEncoder()
"""One model for all tests of a process."""


def transcript_of(texts: Sequence[str], language: str = "en") -> Transcript:
    segments = [
        Segment(text=text, start=number * SECONDS, end=(number + 1) * SECONDS - 0.5)
        for number, text in enumerate(texts)
    ]
    return Transcript(
        text=" ".join(texts), language=language, word_timestamps=[], segment_timestamps=segments
    )


async def add_transcript(
    identifier: str, texts: Sequence[str], *, language: str = "en", indexer: PassageIndexer | None = None
) -> int:
    """Index the texts as the segments of a registered video, and return `videos.id`."""
    async with transaction() as session:
        row_id = await session.scalar(select(Video.id).where(Video.identifier == identifier))
        assert row_id is not None
        await index_transcript(
            session,
            row_id,
            transcript_of(texts, language),
            document_md5="0" * 32,
            passages=indexer or PassageIndexer(ENCODER),
        )
        return row_id
