"""Inserts of rows that sidecar objects describe.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import String, any_, insert, inspect, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.base import Base
from app.database.models import (
    DismissedDuplicate,
    Export,
    MomentEdit,
    MomentFeedback,
    SavedView,
    SearchBacklog,
    TranscriptChange,
    Video,
    VideoChapter,
    VocabularyTerm,
)

PAIR = 2

Rows = Sequence[Mapping[str, Any]]


async def insert_videos(session: AsyncSession, rows: Rows) -> dict[str, int]:
    """Insert videos whose identifiers are free; return their numbers by identifier."""
    statement = upsert(Video).values(list(rows)).on_conflict_do_nothing(index_elements=[Video.identifier])
    inserted = await session.execute(statement.returning(Video.identifier, Video.id))
    return {identifier: number for identifier, number in inserted}  # noqa: C416 - mypy rejects `dict` of rows


async def insert_details(
    session: AsyncSession, *, marks: Rows, chapters: Rows, corrections: Rows, feedback: Rows, exports: Rows
) -> None:
    """Insert the rows of new videos. Edits that were left by a deleted video of the same name are kept."""
    await _insert(session, MomentEdit, marks, ignore_conflicts=True)
    await _insert(session, VideoChapter, chapters)
    await _insert(session, TranscriptChange, corrections)
    await _insert(session, MomentFeedback, feedback)
    await _insert(session, Export, exports, ignore_conflicts=True)


async def queue_index(session: AsyncSession, video_ids: Iterable[int]) -> None:
    """Queue the search index of videos."""
    rows = [{"video_id": number} for number in video_ids]
    await _insert(session, SearchBacklog, rows, ignore_conflicts=True)


async def insert_library(session: AsyncSession, *, terms: Rows, views: Rows, distinct: Rows) -> int:
    """Insert what concerns the library as a whole, except what exists; return the number of new rows.

    Args:
        distinct: `first`, `second` and `created_at`; pairs of which a video is missing are left out.
    """
    numbers = await _numbers(session, {row[name] for row in distinct for name in ("first", "second")})
    pairs = []
    for row in distinct:
        ids = sorted({numbers[row[name]] for name in ("first", "second") if row[name] in numbers})
        if len(ids) == PAIR:
            pairs.append({"first_id": ids[0], "second_id": ids[1], "created_at": row["created_at"]})
    inserted = 0
    for model, rows in ((VocabularyTerm, terms), (SavedView, views), (DismissedDuplicate, pairs)):
        inserted += await _insert(session, model, rows, ignore_conflicts=True)
    return inserted


async def _numbers(session: AsyncSession, identifiers: Iterable[str]) -> dict[str, int]:
    wanted = any_(literal(list(identifiers), ARRAY(String)))
    rows = await session.execute(select(Video.identifier, Video.id).where(Video.identifier == wanted))
    return {row[0]: row[1] for row in rows}


async def _insert(
    session: AsyncSession, model: type[Base], rows: Rows, *, ignore_conflicts: bool = False
) -> int:
    """Insert rows in one round trip; return the number of new ones if conflicts are ignored."""
    if not rows:
        return 0
    if not ignore_conflicts:
        await session.execute(insert(model), list(rows))
        return len(rows)
    key = inspect(model).primary_key[0]
    statement = upsert(model).on_conflict_do_nothing().returning(key)
    return len((await session.scalars(statement, list(rows))).all())
