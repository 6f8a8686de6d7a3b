"""Columns of videos that only their feed shows."""

from collections.abc import Sequence
from typing import NamedTuple

from app.database.read_pool import ReadPool


class FeedFields(NamedTuple):
    """Columns of one video."""

    description: str | None
    has_copy: bool
    """Players get the playback copy, an MP4 file."""


_FIELDS = """
    SELECT id, description, coalesce(playback_state = 'ready', false) FROM videos
    WHERE id = ANY(%(ids)s::integer[]) AND deleted_at IS NULL
"""


async def read_feed_fields(read_pool: ReadPool, ids: Sequence[int]) -> dict[int, FeedFields]:
    """Return the columns by `videos.id`; deleted videos are missing."""
    rows = await read_pool.rows(_FIELDS, {"ids": list(ids)})
    return {row_id: FeedFields(*values) for row_id, *values in rows}
