"""Queries on `videos.playback_state` and the facts that decide it.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, bindparam, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import PipelineRun, Video
from app.database.models.pipeline_run import ACTIVE
from app.database.models.video import PLAYBACK_PENDING
from app.models.playback import StoredPlaybackState

SEARCH_LOCK = 0x766D_706C_6179  # "vmplay"
"""Key of the advisory lock that lets one worker at a time search for missing copies."""


class MediaFacts(NamedTuple):
    """Columns that decide whether browsers can play a video."""

    id: int
    cloud_url: str
    video_codec: str | None
    audio_codec: str | None
    media: dict[str, Any] | None


async def has_pending(session: AsyncSession) -> bool:
    """Return whether any video is undetermined or needs a copy; reads one entry of a partial index."""
    return await session.scalar(select(Video.id).where(text(PLAYBACK_PENDING)).limit(1)) is not None


async def try_lock_search(session: AsyncSession) -> bool:
    """Take the lock on the search until the transaction ends; return False if another worker has it."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(SEARCH_LOCK))))


async def list_undetermined(session: AsyncSession, limit: int) -> Sequence[MediaFacts]:
    """Return and lock videos without a state. Videos that another transaction changes are skipped."""
    statement = (
        select(Video.id, Video.cloud_url, Video.video_codec, Video.audio_codec, Video.media)
        .where(Video.playback_state.is_(None))
        .order_by(Video.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [MediaFacts(*row) for row in await session.execute(statement)]


async def set_states(session: AsyncSession, states: Sequence[tuple[int, StoredPlaybackState]]) -> None:
    """Set the states of videos by their `id`."""
    table = Video.__table__
    statement = (
        update(table).where(table.c.id == bindparam("row")).values(playback_state=bindparam("new"))  # type: ignore[arg-type]
    )
    if states:
        connection = await session.connection()
        await connection.execute(statement, [{"row": row, "new": state} for row, state in states])


async def list_wanted(session: AsyncSession) -> Sequence[str]:
    """Return the identifiers of the videos that need a copy and have none, oldest first."""
    statement = (
        select(Video.identifier)
        .where(Video.playback_state.in_(("needed", "failed")), Video.deleted_at.is_(None))
        .order_by(Video.id)
    )
    return (await session.scalars(statement)).all()


async def list_needed(session: AsyncSession, limit: int) -> Sequence[tuple[str, str | None]]:
    """Return `(identifier, source_url)` of videos that need a copy and have no active run, oldest first."""
    has_run = exists().where(
        PipelineRun.video_identifier == Video.identifier, PipelineRun.kind == "playback", text(ACTIVE)
    )
    statement = (
        select(Video.identifier, Video.source_url)
        .where(Video.playback_state == "needed", Video.deleted_at.is_(None), ~has_run)
        .order_by(Video.id)
        .limit(limit)
    )
    return [(identifier, source_url) for identifier, source_url in await session.execute(statement)]


async def set_state(
    session: AsyncSession,
    identifier: str,
    state: StoredPlaybackState,
    *,
    cloud_url: str | None = None,
    md5: str | None = None,
) -> bool:
    """Set a video's state, and return whether there was such a video.

    Args:
        cloud_url, md5: the original that the state is about; another original is left as it is.
    """
    statement = update(Video).where(Video.identifier == identifier).values(playback_state=state)
    if cloud_url is not None:
        statement = statement.where(Video.cloud_url == cloud_url)
    if md5 is not None:
        statement = statement.where(or_(Video.md5 == md5, Video.md5.is_(None)))
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount > 0


async def request(session: AsyncSession, identifier: str) -> None:
    """Record that a copy is wanted. A copy that exists stays in use until it is replaced."""
    statement = update(Video).where(
        Video.identifier == identifier, Video.playback_state.is_distinct_from("ready")
    )
    await session.execute(statement.values(playback_state="needed"))


async def fail(session: AsyncSession, identifier: str) -> None:
    """Record that no copy was made. A video that has a copy, or needs none, keeps its state."""
    statement = update(Video).where(
        Video.identifier == identifier,
        Video.playback_state.is_distinct_from("ready"),
        Video.playback_state.is_distinct_from("original"),
    )
    await session.execute(statement.values(playback_state="failed"))
