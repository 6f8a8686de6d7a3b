"""Requests for actions on many videos.

Quick actions are one statement in the transaction of the request. Slow ones become a job of the queue; see
`app.services.bulk.runner`. Either way the operation is recorded with the videos that were selected.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.core.exceptions import (
    BulkCountChangedError,
    BulkOperationNotFoundError,
    BulkOperationStateError,
    TooManyTagsError,
    VideoInTrashError,
    VideoMomentsError,
    VideoNotFoundError,
)
from app.database.models import BulkOperation
from app.database.session import transaction
from app.models.bulk import (
    MAX_FAILURES,
    SLOW_ACTIONS,
    BulkFailure,
    BulkOperationRead,
    BulkRequest,
)
from app.models.tags import MAX_TAGS
from app.repositories import (
    bulk_operation_repository as operations,
    trash_repository,
    video_db_repository,
)
from app.repositories.bulk_operation_repository import Candidate
from app.repositories.trash_repository import VideoKey
from app.repositories.video_filter import VideoFilter
from app.services.library.events import event_data
from app.services.library.trash import TrashService
from app.services.webhooks import events

logger = logging.getLogger(__name__)

MAX_LISTED = 100
STATEMENT_SECONDS = 120.0
"""Time limit of a quick action: changing 100,000 rows with all their indexes takes most of a minute."""

EVENT_BATCH = 1000
_EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "trash": ("video.trashed", {}),
    "restore": ("video.restored", {}),
    **dict.fromkeys(("add_tags", "remove_tags"), ("video.updated", {"changed": ["tags"]})),
    **dict.fromkeys(("favorite", "unfavorite"), ("video.updated", {"changed": ["is_favorite"]})),
}
"""Webhook event of each changed video by action, with the data that it adds."""


class BulkQueue(Protocol):
    """The part of `RunQueue` that operations need."""

    async def enqueue_bulk(self, session: AsyncSession, operation_id: str) -> int: ...

    async def cancel(self, session: AsyncSession, job_id: int) -> bool: ...


@dataclass
class _Selection:
    """The videos of a request.

    Attributes:
        total: number of selected videos, with the unknown and unsuitable ones.
    """

    ids: list[int] = field(default_factory=list)
    total: int = 0
    failures: list[BulkFailure] = field(default_factory=list)


@dataclass(frozen=True)
class BulkService:
    queue: BulkQueue
    trash: TrashService

    async def request(
        self, wanted: BulkRequest, video_filter: VideoFilter | None = None
    ) -> BulkOperationRead:
        """Carry out a quick action, or queue a slow one.

        Args:
            video_filter: the parsed `filter` of the request.

        Raises:
            BulkOperationNotFoundError: `operation` names none.
            BulkCountChangedError: another number of videos is selected than `expected`; nothing was changed.
            DatabaseError: nothing was changed.
        """
        is_slow = wanted.action in SLOW_ACTIONS
        async with transaction(STATEMENT_SECONDS) as session:
            selected = await _select(session, wanted, video_filter)
            if wanted.expected is not None and selected.total != wanted.expected:
                raise BulkCountChangedError(wanted.expected, selected.total)
            changed = await _apply(session, wanted, selected.ids)
            await _record_events(session, wanted.action, changed)
            if wanted.action == "add_tags":
                full = await operations.list_full(session, selected.ids, wanted.tags)
                error = TooManyTagsError(MAX_TAGS)
                selected.failures += [_failure(key.identifier, error) for key in full]
            row = await operations.add(
                session,
                id=uuid4().hex,
                action=wanted.action,
                parameters=wanted.parameters(),
                video_ids=selected.ids if is_slow else [key.id for key in changed],
                state="queued" if is_slow and selected.ids else "completed",
                total=selected.total,
                done=selected.total - (len(selected.ids) if is_slow else 0),
                changed=0 if is_slow else len(changed),
                failed=len(selected.failures),
                failures=[failure.model_dump() for failure in selected.failures[:MAX_FAILURES]],
                finished_at=None if is_slow and selected.ids else utc_now(),
            )
            if row.state == "queued":
                row.job_id = await self.queue.enqueue_bulk(session, row.id)
                await session.flush()
            operation = to_read(row)
        if wanted.action == "trash" and changed:
            await self.trash.cancel_active_work([key.identifier for key in changed])
        logger.info("Bulk action", extra={"action": wanted.action, "videos": operation.total})
        return operation

    async def empty_trash(
        self, *, before: datetime | None = None, expected: int | None = None, delete_local: bool = False
    ) -> BulkOperationRead:
        """Start the final deletion of all videos in the trash.

        Raises:
            TrashChangedError: there is another number of videos; nothing was changed.
        """
        async with transaction(STATEMENT_SECONDS) as session:
            begun = await self.trash.begin_emptying(
                session, before=before, expected=expected, delete_local=delete_local
            )
            row = await operations.add(
                session,
                id=uuid4().hex,
                action="delete",
                parameters={"delete_local": True} if delete_local else {},
                video_ids=[key.id for key in begun],
                state="queued" if begun else "completed",
                total=len(begun),
                finished_at=None if begun else utc_now(),
            )
            if begun:
                row.job_id = await self.queue.enqueue_bulk(session, row.id)
                await session.flush()
            return to_read(row)

    async def get(self, operation_id: str) -> BulkOperationRead:
        """Return one operation.

        Raises:
            BulkOperationNotFoundError: it does not exist.
        """
        async with transaction() as session:
            return to_read(await _get(session, operation_id))

    async def list_latest(self, limit: int) -> list[BulkOperationRead]:
        """Return the latest operations, newest first."""
        async with transaction() as session:
            return [to_read(row) for row in await operations.list_latest(session, limit)]

    async def cancel(self, operation_id: str) -> BulkOperationRead:
        """Cancel an operation; videos that are processed already stay changed.

        Videos whose final deletion has started are deleted nevertheless.

        Raises:
            BulkOperationNotFoundError: it does not exist.
            BulkOperationStateError: it has ended.
        """
        async with transaction() as session:
            row = await _get(session, operation_id, lock=True)
            if row.state not in operations.ACTIVE:
                raise BulkOperationStateError(f"the operation is {row.state}: nothing to cancel")
            row.state = "cancelling"
            if row.job_id is None or await self.queue.cancel(session, row.job_id):
                row.state, row.finished_at = "cancelled", utc_now()
            await session.flush()
            return to_read(row)


def to_read(row: BulkOperation) -> BulkOperationRead:
    """Return the schema of a row."""
    return BulkOperationRead.model_validate(row, from_attributes=True)


async def _get(session: AsyncSession, operation_id: str, *, lock: bool = False) -> BulkOperation:
    row = await operations.get(session, operation_id, lock=lock)
    if row is None:
        raise BulkOperationNotFoundError(operation_id)
    return row


async def _select(session: AsyncSession, wanted: BulkRequest, video_filter: VideoFilter | None) -> _Selection:
    if wanted.ids is not None:
        identifiers = list(dict.fromkeys(wanted.ids))
        found = await operations.select_by_identifier(session, identifiers)
        known = {candidate.identifier for candidate in found}
        unknown = [VideoNotFoundError(identifier) for identifier in identifiers if identifier not in known]
        missing = [name for name in identifiers if name not in known]
        selection = _suitable(found, wanted)
        selection.total += len(unknown)
        selection.failures += map(_failure, missing, unknown)
        return selection
    if wanted.operation is not None:
        row = await _get(session, wanted.operation)
        return _suitable(await operations.select_by_number(session, row.video_ids), wanted)
    left_out = set(wanted.except_ids)
    found = await operations.select_by_filter(session, video_filter or VideoFilter())
    return _suitable([candidate for candidate in found if candidate.identifier not in left_out], wanted)


def _suitable(found: Sequence[Candidate], wanted: BulkRequest) -> _Selection:
    """Leave out videos in the trash, which only `restore`, `trash` and `delete` accept."""
    selection = _Selection(total=len(found))
    for candidate in found:
        if candidate.is_deleted and wanted.action not in {"restore", "trash", "delete"}:
            error = VideoInTrashError(candidate.identifier)
            selection.failures.append(_failure(candidate.identifier, error))
        else:
            selection.ids.append(candidate.id)
    return selection


def _failure(video_id: str, error: VideoMomentsError) -> BulkFailure:
    return BulkFailure(video_id=video_id, type=error.type, detail=error.cause)


_Change = Callable[[AsyncSession, Sequence[int], dict[str, Any]], Awaitable[list[VideoKey]]]


async def _record_events(session: AsyncSession, action: str, changed: list[VideoKey]) -> None:
    """Record the webhook events of a quick action; a final deletion records its own."""
    if (found := _EVENTS.get(action)) is None:
        return
    event, details = found
    if not await events.is_wanted(session, event):  # spares reading thousands of rows
        return
    for start in range(0, len(changed), EVENT_BATCH):
        ids = [key.id for key in changed[start : start + EVENT_BATCH]]
        videos = await video_db_repository.list_by_ids(session, ids)
        await events.record_all(session, event, (event_data(video) | details for video in videos))


async def _apply(session: AsyncSession, wanted: BulkRequest, ids: list[int]) -> list[VideoKey]:
    """Carry out a quick action, and start final deletions; return the videos that changed."""
    match wanted.action:
        case "trash":
            return await trash_repository.move_to_trash(session, ids)
        case "restore":
            return await trash_repository.restore(session, ids)
        case "add_tags":
            return await operations.add_tags(session, ids, wanted.tags)
        case "remove_tags":
            return await operations.remove_tags(session, ids, wanted.tags)
        case "favorite" | "unfavorite":
            is_favorite = wanted.action == "favorite"
            return await operations.set_favorite(session, ids, is_favorite=is_favorite)
        case "delete":
            scope: trash_repository.PurgeScope = "all" if wanted.delete_local else "bucket"
            return await trash_repository.begin_purge(session, trash_repository.has_id(ids), scope)
        case _:
            return []
