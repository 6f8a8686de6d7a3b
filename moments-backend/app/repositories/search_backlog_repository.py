"""Queries on the table `search_backlog`.

A mark is the version of a row: each mark of a video replaces the version, so that a worker which indexed an
earlier one leaves the video in the backlog. Functions take the session first and never commit.
"""

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


class Mark(NamedTuple):
    """A video in the backlog; `video_id` is `videos.id`, the number."""

    video_id: int
    version: str
    is_new: bool
    """False if the video was in the backlog before: its documents need indexing for another reason."""


# `xmax` is 0 after an insert only: ON CONFLICT locks an existing row, which sets it.
_MARK = text("""
    INSERT INTO search_backlog (video_id) VALUES (:video_id)
    ON CONFLICT (video_id) DO UPDATE SET video_id = excluded.video_id
    RETURNING cast(xmin AS text) AS version, cast(xmax AS text) = '0' AS is_new
""")
_REMOVE = text("DELETE FROM search_backlog WHERE video_id = :video_id AND cast(xmin AS text) = :version")


async def mark(session: AsyncSession, video_id: int) -> Mark:
    """Add a video, or replace the version of its row."""
    row = (await session.execute(_MARK, {"video_id": video_id})).one()
    return Mark(video_id, row.version, row.is_new)


async def remove(session: AsyncSession, video_id: int, version: str) -> None:
    """Remove a video unless it has been marked again since."""
    await session.execute(_REMOVE, {"video_id": video_id, "version": version})
