"""Records transcripts: the JSON document and its index change in one transaction."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import run_in_thread
from app.database.session import transaction
from app.models.transcript import Transcript
from app.repositories import video_db_repository
from app.services.moments.documents import DocumentStore
from app.services.search.index import index_transcript, remove_transcript


class TranscriptStore:
    """Reads and records the transcripts of all videos."""

    def __init__(self, documents: DocumentStore[Transcript]) -> None:
        self._documents = documents

    async def load_local_first(self, video_id: str) -> Transcript | None:
        """Return the transcript for a request; see `DocumentStore`."""
        return await self._documents.load_local_first(video_id)

    async def load_authoritative(self, video_id: str) -> Transcript | None:
        """Return the transcript for a run; see `DocumentStore`."""
        return await self._documents.load_authoritative(video_id)

    async def record_run(self, video_id: str, recognised: Transcript) -> None:
        """Record the transcript that a run made."""
        async with transaction() as session:
            await self._documents.write(video_id, recognised)
            await self._index(session, video_id, recognised)

    async def _index(self, session: AsyncSession, video_id: str, transcript: Transcript | None) -> None:
        row = await video_db_repository.get_by_identifier(session, video_id)
        if row is None:
            return
        if transcript is None:
            await remove_transcript(session, row.id)
            return
        md5 = await run_in_thread(self._documents.local_md5, video_id)
        await index_transcript(session, row.id, transcript, document_md5=md5)
