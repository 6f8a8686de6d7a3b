"""Queries for moving originals between disk and bucket.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import Export, PipelineRun, Video
from app.database.models.export import ACTIVE as ACTIVE_EXPORT
from app.database.models.pipeline_run import ACTIVE as ACTIVE_RUN


async def lock(session: AsyncSession, id: int) -> Video | None:  # noqa: A002 - the column's name
    """Return a row and lock it until the transaction ends."""
    return await session.get(Video, id, with_for_update=True, populate_existing=True)


async def find_active_user(session: AsyncSession, video: Video) -> str | None:
    """Return what may read the local original now: "a run", "an export" or None."""
    run = exists().where(
        PipelineRun.video_identifier == video.identifier, text(f"pipeline_runs.{ACTIVE_RUN}")
    )
    export = exists().where(Export.video_id == video.id, text(f"exports.{ACTIVE_EXPORT}"))
    has_run, has_export = (await session.execute(select(run, export))).one()
    return "a run" if has_run else "an export" if has_export else None


async def list_candidates(session: AsyncSession, *, added_before: datetime) -> Sequence[str]:
    """Return the identifiers of the videos that were added before a time, largest first."""
    statement = (
        select(Video.identifier)
        .where(Video.created_at < added_before, Video.deleted_at.is_(None))
        .order_by(Video.size_bytes.desc().nulls_last(), Video.id)
    )
    return (await session.scalars(statement)).all()
