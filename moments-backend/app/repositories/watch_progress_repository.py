"""Positions at which playback of videos was left, in the table `videos`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.watch_progress import WatchProgress

FINISHED_SHARE = 0.97
"""Share of the duration from which a video counts as watched to the end: the rest is mostly credits."""

_SAVE = text("""
    UPDATE videos SET
        watch_position = CASE
            WHEN CAST(:position AS double precision) < :share * coalesce(duration_seconds, 'infinity')
            THEN CAST(:position AS double precision) END,
        last_watched_at = CASE WHEN CAST(:position AS double precision) IS NOT NULL THEN now() END
    WHERE identifier = :identifier AND deleted_at IS NULL
    RETURNING watch_position, last_watched_at
""")


async def save(session: AsyncSession, identifier: str, position: float | None) -> WatchProgress | None:
    """Save the position of a video; None if it does not exist.

    Args:
        position: seconds; None forgets that the video was played.
    """
    parameters = {"identifier": identifier, "position": position, "share": FINISHED_SHARE}
    row = (await session.execute(_SAVE, parameters)).one_or_none()
    return None if row is None else WatchProgress(watch_position=row[0], last_watched_at=row[1])
