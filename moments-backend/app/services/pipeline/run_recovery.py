"""Recovery of runs whose worker died: re-queue them, and fail them after `MAX_TAKEOVERS`.

Every worker checks the runs of all others. Concurrent checks are safe: each change locks the run's row.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import cast

from app.core.clock import utc_now
from app.core.exceptions import RunAbandonedError
from app.core.request_context import log_context
from app.database.models import PipelineRun
from app.database.session import transaction
from app.models.pipeline import RunError, RunKind, RunState, RunStatus
from app.repositories import pipeline_run_repository as runs
from app.services.pipeline.playback_outcome import record_end
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.run_events import record_run_end
from app.services.pipeline.run_mapper import to_columns, to_state
from app.services.pipeline.run_status_store import RunStatusStore

logger = logging.getLogger(__name__)

MAX_TAKEOVERS = 5
"""Lost workers after which a run fails, because it probably crashes each of them."""

Enqueue = Callable[[], Awaitable[int]]
"""Adds a job for the run in the current transaction, and returns its id."""


class RunRecovery:
    """Re-queues and ends runs without a live worker."""

    def __init__(self, queue: RunQueue, status_store: RunStatusStore) -> None:
        self._queue = queue
        self._status_store = status_store

    async def release(self, state: RunState, token: str) -> bool:
        """Re-queue the run of a worker that stops; return False if the worker no longer owns it."""

        async def change(row: PipelineRun, enqueue: Enqueue) -> None:
            for stage in state.stages.values():
                if stage.status in {"waiting", "processing"}:
                    stage.status, stage.reason, stage.percent = "pending", None, 0.0
            row.stages = to_columns(state)["stages"]
            await self._requeue(row, enqueue)

        return await self._change(state.request_id, lambda row: row.token == token, change)

    async def finish_cancelled(self, request_id: str) -> None:
        """End a run that was cancelled before a worker started it."""

        async def change(row: PipelineRun, _enqueue: Enqueue) -> None:
            _end(row, "cancelled")

        await self._change(request_id, lambda row: row.cancel_requested, change)

    async def recover_stalled(self) -> int:
        """Re-queue the runs of stalled workers and runs without a job; return their number."""
        recovered = 0
        for job in await self._queue.list_stalled():
            recovered += await self._recover(job.request_id, job.job_id)
            await self._queue.discard(job.job_id)
        async with transaction() as session:
            jobs = await runs.list_active_jobs(session)
        alive = await self._queue.filter_alive([job_id for _, job_id in jobs if job_id is not None])
        for request_id, job_id in jobs:
            if job_id not in alive:
                recovered += await self._recover(request_id, job_id)
        return recovered

    async def _recover(self, request_id: str, job_id: int | None) -> bool:
        async def change(row: PipelineRun, enqueue: Enqueue) -> None:
            row.takeovers += 1
            if row.cancel_requested:
                _end(row, "cancelled")
            elif row.takeovers >= MAX_TAKEOVERS:
                _end(row, "failed")
                error = RunAbandonedError(
                    f"the run was abandoned: {row.takeovers} workers died while processing it",
                    remedy="find the cause (out of memory, a damaged video), then retry",
                )
                row.error = RunError.from_exception(error).model_dump(mode="json")
            else:
                await self._requeue(row, enqueue)
            with log_context(
                run_id=request_id, video_id=row.video_identifier, request_id=row.http_request_id
            ):
                logger.warning("Run lost its worker", extra={"status": row.status})

        return await self._change(request_id, lambda row: row.job_id == job_id, change)

    async def _requeue(self, row: PipelineRun, enqueue: Enqueue) -> None:
        if row.cancel_requested:
            _end(row, "cancelled")
            return
        row.job_id = await enqueue()
        row.token, row.status = None, "queued"

    async def _change(
        self,
        request_id: str,
        applies: Callable[[PipelineRun], bool],
        change: Callable[[PipelineRun, Enqueue], Awaitable[None]],
    ) -> bool:
        """Change the locked row of an active run and publish the result; return whether `applies` held."""
        async with transaction() as session:
            row = await runs.get(session, request_id, lock=True)
            if row is None or row.status not in runs.ACTIVE or not applies(row):
                return False

            async def enqueue() -> int:
                return await self._queue.enqueue(
                    session,
                    request_id=request_id,
                    video_identifier=row.video_identifier,
                    kind=cast("RunKind", row.kind),
                )

            await change(row, enqueue)
            await session.flush()
            await record_end(session, kind=row.kind, video_id=row.video_identifier, status=row.status)
            state = await to_state(session, row)
            await record_run_end(session, state)
        await self._status_store.set_status(state)
        if not state.is_active:
            await self._status_store.append_history(state)
        return True


def _end(row: PipelineRun, status: RunStatus) -> None:
    row.status, row.finished_at = status, utc_now()
    active = {"waiting", "processing"}
    row.stages = {
        name: stage | {"status": status} if stage.get("status") in active else stage
        for name, stage in row.stages.items()
    }
