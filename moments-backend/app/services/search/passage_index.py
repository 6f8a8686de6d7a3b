"""Writes the passages of transcripts: vectors are made outside the transaction that records a transcript.

The transaction deletes passages whose text changed, and inserts those whose vectors are known. If others
remain, it adds the video to `passage_backlog`, which workers process; see `passage_backlog.py`.
"""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import delete, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.core.concurrency import CancelCheck, run_cancellable_in_thread, run_in_thread
from app.core.exceptions import ModelMissingError
from app.database.models import PassageBacklog, TranscriptPassage, TranscriptSegment, Video
from app.database.session import transaction
from app.services.search.passages import Passage, split_passages
from app.services.search.vectors import PassageVectors, compress

logger = logging.getLogger(__name__)

MAX_INLINE = 16
"""Passages that are embedded inside a transaction: enough for an edit, and about half a second."""
MAX_KNOWN = 20_000
"""Vectors that are kept between their creation and the transaction: 100 hours of speech, 10 MB."""

_TABLE_EXISTS = text("SELECT to_regclass('transcript_passages') IS NOT NULL")


class PassageIndexer:
    """Creates and records the vectors of passages."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._known: OrderedDict[int, PassageVectors] = OrderedDict()
        self._is_available = False

    async def prepare(self, video_id: str, texts: Sequence[str]) -> None:
        """Embed the new passages of a transcript, so that the transaction which records it finds them.

        Without pgvector or the model this does nothing.

        Args:
            texts: the segments.
        """
        passages = await run_in_thread(split_passages, texts)
        async with transaction() as session:
            if not await self.is_available(session):
                return
            recorded = (
                select(TranscriptPassage.text_hash)
                .join(Video, Video.id == TranscriptPassage.video_id)
                .where(Video.identifier == video_id)
            )
            known = set(await session.scalars(recorded))
        await self._embed(passage for passage in passages if passage.key not in known)

    async def write(self, session: AsyncSession, row_id: int, texts: Sequence[str]) -> None:
        """Make the passages of a video those of a transcript, inside the caller's transaction.

        Args:
            row_id: `videos.id`.
            texts: the segments.
        """
        if not await self.is_available(session):
            return
        wanted = {passage.first: passage for passage in await run_in_thread(split_passages, texts)}
        rows = await _read(session, row_id)
        current = {first: _Recorded(passage.last, passage.key) for first, passage in wanted.items()}
        stale = [first for first, row in rows.items() if current.get(first) != row]
        missing = [wanted[first] for first, row in current.items() if rows.get(first) != row]
        # A passage that only moved keeps its vectors.
        self._remember(await _read_vectors(session, row_id, stale))
        if sum(passage.key not in self._known for passage in missing) <= MAX_INLINE:
            await self._embed(missing)
        known = [passage for passage in missing if passage.key in self._known]
        if stale:
            await session.execute(
                delete(TranscriptPassage).where(
                    TranscriptPassage.video_id == row_id, TranscriptPassage.first_segment.in_(stale)
                )
            )
        if known:
            await session.execute(
                insert(TranscriptPassage), [self._row(row_id, passage) for passage in known]
            )
        await _set_backlog(session, row_id, is_complete=len(known) == len(missing))

    async def is_available(self, session: AsyncSession) -> bool:
        """Return whether the database has the table of passages; a positive answer is remembered."""
        self._is_available = self._is_available or bool(await session.scalar(_TABLE_EXISTS))
        return self._is_available

    async def _embed(self, passages: Iterable[Passage]) -> None:
        """Add the vectors of passages to the known ones; log a missing model."""
        missing = list(
            {passage.key: passage for passage in passages if passage.key not in self._known}.values()
        )
        if not missing:
            return
        try:
            self._remember(await run_cancellable_in_thread(partial(self._encode, missing)))
        except ModelMissingError as error:
            logger.warning("Passages not embedded: %s", error.cause)

    def _encode(self, passages: Sequence[Passage], check: CancelCheck) -> list[tuple[int, PassageVectors]]:
        rows, parts = self._encoder.encode_with_parts(
            [passage.text for passage in passages], [passage.parts for passage in passages], check
        )
        return [
            (passage.key, compress(row, own)) for passage, row, own in zip(passages, rows, parts, strict=True)
        ]

    def _remember(self, vectors: Iterable[tuple[int, PassageVectors]]) -> None:
        for key, vector in vectors:
            self._known[key] = vector
            self._known.move_to_end(key)
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)

    def _row(self, row_id: int, passage: Passage) -> dict[str, object]:
        vectors = self._known[passage.key]
        return {
            "text_hash": passage.key,
            "video_id": row_id,
            "first_segment": passage.first,
            "last_segment": passage.last,
            "sketch": vectors.sketch,
            "embedding": vectors.embedding,
            "segment_sketches": vectors.parts,
        }


async def read_texts(session: AsyncSession, row_id: int) -> list[str]:
    """Return the indexed segments of a video."""
    statement = (
        select(TranscriptSegment.text)
        .where(TranscriptSegment.video_id == row_id)
        .order_by(TranscriptSegment.number)
    )
    return list(await session.scalars(statement))


class _Recorded(NamedTuple):
    """A row of `transcript_passages` without its vectors."""

    last: int
    key: int


async def _read(session: AsyncSession, row_id: int) -> dict[int, _Recorded]:
    """Return the recorded passages of a video by their first segment."""
    table = TranscriptPassage
    statement = select(table.first_segment, table.last_segment, table.text_hash)
    rows = await session.execute(statement.where(table.video_id == row_id))
    return {first: _Recorded(last, key) for first, last, key in rows}


async def _read_vectors(
    session: AsyncSession, row_id: int, first_segments: Sequence[int]
) -> list[tuple[int, PassageVectors]]:
    """Return the vectors of recorded passages by the hash of their text."""
    table = TranscriptPassage
    statement = select(table.text_hash, table.sketch, table.embedding, table.segment_sketches).where(
        table.video_id == row_id, table.first_segment.in_(first_segments)
    )
    rows = await session.execute(statement) if first_segments else ()
    return [(key, PassageVectors(sketch, embedding, parts)) for key, sketch, embedding, parts in rows]


async def _set_backlog(session: AsyncSession, row_id: int, *, is_complete: bool) -> None:
    if is_complete:
        await session.execute(delete(PassageBacklog).where(PassageBacklog.video_id == row_id))
    else:
        await session.execute(upsert(PassageBacklog).values(video_id=row_id).on_conflict_do_nothing())
