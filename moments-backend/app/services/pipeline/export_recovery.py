"""Recovery of exports whose worker died: re-queue them, and fail them after `MAX_TAKEOVERS`.

Every worker checks the exports of all others. Concurrent checks are safe: each change locks the export's row.
"""

import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.core.exceptions import ExportAbandonedError
from app.database.models import Export
from app.database.session import transaction
from app.models.export import ExportError
from app.repositories import export_repository as exports
from app.services.exports.mapper import to_error
from app.services.pipeline.queue import EXPORT_TASK, RunQueue
from app.services.pipeline.run_events import record_export_failure
from app.services.pipeline.run_recovery import MAX_TAKEOVERS

logger = logging.getLogger(__name__)


class ExportRecovery:
    """Re-queues and ends exports without a live worker."""

    def __init__(self, queue: RunQueue) -> None:
        self._queue = queue

    async def release(self, export_id: str, token: str) -> bool:
        """Re-queue the export of a worker that shuts down; return whether the worker owned it."""
        return await self._change(export_id, lambda row: row.token == token, self._requeue)

    async def finish_cancelled(self, export_id: str) -> None:
        """End an export that was cancelled before a worker started it."""

        async def end(_session: AsyncSession, row: Export) -> None:
            _end(row, "cancelled")

        await self._change(export_id, lambda row: row.cancel_requested, end)

    async def recover_stalled(self) -> int:
        """Re-queue the exports of stalled workers and exports without a job; return their number."""
        recovered = 0
        for job in await self._queue.list_stalled(EXPORT_TASK):
            recovered += await self._recover(job.request_id, job.job_id)
            await self._queue.discard(job.job_id)
        async with transaction() as session:
            jobs = await exports.list_active_jobs(session)
        alive = await self._queue.filter_alive([job_id for _, job_id in jobs if job_id is not None])
        for export_id, job_id in jobs:
            if job_id not in alive:
                recovered += await self._recover(export_id, job_id)
        return recovered

    async def _recover(self, export_id: str, job_id: int | None) -> bool:
        async def change(session: AsyncSession, row: Export) -> None:
            row.takeovers += 1
            if row.takeovers >= MAX_TAKEOVERS and not row.cancel_requested:
                error = ExportAbandonedError(
                    f"the export was abandoned: {row.takeovers} workers died while processing it",
                    remedy="find the cause (out of memory, a damaged video), then retry",
                )
                _end(row, "failed", to_error(error))
                found = await exports.get_with_video(session, row.id, include_deleted=True)
                if found is not None:
                    await record_export_failure(session, row.id, found.video_id, to_error(error))
            else:
                await self._requeue(session, row)
            logger.warning("Export lost its worker", extra={"export": export_id, "state": row.state})

        return await self._change(export_id, lambda row: row.job_id == job_id, change)

    async def _requeue(self, session: AsyncSession, row: Export) -> None:
        if row.cancel_requested:
            _end(row, "cancelled")
            return
        (row.job_id,) = await self._queue.enqueue_exports(session, [row.id])
        row.token, row.state, row.percent = None, "queued", 0.0

    async def _change(
        self,
        export_id: str,
        applies: Callable[[Export], bool],
        change: Callable[[AsyncSession, Export], Awaitable[None]],
    ) -> bool:
        """Change the locked row of an active export; return whether `applies` held."""
        async with transaction() as session:
            row = await exports.get(session, export_id, lock=True)
            if row is None or row.state not in exports.ACTIVE or not applies(row):
                return False
            await change(session, row)
            return True


def _end(row: Export, state: str, error: ExportError | None = None) -> None:
    row.state, row.finished_at, row.token = state, utc_now(), None
    row.error = error.model_dump(mode="json") if error else None
