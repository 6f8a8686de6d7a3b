"""Queries on `frame_hashes` and `dismissed_duplicates`, and on videos with the same bytes.

Functions take the session first and never commit: the caller ends the transaction. Videos in the trash are
left out.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    CollectionAggregate,
    ColumnElement,
    Integer,
    Select,
    any_,
    delete,
    func,
    literal,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.database.models import (
    DismissedDuplicate,
    FrameHashes,
    MomentTitle,
    TranscriptIndex,
    TranscriptSegment,
    Video,
)
from app.repositories.trash_repository import has_id, has_identifier


class HashesState(NamedTuple):
    """Changes whenever the result of a comparison of all videos may change."""

    videos: int
    latest: datetime | None
    last_video: int | None


class StoredHashes(NamedTuple):
    """The hashes of a video of the library."""

    video_id: int
    duration: float
    hashes: bytes


class TranscriptVersion(NamedTuple):
    """The language of a transcript, and the MD5 of its document."""

    language: str
    document_md5: str


class DismissedPosition(NamedTuple):
    """A dismissed pair, which is also its position in the list of them."""

    created_at: datetime
    first_id: int
    second_id: int


async def save_hashes(session: AsyncSession, video_id: int, version: int, hashes: bytes) -> None:
    """Store the hashes of a video; a video that was deleted meanwhile is ignored."""
    exists = (
        select(Video.id, literal(version), literal(hashes), func.now())
        .where(Video.id == video_id)
        .with_for_update(key_share=True)
    )
    statement = insert(FrameHashes).from_select(["video_id", "version", "hashes", "created_at"], exists)
    excluded = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[FrameHashes.video_id],
            set_={
                "version": excluded.version,
                "hashes": excluded.hashes,
                "created_at": excluded.created_at,
            },
        )
    )


async def list_without_hashes(
    session: AsyncSession, version: int, limit: int, *, after: int = 0
) -> Sequence[Video]:
    """Return videos of the library without hashes of this version, the oldest first.

    Args:
        after: number of the last video of the previous portion.
    """
    is_wanted = (Video.id > after) & Video.deleted_at.is_(None)
    statement = select(Video).where(is_wanted, ~_has_hashes(version))
    return (await session.scalars(statement.order_by(Video.id).limit(limit))).all()


async def count_without_hashes(session: AsyncSession, version: int) -> int:
    statement = (
        select(func.count()).select_from(Video).where(Video.deleted_at.is_(None), ~_has_hashes(version))
    )
    return (await session.scalars(statement)).one()


async def hashes_state(session: AsyncSession) -> HashesState:
    statement = select(
        func.count(), func.max(FrameHashes.created_at), func.max(FrameHashes.video_id)
    ).select_from(FrameHashes)
    return HashesState(*(await session.execute(statement)).one())


async def list_hashes(session: AsyncSession, version: int) -> list[StoredHashes]:
    """Return the hashes of all videos that have some and a known duration, also of those in the trash."""
    return await _read_hashes(session, version, true())


async def list_hashes_of(session: AsyncSession, version: int, ids: Collection[int]) -> list[StoredHashes]:
    """Do the same as `list_hashes` for some videos."""
    return await _read_hashes(session, version, has_id(ids))


async def _read_hashes(
    session: AsyncSession, version: int, condition: ColumnElement[bool]
) -> list[StoredHashes]:
    is_usable = (Video.duration_seconds > 0) & (func.length(FrameHashes.hashes) > 0)
    statement = (
        select(FrameHashes.video_id, Video.duration_seconds, FrameHashes.hashes)
        .join(Video, Video.id == FrameHashes.video_id)
        .where(FrameHashes.version == version, is_usable, condition)
        .order_by(FrameHashes.video_id)
    )
    rows = await session.execute(statement)
    return [StoredHashes(row.video_id, row.duration_seconds or 0.0, row.hashes) for row in rows]


_SAME_BYTES = text(
    """
    SELECT id, md5, size_bytes FROM videos
    WHERE deleted_at IS NULL AND (md5, size_bytes) IN (
        SELECT md5, size_bytes FROM videos WHERE deleted_at IS NULL AND md5 IS NOT NULL
        GROUP BY md5, size_bytes HAVING count(*) > 1)
    ORDER BY id
    """
)


async def list_same_bytes(session: AsyncSession) -> list[list[int]]:
    """Return the numbers of videos with the same size and MD5, oldest first."""
    groups: dict[tuple[str, int | None], list[int]] = {}
    for row in await session.execute(_SAME_BYTES):
        groups.setdefault((row.md5, row.size_bytes), []).append(row.id)
    return list(groups.values())


async def list_dismissed(session: AsyncSession) -> set[tuple[int, int]]:
    rows = await session.execute(select(DismissedDuplicate.first_id, DismissedDuplicate.second_id))
    return {(row.first_id, row.second_id) for row in rows}


async def dismiss(session: AsyncSession, pairs: Iterable[tuple[int, int]]) -> None:
    """Record that the videos of each pair are different; the smaller number comes first."""
    rows = [{"first_id": first, "second_id": second} for first, second in pairs]
    await session.execute(insert(DismissedDuplicate).values(rows).on_conflict_do_nothing())


async def undismiss(session: AsyncSession, pairs: Sequence[tuple[int, int]]) -> None:
    """Delete the records of these pairs, the smaller number first."""
    pair = tuple_(DismissedDuplicate.first_id, DismissedDuplicate.second_id)
    await session.execute(delete(DismissedDuplicate).where(pair.in_(pairs)))


async def count_dismissed(session: AsyncSession) -> int:
    rows = _dismissed().with_only_columns(func.count(), maintain_column_froms=True)
    return (await session.scalars(rows)).one()


async def list_dismissed_page(
    session: AsyncSession, *, limit: int, after: DismissedPosition | None = None
) -> list[DismissedPosition]:
    """Return dismissed pairs whose videos are both in the library, the latest first.

    Args:
        after: the last pair of the previous page.
    """
    key = tuple_(DismissedDuplicate.created_at, DismissedDuplicate.first_id, DismissedDuplicate.second_id)
    statement = _dismissed() if after is None else _dismissed().where(key < tuple_(*after))
    statement = statement.order_by(
        DismissedDuplicate.created_at.desc(),
        DismissedDuplicate.first_id.desc(),
        DismissedDuplicate.second_id.desc(),
    )
    return [DismissedPosition(*row) for row in await session.execute(statement.limit(limit))]


def _dismissed() -> Select[datetime, int, int]:
    first, second = aliased(Video), aliased(Video)
    return (
        select(DismissedDuplicate.created_at, DismissedDuplicate.first_id, DismissedDuplicate.second_id)
        .join(first, first.id == DismissedDuplicate.first_id)
        .join(second, second.id == DismissedDuplicate.second_id)
        .where(first.deleted_at.is_(None), second.deleted_at.is_(None))
    )


async def count_moments(session: AsyncSession, ids: Collection[int]) -> dict[int, int]:
    """Return the number of moments of videos; those without any are missing."""
    statement = select(MomentTitle.video_id, func.count()).where(
        MomentTitle.video_id == _any_of(ids), MomentTitle.is_listed
    )
    rows = await session.execute(statement.group_by(MomentTitle.video_id))
    return dict(list(rows))


async def list_transcripts(session: AsyncSession, ids: Collection[int]) -> dict[int, TranscriptVersion]:
    """Return the versions of the indexed transcripts of videos; those without one are missing."""
    statement = select(TranscriptIndex.video_id, TranscriptIndex.language, TranscriptIndex.document_md5)
    rows = await session.execute(statement.where(TranscriptIndex.video_id == _any_of(ids)))
    return {row.video_id: TranscriptVersion(row.language, row.document_md5) for row in rows}


async def read_texts(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """Return the whole texts of transcripts."""
    words = func.string_agg(
        TranscriptSegment.text, aggregate_order_by(literal(" "), TranscriptSegment.number)
    )
    statement = select(TranscriptSegment.video_id, words).where(TranscriptSegment.video_id == _any_of(ids))
    return dict(list(await session.execute(statement.group_by(TranscriptSegment.video_id))))


def _any_of(ids: Collection[int]) -> CollectionAggregate[bool]:
    return any_(literal(list(ids), ARRAY(Integer)))


async def list_videos(session: AsyncSession, ids: Collection[int]) -> Sequence[Video]:
    """Return the videos of the library with these numbers."""
    return (await session.scalars(select(Video).where(has_id(ids), Video.deleted_at.is_(None)))).all()


async def lock_videos(session: AsyncSession, identifiers: Collection[str]) -> Sequence[Video]:
    """Return the videos of the library with these identifiers, and lock their rows."""
    statement = select(Video).where(has_identifier(identifiers), Video.deleted_at.is_(None))
    return (await session.scalars(_locked(statement))).all()


async def lock_numbers(session: AsyncSession, ids: Collection[int]) -> Sequence[Video]:
    """Return the videos with these numbers, also those in the trash, and lock their rows.

    Videos whose final deletion has started are left out.
    """
    statement = select(Video).where(has_id(ids), Video.purge_scope.is_(None))
    return (await session.scalars(_locked(statement))).all()


def _locked(statement: Select[Video]) -> Select[Video]:
    # In the order of the key, so that concurrent merges wait for each other without a deadlock. The weaker
    # lock permits rows that refer to the video, which a run inserts while it holds the lock of the moments.
    return statement.order_by(Video.id).with_for_update(key_share=True)


def _has_hashes(version: int) -> ColumnElement[bool]:
    return (
        select(FrameHashes.video_id)
        .where(FrameHashes.video_id == Video.id, FrameHashes.version == version)
        .exists()
    )
