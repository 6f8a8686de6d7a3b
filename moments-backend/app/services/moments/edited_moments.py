"""The moments of a video as people see them: what an engine has found, and over it what users have said.

The document is the engine's, and every run may replace it. Users' marks are rows of a table, so that neither
overwrites the other, and two who mark at once do not either.
"""

from collections.abc import Sequence
from typing import Any

from app.database.models import MomentEdit
from app.database.session import transaction
from app.models.moment import Moment, MomentRead
from app.repositories import moment_edit_repository
from app.services.moments.documents import DocumentStore

SAME_PART = 0.5
"""A moment that shares more than so much of the shorter one's length with a kept one is that one again."""


class EditedMomentsReader:
    def __init__(self, documents: DocumentStore[list[Moment]]) -> None:
        self._documents = documents

    async def load_local_first(self, video_id: str) -> list[MomentRead] | None:
        """For a request; None when nobody has looked for moments, and none is kept.

        Raises:
            DatabaseError: without the marks, deleted moments would be shown.
            InvalidRequestError, CorruptFileError, FileUnreadableError, StorageError.
        """
        return await self._marked(video_id, await self._documents.load_local_first(video_id))

    async def load_authoritative(self, video_id: str) -> list[MomentRead] | None:
        """For a run: what all machines agree on."""
        return await self._marked(video_id, await self._documents.load_authoritative(video_id))

    async def _marked(self, video_id: str, found: list[Moment] | None) -> list[MomentRead] | None:
        async with transaction() as session:
            marks = await moment_edit_repository.list_for_video(session, video_id)
        moments = apply_edits(found or [], marks)
        return moments if found is not None or moments else None


def original_id(moment: Moment) -> str:
    """A moment and what it was refined to are one to the user: the id of the one that was found."""
    return moment.parent_id or moment.id


def apply_edits(found: Sequence[Moment], marks: Sequence[MomentEdit]) -> list[MomentRead]:
    """The moments that are left, added and changed, in order of time, the refined ones last."""
    by_root = {mark.moment_id: mark for mark in marks}
    there = {moment.id for moment in found if not moment.is_refined}
    kept = [
        Moment.model_validate(mark.moment)
        for mark in marks
        if (mark.is_kept or mark.is_edited) and not mark.is_deleted and mark.moment_id not in there
    ]
    gone = {mark.moment_id for mark in marks if mark.is_deleted}
    gone |= {
        moment.id
        for moment in found
        if moment.id not in by_root and not moment.is_refined and any(_is_same(moment, one) for one in kept)
    }
    shown = [
        MomentRead(**moment.model_dump() | _said(by_root.get(original_id(moment))))
        for moment in (*found, *kept)
        if original_id(moment) not in gone
    ]
    if not marks:
        return shown
    return sorted(shown, key=lambda moment: (moment.is_refined, moment.start_time))


def _said(mark: MomentEdit | None) -> dict[str, Any]:
    if mark is None:
        return {}
    said = {"rating": mark.rating, "is_kept": mark.is_kept, "is_edited": mark.is_edited}
    return said | ({"title": mark.title} if mark.title else {})


def _is_same(one: Moment, other: Moment) -> bool:
    shared = min(one.end_time, other.end_time) - max(one.start_time, other.start_time)
    shorter = min(one.end_time - one.start_time, other.end_time - other.start_time)
    return shared > SAME_PART * shorter
