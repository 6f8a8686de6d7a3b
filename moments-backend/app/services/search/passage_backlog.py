"""Embeds the passages that a transaction had to leave out, such as those of a long imported transcript."""

import asyncio
import logging

from sqlalchemy import delete, select

from app.core.concurrency import cancel_and_wait
from app.core.exceptions import VideoMomentsError
from app.database.models import PassageBacklog, TranscriptIndex, Video
from app.database.session import transaction
from app.services.search.passage_index import PassageIndexer, read_texts

logger = logging.getLogger(__name__)

CHECK_SECONDS = 3.0
"""Interval of the check for videos with passages to embed."""
PAUSE_SECONDS = 60.0
"""Delay after an error, such as a missing model."""


class PassageBacklogProcessor:
    """Embeds missing passages from `start` to `close`."""

    def __init__(self, indexer: PassageIndexer) -> None:
        self._indexer = indexer
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            await cancel_and_wait(self._task)

    async def process(self) -> int:
        """Embed the passages of all videos in the backlog, and return the number of completed videos."""
        completed, failed = 0, set[int]()
        while (video := await self._next(failed)) is not None:
            row_id, identifier = video
            if await self.complete(row_id, identifier):
                completed += 1
            else:
                failed.add(row_id)
        return completed

    async def complete(self, row_id: int, identifier: str) -> bool:
        """Embed the missing passages of one video.

        Returns:
            True if none is missing; a change of the transcript or a missing model can leave some.
        """
        async with transaction() as session:
            texts = await read_texts(session, row_id)
        await self._indexer.prepare(identifier, texts)
        async with transaction() as session:
            # Serialise with transactions that change the transcript.
            indexed = select(TranscriptIndex.video_id).where(TranscriptIndex.video_id == row_id)
            if await session.scalar(indexed.with_for_update()) is None:
                await session.execute(delete(PassageBacklog).where(PassageBacklog.video_id == row_id))
                return True
            await self._indexer.write(session, row_id, await read_texts(session, row_id))
            return await session.get(PassageBacklog, row_id) is None

    async def _next(self, failed: set[int]) -> tuple[int, str] | None:
        """Return `videos.id` and the identifier of a video in the backlog."""
        async with transaction() as session:
            if not await self._indexer.is_available(session):
                return None
            statement = (
                select(PassageBacklog.video_id, Video.identifier)
                .join(Video, Video.id == PassageBacklog.video_id)
                .where(PassageBacklog.video_id.not_in(failed))
                .order_by(PassageBacklog.video_id)
                .limit(1)
            )
            row = (await session.execute(statement)).first()
            return None if row is None else (row.video_id, row.identifier)

    async def _run(self) -> None:
        while True:
            delay = CHECK_SECONDS
            try:
                await self.process()
                if await self._has_remaining():
                    delay = PAUSE_SECONDS
            except VideoMomentsError as error:
                logger.warning("Embedding of passages failed: %s", error.cause)
                delay = PAUSE_SECONDS
            await asyncio.sleep(delay)

    async def _has_remaining(self) -> bool:
        return await self._next(set()) is not None
