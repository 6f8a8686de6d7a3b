"""One change of a video's transcript: lock, documents, index and moments."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import run_in_thread
from app.core.exceptions import ResultNotFoundError, TranscriptChangedError, VideoNotFoundError
from app.database.models import Video
from app.database.session import async_session_factory, database_timeout, separate_transaction
from app.models.moment import Moment
from app.models.transcript import Transcript
from app.repositories import (
    moment_edit_repository,
    search_backlog_repository,
    transcript_change_repository,
)
from app.services.moments.documents import DocumentStore, StoredDocument, VideoDocumentStores
from app.services.moments.edited_moments import index_titles
from app.services.search.index import index_transcript, remove_transcript
from app.services.search.passage_index import PassageIndexer
from app.services.transcripts.document_writes import DocumentWrites
from app.services.transcripts.moment_quotes import QuoteUpdater

ContentT = TypeVar("ContentT")

MomentTexts = dict[str, dict[str, list[str | None]]]
"""Text before and after a change, by id of the moment and name of the field."""

TEXT_FIELDS = ("title", "quote")

INDEX_SECONDS = 120.0
"""Time limit for indexing one transcript; 50,000 segments take about 20 s."""


class TranscriptChange:
    """An open change of one video; at most one exists at a time across all machines."""

    def __init__(
        self,
        session: AsyncSession,
        video_id: str,
        documents: VideoDocumentStores,
        writes: DocumentWrites,
        passages: PassageIndexer | None,
        *,
        marks: bool,
    ) -> None:
        self.session = session
        self.video_id = video_id
        self.documents = documents
        self.current: StoredDocument[Transcript] | None = None
        self._row_id: int | None = None
        self._writes = writes
        self._passages = passages
        self._marks = marks
        self._mark: search_backlog_repository.Mark | None = None

    async def load(self) -> None:
        """Acquire the lock and read row and document. The row cannot be deleted before the change ends."""
        async with database_timeout():
            await transcript_change_repository.lock(self.session, self.video_id)
            row = select(Video.id).where(Video.identifier == self.video_id)
            self._row_id = await self.session.scalar(row.with_for_update(read=True, key_share=True))
        self.current = await self.read(self.documents.transcripts)
        if self.current is not None:
            await self.documents.transcripts.refresh_local(self.video_id, self.current)

    async def read(self, store: DocumentStore[ContentT]) -> StoredDocument[ContentT] | None:
        """Return the authoritative document, within the time limit of the change."""
        return await self._writes.limited(store.read_authoritative(self.video_id))

    async def commit(self) -> None:
        """Commit the change, and remove the video from the backlog if this change added it."""
        async with database_timeout(INDEX_SECONDS):
            if self._mark is not None and self._mark.is_new:
                await search_backlog_repository.remove(self.session, self._mark.video_id, self._mark.version)
            await self.session.commit()

    @property
    def transcript(self) -> Transcript:
        """The current transcript.

        Raises:
            VideoNotFoundError: the video is not in the library.
            ResultNotFoundError: the video has no transcript.
        """
        self.ensure_registered()
        if self.current is None:
            raise ResultNotFoundError("transcript", self.video_id)
        return self.current.content

    def ensure_registered(self) -> None:
        if self._row_id is None:
            raise VideoNotFoundError(self.video_id)

    def ensure_matches(self, if_match: str | None) -> None:
        """Compare a header `If-Match` with the current document.

        Raises:
            TranscriptChangedError: it names another version.
        """
        if if_match is None:
            return
        tags = {tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")}
        md5 = None if self.current is None else self.current.md5
        if md5 not in tags and not ("*" in tags and md5 is not None):
            raise TranscriptChangedError(self.video_id, "its ETag is not the one in If-Match")

    async def write(self, transcript: Transcript | None) -> StoredDocument[Transcript] | None:
        """Replace document and index, or delete both."""
        previous = self.current
        stores = self.documents
        written = None
        if transcript is not None:
            stored = await run_in_thread(stores.transcripts.encode, transcript)
            written = StoredDocument(transcript, stored)
        await self._mark_for_indexing()
        await self._index(written)
        await self._replace(stores.transcripts, previous, written.stored if written else None)
        self.current = written
        return written

    async def write_recognised(self, transcript: Transcript | None) -> None:
        """Replace or delete the version of the last run, which is kept beside a changed transcript."""
        store = self.documents.recognised
        previous = await self.read(store)
        stored = None if transcript is None else await run_in_thread(store.encode, transcript)
        if stored != (previous.stored if previous else None):
            await self._replace(store, previous, stored)

    async def follow_in_moments(
        self, old: Transcript | None, new: Transcript | None, undone: MomentTexts | None = None
    ) -> MomentTexts:
        """Update quotes and quoted titles of the moments, and return the changed texts.

        Args:
            undone: texts of a change that is undone; these moments get exactly their previous texts.
        """
        if old is None or new is None or old.word_timestamps == new.word_timestamps:
            return {}
        updater, texts = QuoteUpdater(old, new), MomentTexts()

        def updated(moment: Moment) -> Moment:
            result = _restored(moment, undone.get(moment.id)) if undone else None
            result = result or updater.update(moment)
            if result is not moment:
                texts[moment.id] = {
                    name: [getattr(moment, name), getattr(result, name)]
                    for name in TEXT_FIELDS
                    if getattr(moment, name) != getattr(result, name)
                }
            return result

        async with database_timeout():
            await moment_edit_repository.lock(self.session, self.video_id)
            for edit in await moment_edit_repository.list_for_video(self.session, self.video_id):
                moment = Moment.model_validate(edit.moment)
                if (changed := updated(moment)) is not moment:
                    edit.moment = changed.model_dump(mode="json")
            await self.session.flush()
        store = self.documents.moments
        if document := await self.read(store):
            moments = [updated(moment) for moment in document.content]
            if moments != document.content:
                stored = await run_in_thread(store.encode, moments)
                await self._replace(store, document, stored)
        if texts:
            await self._index_titles(moments if document else [])
        return texts

    async def write_moments(self, moments: list[Moment]) -> None:
        """Replace the document of the moments."""
        store = self.documents.moments
        previous = await self.read(store)
        stored = await run_in_thread(store.encode, moments)
        await self._mark_for_indexing()
        await self._index_titles(moments)
        await self._replace(store, previous, stored)

    async def reindex_moments(self) -> None:
        """Rebuild the index of the moments' titles from the document and the user's edits."""
        document = await self.read(self.documents.moments)
        await self._index_titles(document.content if document else [])

    async def _index_titles(self, moments: Sequence[Moment]) -> None:
        async with database_timeout():
            await index_titles(self.session, self.video_id, moments)

    async def record(self, action: str, change: dict[str, Any]) -> None:
        """Add the change to the history of the video."""
        async with database_timeout():
            await transcript_change_repository.add(self.session, self.video_id, action, change)

    async def _replace(
        self, store: DocumentStore[ContentT], previous: StoredDocument[ContentT] | None, stored: bytes | None
    ) -> None:
        await self._mark_for_indexing()
        await self._writes.replace(store, previous.stored if previous else None, stored)

    async def _mark_for_indexing(self) -> None:
        """Commit the video to the backlog: if this process is killed, workers index what it has written.

        Called before the index is written: a worker that removes the video may wait for rows of the index.
        """
        if self._marks and self._mark is None and self._row_id is not None:
            async with separate_transaction() as session:
                self._mark = await search_backlog_repository.mark(session, self._row_id)

    async def _index(self, written: StoredDocument[Transcript] | None) -> None:
        if self._row_id is None:
            return
        async with database_timeout(INDEX_SECONDS):
            if written is None:
                await remove_transcript(self.session, self._row_id, self._passages)
            else:
                await index_transcript(
                    self.session,
                    self._row_id,
                    written.content,
                    document_md5=written.md5,
                    passages=self._passages,
                )


@asynccontextmanager
async def open_change(
    video_id: str,
    documents: VideoDocumentStores,
    *,
    storage_timeout: float | None,
    passages: PassageIndexer | None = None,
    marks: bool = True,
) -> AsyncIterator[TranscriptChange]:
    """Open a change: committed at the end of the block, undone with its documents if the block raises.

    Storage calls do not count against the time limit of database transactions. Before the first document is
    written, a transaction of its own adds the video to the backlog of the search. Only the commit of the
    change removes it, so that a process that is killed leaves a video that workers index again.

    Args:
        storage_timeout: seconds for one read or write of a document; None for the client's own limits.
        marks: whether to use the backlog; False if the caller processes it.

    Raises:
        DatabaseError, StorageError, LocalFileError: nothing was changed.
    """
    async with async_session_factory() as session:
        writes = DocumentWrites(video_id, timeout=storage_timeout)
        change = TranscriptChange(session, video_id, documents, writes, passages, marks=marks)
        try:
            await change.load()
            yield change
            await change.commit()
        except BaseException:
            await writes.revert()
            raise


def _restored(moment: Moment, texts: dict[str, list[str | None]] | None) -> Moment | None:
    """Return the moment with the texts before a change, if it still has those after it."""
    if not texts or any(getattr(moment, name) != after for name, (_, after) in texts.items()):
        return None
    return moment.model_copy(update={name: before for name, (before, _) in texts.items()})
