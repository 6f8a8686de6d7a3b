"""The moments of a video with the user's edits applied.

An engine writes the document, and every run may replace it. Edits are rows of a table, so neither overwrites
the other, and concurrent edits do not conflict.
"""

from collections.abc import Callable, Sequence, Set as AbstractSet
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

SAME_RANGE_OVERLAP = 0.8
"""A new result repeats a deleted moment if they have more than this share of their joint range in common.

Ids change with the engine's version and the transcript. A result with other boundaries is a new moment.
"""

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
    """Index the moments of a video for search and lists, inside the transaction that changes them.

    Args:
        generated: the moments of the document.
    """
    row = select(Video.id, Video.created_at).where(Video.identifier == video_id)
    video = (await session.execute(row)).one_or_none()
    if video is None:
        return
    # Concurrent transactions would insert the same rows: each sees only those of committed ones.
    await moment_edit_repository.lock(session, video_id)
    moments = apply_edits(generated, await moment_edit_repository.list_for_video(session, video_id))
    refined = {moment.parent_id for moment in moments if moment.is_refined}
    indexed = [_indexed(moment, is_listed=moment.id not in refined) for moment in moments]
    await index_moments(session, video.id, indexed, added_at=video.created_at)


_COLUMNS = {"id", "start_time", "end_time", "title", "score", "rating", "is_kept", "is_edited"}
"""Fields of a moment with a column of their own in the index."""


def _indexed(moment: MomentRead, *, is_listed: bool) -> TitledMoment:
    columns = {name: getattr(moment, name) for name in _COLUMNS}
    return TitledMoment(
        **columns, is_listed=is_listed, details=moment.model_dump(mode="json", exclude=_COLUMNS)
    )


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
    is_replaced = _replacement_check(edits, kept)
    hidden |= {
        moment.id
        for moment in generated
        if moment.id not in edit_of and not moment.is_refined and is_replaced(moment)
    }
    restorable = {edit.moment_id for edit in edits if edit.is_deleted and not edit.is_purged}
    moments = [
        MomentRead(**moment.model_dump() | edited_fields(edit_of.get(original_id(moment)), restorable))
        for moment in (*generated, *kept)
        if original_id(moment) not in hidden
    ]
    if not edits:
        return moments
    return sorted(moments, key=lambda moment: (moment.is_refined, moment.start_time))


def edited_fields(edit: MomentEdit | None, restorable: AbstractSet[str] = frozenset()) -> dict[str, Any]:
    """Return the fields of a moment that its edit sets."""
    if edit is None:
        return {}
    fields = {
        "rating": edit.rating,
        "is_kept": edit.is_kept,
        "is_edited": edit.is_edited,
        "replaces": [moment_id for moment_id in edit.replaces or () if moment_id in restorable],
    }
    return fields | ({"title": edit.title} if edit.title else {})


def _replacement_check(edits: Sequence[MomentEdit], kept: Sequence[Moment]) -> Callable[[Moment], bool]:
    """Return whether a new result repeats a moment that the user kept, changed or deleted."""
    links = {edit.moment_id for edit in edits if edit.replaces}
    # A moment that the user added is often one sentence of a longer result, which stays.
    replacing = [moment for moment in kept if moment.model != BY_USER or moment.id in links]
    deleted = [
        (edit.moment["start_time"], edit.moment["end_time"])
        for edit in edits
        if edit.is_deleted and not edit.is_edited
    ]

    def is_replaced(moment: Moment) -> bool:
        return any(_is_same(moment, other) for other in replacing) or any(
            _is_same_range(moment, *times) for times in deleted
        )

    return is_replaced


def _is_same(one: Moment, other: Moment) -> bool:
    overlap = min(one.end_time, other.end_time) - max(one.start_time, other.start_time)
    shorter = min(one.end_time - one.start_time, other.end_time - other.start_time)
    return overlap > SAME_MOMENT_OVERLAP * shorter


def _is_same_range(moment: Moment, start: float, end: float) -> bool:
    overlap = min(moment.end_time, end) - max(moment.start_time, start)
    return overlap > SAME_RANGE_OVERLAP * (max(moment.end_time, end) - min(moment.start_time, start))
