"""Queries on the table `sidecar_backlog`, and on the rows that a sidecar object contains.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Text, any_, cast, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import (
    Export,
    MomentEdit,
    MomentFeedback,
    SidecarBacklog,
    TranscriptChange,
    Video,
    VideoChapter,
)

_CLAIM = text("""
    WITH due AS (
        SELECT video_id FROM sidecar_backlog
        GROUP BY video_id
        HAVING (max(changed_at) <= now() - :quiet OR min(changed_at) <= now() - :longest)
            AND coalesce(max(claimed_until), '-infinity') <= now()
        ORDER BY video_id LIMIT :limit
    ), free AS (
        SELECT id FROM sidecar_backlog JOIN due USING (video_id)
        WHERE coalesce(claimed_until, '-infinity') <= now()
        FOR UPDATE OF sidecar_backlog SKIP LOCKED
    )
    UPDATE sidecar_backlog SET claimed_until = now() + :lease
    WHERE id IN (SELECT id FROM free)
    RETURNING video_id
""")


@dataclass(frozen=True, slots=True)
class SidecarRows:
    """The rows of a video's sidecar, beside the one of `videos`."""

    marks: Sequence[MomentEdit]
    chapters: Sequence[VideoChapter]
    corrections: Sequence[TranscriptChange]
    feedback: Sequence[MomentFeedback]
    exports: Sequence[Export]


async def claim(
    session: AsyncSession, *, quiet: timedelta, longest: timedelta, lease: timedelta, limit: int
) -> list[int]:
    """Claim videos to write, and return their numbers; other workers skip them for the time of the lease.

    Args:
        quiet: time without a change after which a video is due.
        longest: time since the first change after which it is due in any case.
    """
    parameters = {"quiet": quiet, "longest": longest, "lease": lease, "limit": limit}
    return sorted(set(await session.scalars(_CLAIM, parameters)))


async def list_changes(session: AsyncSession, video_id: int) -> Sequence[int]:
    """Return the ids of the video's changes. What is read afterwards in this transaction contains them."""
    return (await session.scalars(select(SidecarBacklog.id).where(SidecarBacklog.video_id == video_id))).all()


async def remove_changes(session: AsyncSession, ids: Sequence[int]) -> None:
    wanted = any_(literal(list(ids), ARRAY(BIGINT)))
    await session.execute(delete(SidecarBacklog).where(SidecarBacklog.id == wanted))


async def remove_videos(session: AsyncSession, video_ids: Collection[int]) -> None:
    """Remove all changes of videos whose sidecars are known to be up to date."""
    wanted = any_(literal(list(video_ids), ARRAY(BIGINT)))
    await session.execute(delete(SidecarBacklog).where(SidecarBacklog.video_id == wanted))


async def release(session: AsyncSession, video_ids: Collection[int], after: timedelta) -> None:
    """End the claims of videos; they are due again after a delay."""
    wanted = any_(literal(list(video_ids), ARRAY(BIGINT)))
    statement = update(SidecarBacklog).where(SidecarBacklog.video_id == wanted)
    await session.execute(statement.values(claimed_until=func.now() + after))


async def has_changes(session: AsyncSession) -> bool:
    return await session.scalar(select(SidecarBacklog.id).limit(1)) is not None


async def add_all(session: AsyncSession) -> None:
    """Queue every video and the library."""
    await session.execute(text("INSERT INTO sidecar_backlog (video_id) SELECT id FROM videos ORDER BY id"))
    await session.execute(text("INSERT INTO sidecar_backlog (video_id) VALUES (0)"))


async def is_present(session: AsyncSession, video_id: int) -> bool:
    """Return whether the video exists and its final deletion has not started."""
    statement = select(Video.id).where(Video.id == video_id, Video.purge_scope.is_(None))
    return await session.scalar(statement) is not None


async def load_rows(session: AsyncSession, video: Video, *, max_correction_bytes: int) -> SidecarRows:
    """Return the rows of a sidecar.

    Args:
        max_correction_bytes: size of the newest corrections to return; older ones are left out.
    """
    marks = select(MomentEdit).where(MomentEdit.video_identifier == video.identifier)
    chapters = select(VideoChapter).where(VideoChapter.video_id == video.id)
    feedback = select(MomentFeedback).where(MomentFeedback.video_id == video.id)
    exports = select(Export).where(Export.video_id == video.id, Export.state == "completed")
    sizes = (
        select(
            TranscriptChange.id,
            func.sum(func.octet_length(cast(TranscriptChange.change, Text)))
            .over(order_by=TranscriptChange.id.desc())
            .label("bytes"),
        )
        .where(TranscriptChange.video_identifier == video.identifier)
        .subquery()
    )
    corrections = select(TranscriptChange).join(sizes, sizes.c.id == TranscriptChange.id)
    corrections = corrections.where(sizes.c.bytes <= max_correction_bytes)
    return SidecarRows(
        marks=(await session.scalars(marks.order_by(MomentEdit.moment_id))).all(),
        chapters=(await session.scalars(chapters.order_by(VideoChapter.number))).all(),
        corrections=(await session.scalars(corrections.order_by(TranscriptChange.id))).all(),
        feedback=(await session.scalars(feedback.order_by(MomentFeedback.id))).all(),
        exports=(await session.scalars(exports.order_by(Export.created_at, Export.id))).all(),
    )
