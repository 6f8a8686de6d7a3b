"""Columns of videos that only their feed shows."""

from collections.abc import Sequence
from typing import NamedTuple

from app.database.read_pool import ReadPool


class FeedFields(NamedTuple):
    """Columns of one video."""

    description: str | None
    has_copy: bool
    """Players get the playback copy, an MP4 file."""
    copy_bytes: int | None
    """Size of the copy; None if the run that made it did not record it."""


_FIELDS = """
    SELECT id, description, coalesce(playback_state = 'ready', false), media ->> 'playback_bytes'
    FROM videos WHERE id = ANY(%(ids)s::integer[]) AND deleted_at IS NULL
"""


async def read_feed_fields(read_pool: ReadPool, ids: Sequence[int]) -> dict[int, FeedFields]:
    """Return the columns by `videos.id`; deleted videos are missing."""
    rows = await read_pool.rows(_FIELDS, {"ids": list(ids)})
    return {
        row_id: FeedFields(description, has_copy, int(size) if (size or "").isdecimal() else None)
        for row_id, description, has_copy, size in rows
    }
