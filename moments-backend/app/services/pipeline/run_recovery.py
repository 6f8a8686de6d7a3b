"""What happens to a run that loses its worker: it goes on in other hands, and is given up at some point.

Every worker looks after the runs of all the others. Two that find the same silent worker do no harm: the
run's row is locked while one of them changes it, and the other one finds it changed.
"""

import logging
from collections.abc import Awaitable, Callable

from app.core.exceptions import RunAbandonedError
from app.database.models import PipelineRun
from app.database.session import transaction
from app.models.pipeline import RunState, RunStatus
from app.repositories import pipeline_run_repository as runs
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.run_mapper import to_columns, to_error, to_state, utc_now
from app.services.pipeline.run_status_store import RunStatusStore

logger = logging.getLogger(__name__)

MAX_TAKEOVERS = 5
"""A run that has ended so many workers is given up: it will end the next one as well."""


class RunRecovery:
    def __init__(self, queue: RunQueue, live: RunStatusStore) -> None:
        self._queue = queue
        self._live = live

    async def release(self, state: RunState, token: str) -> bool:
        """Put a run that its worker must leave back into the queue; False when it was not the worker's."""

        async def change(row: PipelineRun, put: Callable[[], Awaitable[int]]) -> None:
            for stage in state.stages.values():
                if stage.status in {"waiting", "processing"}:
                    stage.status, stage.reason, stage.percent = "pending", None, 0.0
            row.stages = to_columns(state)["stages"]
            await self._requeue(row, put)

        return await self._change(state.request_id, lambda row: row.token == token, change)

    async def finish_cancelled(self, request_id: str) -> None:
        """End a run that was to be cancelled before a worker had begun with it."""

        async def change(row: PipelineRun, _put: Callable[[], Awaitable[int]]) -> None:
            _end(row, "cancelled")

        await self._change(request_id, lambda row: row.cancel_requested, change)

    async def recover_stalled(self) -> int:
        """Put the runs of silent workers, and runs without a job, back into the queue; how many."""
        taken = 0
        for job in await self._queue.list_stalled():
            taken += await self._release(job.request_id, job.job_id)
            await self._queue.discard(job.job_id)
        async with transaction() as session:
            jobs = await runs.list_active_jobs(session)
        alive = await self._queue.filter_alive([job_id for _, job_id in jobs if job_id is not None])
        for request_id, job_id in jobs:
            if job_id not in alive:
                taken += await self._release(request_id, job_id)
        return taken

    async def _release(self, request_id: str, job_id: int | None) -> bool:
        async def change(row: PipelineRun, put: Callable[[], Awaitable[int]]) -> None:
            row.takeovers += 1
            if row.cancel_requested:
                _end(row, "cancelled")
            elif row.takeovers >= MAX_TAKEOVERS:
                _end(row, "failed")
                error = RunAbandonedError(
                    f"the run has ended {row.takeovers} workers, each without a word",
                    remedy="look for what ended them (memory, a damaged video), then retry",
                )
                row.error = to_error(error).model_dump(mode="json")
            else:
                await self._requeue(row, put)
            logger.warning(
                "a run has lost its worker",
                extra={"video": row.video_identifier, "request": request_id, "status": row.status},
            )

        return await self._change(request_id, lambda row: row.job_id == job_id, change)

    async def _requeue(self, row: PipelineRun, put: Callable[[], Awaitable[int]]) -> None:
        if row.cancel_requested:
            _end(row, "cancelled")
            return
        row.job_id = await put()
        row.token, row.status = None, "queued"

    async def _change(
        self,
        request_id: str,
        applies: Callable[[PipelineRun], bool],
        change: Callable[[PipelineRun, Callable[[], Awaitable[int]]], Awaitable[None]],
    ) -> bool:
        """Change an active run's row under its lock, and show what became of it; whether it applied."""
        async with transaction() as session:
            row = await runs.get(session, request_id, lock=True)
            if row is None or row.status not in runs.ACTIVE or not applies(row):
                return False

            async def put() -> int:
                return await self._queue.enqueue(
                    session, request_id=request_id, video_identifier=row.video_identifier
                )

            await change(row, put)
            await session.flush()
            state = await to_state(session, row)
        await self._live.set_status(state)
        if not state.is_active:
            await self._live.append_history(state)
        return True


def _end(row: PipelineRun, status: RunStatus) -> None:
    row.status, row.finished_at = status, utc_now()
    ended = {"waiting", "processing"}
    row.stages = {
        name: stage | {"status": status} if stage.get("status") in ended else stage
        for name, stage in row.stages.items()
    }
