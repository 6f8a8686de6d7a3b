"""The moments of a video with the user's edits applied.

An engine writes the document, and every run may replace it. Edits are rows of a table, so neither overwrites
the other, and concurrent edits do not conflict.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import MomentEdit, Video
from app.database.session import transaction
from app.models.moment import Moment, MomentRead
from app.repositories import moment_edit_repository
from app.services.moments.documents import DocumentStore
from app.services.search.index import TitledMoment, index_moments

SAME_MOMENT_OVERLAP = 0.5
"""Two moments are the same if they overlap by more than this share of the shorter one."""

BY_USER = "user"
"""Model of moments that the user added; takes the place of the engine in the ids of trimmed ones."""


class EditedMomentsReader:
    def __init__(self, documents: DocumentStore[list[Moment]]) -> None:
        self._documents = documents

    async def load_local_first(self, video_id: str) -> list[MomentRead] | None:
        """Return the moments for a request; None if none were generated and none is kept.

        Raises:
            DatabaseError: without the edits, deleted moments would reappear.
            InvalidRequestError, CorruptFileError, FileUnreadableError, StorageError: see `DocumentStore`.
        """
        return await self._apply_edits(video_id, await self._documents.load_local_first(video_id))

    async def load_authoritative(self, video_id: str) -> list[MomentRead] | None:
        """Return the moments for a run; see `DocumentStore.load_authoritative`."""
        return await self._apply_edits(video_id, await self._documents.load_authoritative(video_id))

    async def _apply_edits(self, video_id: str, generated: list[Moment] | None) -> list[MomentRead] | None:
        async with transaction() as session:
            edits = await moment_edit_repository.list_for_video(session, video_id)
        moments = apply_edits(generated or [], edits)
        return moments if generated is not None or moments else None


async def index_titles(session: AsyncSession, video_id: str, generated: Sequence[Moment]) -> None:
    """Make the titles of a video's moments searchable, inside the transaction that changes them.

    Args:
        generated: the moments of the document.
    """
    row_id = await session.scalar(select(Video.id).where(Video.identifier == video_id))
    if row_id is None:
        return
    moments = apply_edits(generated, await moment_edit_repository.list_for_video(session, video_id))
    titles = [TitledMoment(moment.id, moment.start_time, moment.end_time, moment.title) for moment in moments]
    await index_moments(session, row_id, titles)


def original_id(moment: Moment) -> str:
    """Return the id of the generated moment: a refined moment shares the edits of its parent."""
    return moment.parent_id or moment.id


def apply_edits(generated: Sequence[Moment], edits: Sequence[MomentEdit]) -> list[MomentRead]:
    """Return the remaining, added and changed moments in order of time, refined ones last."""
    edit_of = {edit.moment_id: edit for edit in edits}
    generated_ids = {moment.id for moment in generated if not moment.is_refined}
    kept = [
        Moment.model_validate(edit.moment)
        for edit in edits
        if (edit.is_kept or edit.is_edited) and not edit.is_deleted and edit.moment_id not in generated_ids
    ]
    hidden = {edit.moment_id for edit in edits if edit.is_deleted}
    # A moment that the user added is often one sentence of a longer result, which stays.
    replacing = [moment for moment in kept if moment.model != BY_USER]
    hidden |= {
        moment.id
        for moment in generated
        if moment.id not in edit_of
        and not moment.is_refined
        and any(_is_same(moment, other) for other in replacing)
    }
    moments = [
        MomentRead(**moment.model_dump() | _edited_fields(edit_of.get(original_id(moment))))
        for moment in (*generated, *kept)
        if original_id(moment) not in hidden
    ]
    if not edits:
        return moments
    return sorted(moments, key=lambda moment: (moment.is_refined, moment.start_time))


def _edited_fields(edit: MomentEdit | None) -> dict[str, Any]:
    if edit is None:
        return {}
    fields = {"rating": edit.rating, "is_kept": edit.is_kept, "is_edited": edit.is_edited}
    return fields | ({"title": edit.title} if edit.title else {})


def _is_same(one: Moment, other: Moment) -> bool:
    overlap = min(one.end_time, other.end_time) - max(one.start_time, other.start_time)
    shorter = min(one.end_time - one.start_time, other.end_time - other.start_time)
    return overlap > SAME_MOMENT_OVERLAP * shorter
