"""Carries out slow actions on many videos, in a worker.

The position in the list of videos is saved after each portion, so that a worker that takes over continues
there. Every action can be repeated for the videos of a portion that was interrupted.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from app.core.clock import utc_now
from app.core.exceptions import InternalError, VideoMomentsError, VideoNotFoundError
from app.database.models import BulkOperation
from app.database.session import transaction
from app.models.bulk import MAX_FAILURES, BulkFailure
from app.repositories import bulk_operation_repository as operations

logger = logging.getLogger(__name__)

PORTION = 200
"""Videos whose identifiers are read at a time."""
SAVE_SECONDS = 1.0
"""Longest time between two records of the progress, which also notice a cancellation."""
KEEP = timedelta(days=7)

Parameters = Mapping[str, Any]
Action = Callable[[str, Parameters], Awaitable[bool]]
"""Applies the action to a video; returns whether that changed it."""


class StalledJob(Protocol):
    """A job whose worker sends no heartbeats."""

    @property
    def job_id(self) -> int: ...

    @property
    def request_id(self) -> str: ...


class RecoveryQueue(Protocol):
    """The part of an open `RunQueue` that finds lost operations."""

    async def enqueue_bulk(self, session: Any, operation_id: str) -> int: ...

    async def list_stalled_bulk(self) -> list[Any]: ...

    async def filter_alive(self, job_ids: Any) -> set[int]: ...

    async def discard(self, job_id: int) -> None: ...


@dataclass
class _Portion:
    """Results that are not saved yet."""

    position: int
    changed: int = 0
    failures: list[BulkFailure] = field(default_factory=list)
    saved_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class BulkRunner:
    """Carries out operations.

    Attributes:
        actions: by name.
    """

    actions: Mapping[str, Action]

    async def __call__(self, operation_id: str, interrupted: Callable[[], bool]) -> None:
        """Carry out one operation; errors of videos are recorded, not raised."""
        async with transaction() as session:
            row = await operations.claim(session, operation_id)
        if row is None:
            await _finish(operation_id, "cancelled")
            return
        try:
            is_complete = await self._process(row)
        except asyncio.CancelledError:
            if not interrupted():
                await asyncio.shield(_finish(operation_id, "cancelled"))
            raise
        await _finish(operation_id, "completed" if is_complete else "cancelled")

    async def _process(self, row: BulkOperation) -> bool:
        """Process the rest of the list; return False if the operation was cancelled."""
        portion = _Portion(row.position)
        action = self.actions[row.action]
        for start in range(row.position, len(row.video_ids), PORTION):
            numbers = row.video_ids[start : start + PORTION]
            async with transaction() as session:
                identifiers = await operations.get_identifiers(session, numbers)
            for number in numbers:
                await _apply(action, identifiers.get(number), row.parameters, portion)
                portion.position += 1
                if time.monotonic() - portion.saved_at > SAVE_SECONDS and not await _save(row.id, portion):
                    return False
        return await _save(row.id, portion)

    async def recover_stalled(self, queue: RecoveryQueue) -> int:
        """Queue the operations of dead workers again; return their number. Delete old operations."""
        stalled = await queue.list_stalled_bulk()
        async with transaction() as session:
            jobs = await operations.list_active_jobs(session)
            await operations.delete_before(session, utc_now() - KEEP)
        for job in stalled:
            await queue.discard(job.job_id)
        alive = await queue.filter_alive([job_id for _, job_id in jobs if job_id is not None])
        lost = [operation_id for operation_id, job_id in jobs if job_id not in alive]
        for operation_id in lost:
            await _requeue(queue, operation_id)
        return len(lost)


async def _apply(action: Action, identifier: str | None, parameters: Parameters, portion: _Portion) -> None:
    if identifier is None:  # deleted since the request
        portion.changed += 1
        return
    try:
        portion.changed += await action(identifier, parameters)
    except VideoNotFoundError:
        return
    except VideoMomentsError as error:
        failure = BulkFailure(video_id=identifier, type=error.type, detail=error.cause)
        portion.failures.append(failure)
    except Exception as error:
        logger.exception("Bulk action failed", extra={"video_id": identifier})
        detail = f"unexpected error ({type(error).__name__}); see the worker's log"
        portion.failures.append(BulkFailure(video_id=identifier, type=InternalError.type, detail=detail))


async def _save(operation_id: str, portion: _Portion) -> bool:
    """Record the progress; return whether to continue."""
    async with transaction() as session:
        state = await operations.save_progress(
            session,
            operation_id,
            position=portion.position,
            changed=portion.changed,
            failures=[failure.model_dump() for failure in portion.failures],
            max_failures=MAX_FAILURES,
        )
    portion.changed, portion.failures, portion.saved_at = 0, [], time.monotonic()
    return state == "processing"


async def _finish(operation_id: str, state: str) -> None:
    async with transaction() as session:
        await operations.finish(session, operation_id, state)


async def _requeue(queue: RecoveryQueue, operation_id: str) -> None:
    async with transaction() as session:
        row = await operations.get(session, operation_id, lock=True)
        if row is None or row.state not in operations.ACTIVE:
            return
        if row.state == "cancelling":
            row.state, row.finished_at = "cancelled", utc_now()
            return
        row.state, row.job_id = "queued", await queue.enqueue_bulk(session, operation_id)
