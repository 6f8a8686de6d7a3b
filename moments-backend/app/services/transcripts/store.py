"""Records transcripts: the JSON document, its index and the user's corrections change in one transaction.

`transcripts/{id}.json` is the transcript that applies. Once a user changes it, the version of the last run is
kept beside it, as `transcripts/recognised/{id}.json`: resetting the transcript restores it.
"""

import hashlib
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from app.core.concurrency import run_in_thread
from app.core.exceptions import NothingToUndoError, ResultNotFoundError
from app.database.session import database_timeout
from app.models.moment import Moment
from app.models.transcript import Transcript
from app.models.transcript_edit import TranscriptPatch
from app.repositories import transcript_change_repository
from app.services.moments.documents import StoredDocument, VideoDocumentStores
from app.services.search.passage_index import PassageIndexer
from app.services.storage import timeouts
from app.services.transcripts.changing import TranscriptChange, open_change
from app.services.transcripts.corrections import apply_patch
from app.services.transcripts.moment_quotes import QuoteUpdater
from app.services.transcripts.run_merge import merge_run
from app.services.transcripts.undo import describe_change, undo_change


@dataclass(frozen=True, slots=True)
class TranscriptOutcome:
    """A user's change, and the document it resulted in; None if the video has no transcript any more."""

    document: StoredDocument[Transcript] | None
    replacements: int = 0
    can_undo: bool = False


class TranscriptStore:
    """Reads and records the transcripts of all videos.

    Methods that write raise `DatabaseError`, `StorageError` or `LocalFileError` if they failed; then nothing
    was changed. Changes of one video run one after the other.
    """

    def __init__(self, documents: VideoDocumentStores, passages: PassageIndexer | None = None) -> None:
        self._documents = documents
        self._passages = passages

    async def load_local_first(self, video_id: str) -> Transcript | None:
        """Return the transcript for a request; see `DocumentStore`."""
        return await self._documents.transcripts.load_local_first(video_id)

    async def read_local_first(self, video_id: str) -> StoredDocument[Transcript] | None:
        """Return the transcript for a request, with the MD5 of its document."""
        return await self._documents.transcripts.read_local_first(video_id)

    async def load_authoritative(self, video_id: str) -> Transcript | None:
        """Return the transcript for a run; see `DocumentStore`."""
        return await self._documents.transcripts.load_authoritative(video_id)

    async def record_run(self, video_id: str, recognised: Transcript) -> None:
        """Record the transcript that a run made, with the user's corrections of the current one.

        A transcript that the user imported stays. Corrections made during the run are kept.
        """
        await self._prepare(video_id, recognised)
        async with self._open(video_id) as change:
            current = change.current.content if change.current else None
            effective = recognised
            if current is not None and current.is_edited:
                await change.write_recognised(recognised)
                effective = (
                    current
                    if current.source == "user"
                    else await run_in_thread(merge_run, current, recognised)
                )
            await change.follow_in_moments(current, effective)
            await change.write(effective)

    async def record_moments(self, video_id: str, moments: list[Moment], found_in: Transcript) -> None:
        """Record the moments that a run found, with quotes of the current transcript.

        Args:
            found_in: the transcript that the run read; the user may have corrected it since.
        """
        async with self._open(video_id) as change:
            if change.current is not None and change.current.content != found_in:
                moments = list(map(QuoteUpdater(found_in, change.current.content).update, moments))
            await change.write_moments(moments)

    async def reindex(self, video_id: str) -> bool:
        """Rebuild the index from the document, and repair a document of an earlier version.

        The bucket's document replaces a local one that differs; a copy of the local one is kept beside it.

        Returns:
            Whether the video has a transcript.
        """
        store = self._documents.transcripts
        document = await store.read_authoritative(video_id)
        await store.keep_local(video_id, document)
        await self._prepare(video_id, document.content if document else None)
        async with self._open(video_id, marks=False) as change:
            current = change.current
            await change.write(current.content if current else None)
            await change.reindex_moments()
            return current is not None

    async def correct(
        self, video_id: str, patch: TranscriptPatch, *, if_match: str | None = None
    ) -> TranscriptOutcome:
        """Correct segments, or replace a text in all of them. A repeated request changes nothing.

        Raises:
            VideoNotFoundError, ResultNotFoundError: the video or the transcript does not exist.
            TranscriptChangedError: the transcript or a segment is not what the request assumes.
            InvalidRequestError: a segment does not exist, or would be too long.
        """
        action = "correct" if patch.replace is None else "replace"
        request = _fingerprint(action, patch.model_dump_json(by_alias=True).encode())
        async with self._open(video_id, storage_timeout=timeouts.REQUEST_TIMEOUT_SECONDS) as change:
            transcript = change.transcript
            if repeated := await _repeated(change, request):
                return repeated
            change.ensure_matches(if_match)
            corrected = await run_in_thread(apply_patch, transcript, patch, video_id)
            await self._keep_recognised(change, corrected.transcript)
            return await _record(
                change, action, corrected.transcript, request, replacements=corrected.replacements
            )

    async def import_(
        self, video_id: str, transcript: Transcript, *, if_match: str | None = None
    ) -> TranscriptOutcome:
        """Replace the transcript by one of the user's. A repeated request changes nothing.

        Raises:
            VideoNotFoundError: the video is not in the library.
            TranscriptChangedError: the transcript is not the one of `if_match`.
        """
        imported = transcript.model_copy(update={"source": "user", "removed": []})
        request = _fingerprint("import", imported.model_dump_json().encode())
        async with self._open(video_id, storage_timeout=timeouts.REQUEST_TIMEOUT_SECONDS) as change:
            change.ensure_registered()
            if repeated := await _repeated(change, request):
                return repeated
            change.ensure_matches(if_match)
            if change.current is not None and not imported.sections:
                sections = change.current.content.sections
                imported = imported.model_copy(update={"sections": sections})
            await self._keep_recognised(change, imported)
            return await _record(change, "import", imported, request)

    async def reset(self, video_id: str, *, if_match: str | None = None) -> TranscriptOutcome:
        """Discard the user's corrections or import: the result of the last run applies again.

        Without such a result, an imported transcript is deleted.

        Raises:
            VideoNotFoundError, ResultNotFoundError: there is no video, no transcript, or nothing to restore.
            TranscriptChangedError: the transcript is not the one of `if_match`.
        """
        async with self._open(video_id, storage_timeout=timeouts.REQUEST_TIMEOUT_SECONDS) as change:
            transcript = change.transcript
            change.ensure_matches(if_match)
            if not transcript.is_edited:
                return TranscriptOutcome(change.current, can_undo=await _can_undo(change))
            recognised = await _recognised(change)
            if recognised is None and transcript.source != "user":
                raise ResultNotFoundError("recognised transcript", video_id)
            await change.write_recognised(None)
            return await _record(change, "reset", recognised)

    async def undo(self, video_id: str, *, if_match: str | None = None) -> TranscriptOutcome:
        """Undo the last change of a user that was not undone yet.

        Raises:
            VideoNotFoundError: the video is not in the library.
            NothingToUndoError: no change is recorded.
            TranscriptChangedError: a run has replaced what the change made, or `if_match` differs.
        """
        async with self._open(video_id, storage_timeout=timeouts.REQUEST_TIMEOUT_SECONDS) as change:
            change.ensure_registered()
            change.ensure_matches(if_match)
            async with database_timeout():
                newest = await transcript_change_repository.newest(change.session, video_id)
            if newest is None:
                raise NothingToUndoError(video_id)
            current = change.current.content if change.current else None
            restored = await run_in_thread(undo_change, current, newest.change, video_id)
            if restored is None or not restored.is_edited:
                recognised = await _recognised(change)
                restored = recognised or restored
                await change.write_recognised(None)
            elif current is None or not current.is_edited:
                await change.write_recognised(current)
            async with database_timeout():
                await transcript_change_repository.remove(change.session, newest.id)
            await change.follow_in_moments(current, restored, newest.change.get("moments"))
            written = await change.write(restored)
            return TranscriptOutcome(written, can_undo=await _can_undo(change))

    def _open(
        self, video_id: str, *, storage_timeout: float | None = None, marks: bool = True
    ) -> AbstractAsyncContextManager[TranscriptChange]:
        return open_change(
            video_id,
            self._documents,
            storage_timeout=storage_timeout,
            passages=self._passages,
            marks=marks,
        )

    async def _prepare(self, video_id: str, transcript: Transcript | None) -> None:
        """Embed the new passages before the transaction, which they would make long."""
        if self._passages is not None and transcript is not None:
            await self._passages.prepare(video_id, [part.text for part in transcript.segment_timestamps])

    async def _keep_recognised(self, change: TranscriptChange, changed: Transcript) -> None:
        """Keep the result of the last run before the first change of a user."""
        current = change.current.content if change.current else None
        if current is not None and not current.is_edited and changed.is_edited:
            await change.write_recognised(current)


async def _recognised(change: TranscriptChange) -> Transcript | None:
    found = await change.read(change.documents.recognised)
    return None if found is None else found.content


async def _record(
    change: TranscriptChange,
    action: str,
    changed: Transcript | None,
    request: str | None = None,
    *,
    replacements: int = 0,
) -> TranscriptOutcome:
    """Write a changed transcript, and what is needed to undo the change."""
    current = change.current.content if change.current else None
    if changed == current:
        return TranscriptOutcome(change.current, replacements, await _can_undo(change))
    undo = await run_in_thread(describe_change, current, changed)
    texts = await change.follow_in_moments(current, changed)
    written = await change.write(changed)
    details: dict[str, Any] = {
        "request": request,
        "md5": written.md5 if written else None,
        "replacements": replacements,
        "moments": texts,
    }
    await change.record(action, undo | details)
    return TranscriptOutcome(written, replacements, can_undo=True)


async def _repeated(change: TranscriptChange, request: str) -> TranscriptOutcome | None:
    """Return the outcome of the last change if it was the same request, and nothing happened since."""
    async with database_timeout():
        newest = await transcript_change_repository.newest(change.session, change.video_id)
    if newest is None or change.current is None or newest.change.get("request") != request:
        return None
    if newest.change.get("md5") != change.current.md5:
        return None
    return TranscriptOutcome(change.current, newest.change.get("replacements", 0), can_undo=True)


async def _can_undo(change: TranscriptChange) -> bool:
    async with database_timeout():
        return await transcript_change_repository.newest(change.session, change.video_id) is not None


def _fingerprint(action: str, request: bytes) -> str:
    return hashlib.sha256(f"{action}\0".encode() + request).hexdigest()
