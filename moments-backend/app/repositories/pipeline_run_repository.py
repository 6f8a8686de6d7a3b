"""Queries on the table `pipeline_runs`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    String,
    and_,
    any_,
    delete,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import PipelineRun
from app.database.models.pipeline_run import ACTIVE as ACTIVE_SQL
from app.models.pipeline import TRANSCRIPT_STAGES, RunKind, RunPurpose

ACTIVE = ("queued", "processing")

QUEUE_LOCK = 0x766D_7175_6575  # "vmqueu"
"""Key of the advisory lock that serialises the transactions that add active runs."""


async def create_unless_active(
    session: AsyncSession,
    *,
    request_id: str,
    video_identifier: str,
    source_url: str | None,
    fetch_url: str | None,
    options: dict[str, Any],
    http_request_id: str | None = None,
    kind: RunKind = "moments",
) -> PipelineRun | None:
    """Insert a queued run; return None if the video already has an active run of this kind."""
    statement = (
        insert(PipelineRun)
        .values(
            request_id=request_id,
            kind=kind,
            video_identifier=video_identifier,
            source_url=source_url,
            fetch_url=fetch_url,
            options=options,
            http_request_id=http_request_id,
            status="queued",
            stages={},
        )
        .on_conflict_do_nothing(
            index_elements=[PipelineRun.video_identifier, PipelineRun.kind], index_where=text(ACTIVE_SQL)
        )
        .returning(PipelineRun)
    )
    return (await session.scalars(statement)).one_or_none()


async def lock_queue(session: AsyncSession) -> None:
    """Let one transaction at a time add active runs, so that their number can be limited.

    Take this lock before the lock of any run: two transactions could otherwise wait for each other.
    """
    await session.execute(select(func.pg_advisory_xact_lock(QUEUE_LOCK)))


async def count_active(session: AsyncSession, kind: RunKind) -> int:
    statement = (
        select(func.count()).select_from(PipelineRun).where(text(ACTIVE_SQL), PipelineRun.kind == kind)
    )
    return (await session.scalars(statement)).one()


async def get(session: AsyncSession, request_id: str, *, lock: bool = False) -> PipelineRun | None:
    """Return one run; `lock` holds its row lock until the transaction ends."""
    return await session.get(PipelineRun, request_id, with_for_update=lock, populate_existing=True)


async def get_active(
    session: AsyncSession, video_identifier: str, kind: RunKind = "moments"
) -> PipelineRun | None:
    statement = select(PipelineRun).where(
        PipelineRun.video_identifier == video_identifier,
        PipelineRun.kind == kind,
        PipelineRun.status.in_(ACTIVE),
    )
    return (await session.scalars(statement)).one_or_none()


async def latest(
    session: AsyncSession, video_identifier: str, limit: int = 1, *, kind: RunKind = "moments"
) -> Sequence[PipelineRun]:
    """Return the video's runs of this kind, newest first."""
    statement = (
        select(PipelineRun)
        .where(PipelineRun.video_identifier == video_identifier, PipelineRun.kind == kind)
        .order_by(PipelineRun.created_at.desc(), PipelineRun.request_id)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def list_active_of(
    session: AsyncSession, video_identifiers: Collection[str]
) -> list[tuple[str, RunKind]]:
    """Return the video and the kind of the active runs of these videos."""
    wanted = any_(literal(list(video_identifiers), ARRAY(String)))
    statement = select(PipelineRun).where(text(ACTIVE_SQL), PipelineRun.video_identifier == wanted)
    return [(row.video_identifier, cast("RunKind", row.kind)) for row in await session.scalars(statement)]


async def list_active(session: AsyncSession) -> Sequence[PipelineRun]:
    """Return all active runs, oldest first."""
    statement = select(PipelineRun).where(PipelineRun.status.in_(ACTIVE)).order_by(PipelineRun.created_at)
    return (await session.scalars(statement)).all()


async def count_active_by_status(session: AsyncSession) -> dict[str, int]:
    """Return the numbers of queued and processing runs."""
    statement = (
        select(PipelineRun.status, func.count())
        .where(text(ACTIVE_SQL))  # the condition of the partial index, which makes this cheap
        .group_by(PipelineRun.status)
    )
    return dict((await session.execute(statement)).all())


async def list_active_jobs(session: AsyncSession) -> list[tuple[str, int | None]]:
    """Return `(request_id, job_id)` of all active runs."""
    statement = select(PipelineRun.request_id, PipelineRun.job_id).where(PipelineRun.status.in_(ACTIVE))
    return [(request_id, job_id) for request_id, job_id in await session.execute(statement)]


async def list_recent(session: AsyncSession, limit: int) -> Sequence[PipelineRun]:
    """Return the latest runs of all videos, newest first."""
    statement = (
        select(PipelineRun).order_by(PipelineRun.created_at.desc(), PipelineRun.request_id).limit(limit)
    )
    return (await session.scalars(statement)).all()


async def list_page(
    session: AsyncSession,
    *,
    limit: int,
    statuses: Collection[str] = (),
    video_identifier: str | None = None,
    kind: RunKind | None = None,
    purposes: Collection[RunPurpose] = (),
    after: tuple[datetime, str] | None = None,
) -> Sequence[PipelineRun]:
    """Return runs that were not cleared, newest first, with optional filters.

    Args:
        after: `(created_at, request_id)` of the last run of the previous page.
    """
    position = tuple_(PipelineRun.created_at, PipelineRun.request_id)
    statement = select(PipelineRun).order_by(PipelineRun.created_at.desc(), PipelineRun.request_id.desc())
    statement = statement.where(PipelineRun.cleared_at.is_(None))
    if statuses:
        statement = statement.where(PipelineRun.status.in_(statuses))
    if video_identifier is not None:
        statement = statement.where(PipelineRun.video_identifier == video_identifier)
    if kind is not None:
        statement = statement.where(PipelineRun.kind == kind)
    if purposes:
        statement = statement.where(or_(*(_has_purpose(purpose) for purpose in sorted(purposes))))
    if after is not None:
        statement = statement.where(position < tuple_(*after))
    return (await session.scalars(statement.limit(limit))).all()


def _has_purpose(purpose: RunPurpose) -> ColumnElement[bool]:
    """Return the condition of runs of one purpose."""
    if purpose == "playback":
        return PipelineRun.kind == "playback"
    only_transcript = func.coalesce(
        PipelineRun.options["stages"].contained_by(literal(list(TRANSCRIPT_STAGES), JSONB)), false()
    )
    wanted = only_transcript if purpose == "transcription" else not_(only_transcript)
    return and_(PipelineRun.kind == "moments", wanted)


async def claim(session: AsyncSession, request_id: str, token: str) -> PipelineRun | None:
    """Start the run under `token`; return None if it has ended or its cancellation is pending."""
    statement = (
        update(PipelineRun)
        .where(
            PipelineRun.request_id == request_id,
            PipelineRun.status.in_(ACTIVE),
            PipelineRun.cancel_requested.is_(False),
        )
        .values(
            token=token, status="processing", started_at=func.coalesce(PipelineRun.started_at, func.now())
        )
        .returning(PipelineRun)
    )
    return (await session.scalars(statement)).one_or_none()


async def requeue(session: AsyncSession, row: PipelineRun) -> bool:
    """Queue an ended run again; return False if the video has another active run of its kind."""
    try:
        async with session.begin_nested():
            row.status, row.error, row.finished_at, row.token = "queued", None, None, None
            row.cancel_requested, row.takeovers, row.cleared_at = False, 0, None
    except IntegrityError:
        return False
    return True


async def clear_finished(session: AsyncSession) -> int:
    """Remove ended runs from the list; return their number. Their rows stay: later runs reuse results."""
    statement = (
        update(PipelineRun)
        .where(PipelineRun.status.not_in(ACTIVE), PipelineRun.cleared_at.is_(None))
        .values(cleared_at=func.now())
    )
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount


async def holds_token(session: AsyncSession, request_id: str, token: str) -> bool:
    statement = select(PipelineRun.token).where(PipelineRun.request_id == request_id)
    return (await session.scalars(statement)).one_or_none() == token


async def save(session: AsyncSession, request_id: str, token: str, **fields: Any) -> bool | None:
    """Update columns of the run if `token` still owns it.

    Returns:
        Whether a cancellation is pending; None if another token owns the run.
    """
    statement = (
        update(PipelineRun)
        .where(PipelineRun.request_id == request_id, PipelineRun.token == token)
        .values(fields)
        .returning(PipelineRun.cancel_requested)
    )
    return await session.scalar(statement)


async def moments_key(session: AsyncSession, video_identifier: str) -> str | None:
    """Return the fingerprint of the input of the video's moments."""
    statement = select(PipelineRun.moments_key).where(
        PipelineRun.video_identifier == video_identifier, PipelineRun.moments_key.is_not(None)
    )
    return (await session.scalars(statement.limit(1))).one_or_none()


async def clear_fetch_urls(session: AsyncSession, video_identifier: str) -> None:
    """Delete the links of the video's ended runs, which will not be retried."""
    statement = update(PipelineRun).where(
        PipelineRun.video_identifier == video_identifier,
        PipelineRun.fetch_url.is_not(None),
        PipelineRun.status.not_in(ACTIVE),
    )
    await session.execute(statement.values(fetch_url=None))


async def clear_moments_key(session: AsyncSession, video_identifier: str) -> None:
    """Delete the video's fingerprint before its moments are regenerated."""
    statement = update(PipelineRun).where(
        PipelineRun.video_identifier == video_identifier, PipelineRun.moments_key.is_not(None)
    )
    await session.execute(statement.values(moments_key=None))


async def delete_for_video(session: AsyncSession, video_identifier: str) -> int:
    """Delete all runs of the video, of every kind; return their number."""
    statement = delete(PipelineRun).where(PipelineRun.video_identifier == video_identifier)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount
