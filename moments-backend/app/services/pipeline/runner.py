"""The loop over the stages: status, attempts, timeouts, cancellation and errors."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple
from uuid import uuid4

from app.core.clock import utc_now
from app.core.concurrency import ended_by
from app.core.exceptions import (
    RunOwnershipLostError,
    StageTimeoutError,
    VideoMomentsError,
)
from app.core.metrics import FINISHED_RUNS, FINISHED_STAGES, STAGE_RETRIES, STAGE_SECONDS
from app.core.request_context import log_context
from app.core.retry import RetryPolicy
from app.database.session import transaction
from app.models.pipeline import RunError, RunState, RunStatus, StageState, StageStatus
from app.repositories import pipeline_run_repository as runs
from app.services.library.titles import title_from
from app.services.pipeline.job_outcome import as_domain_error, retry_database, shielded
from app.services.pipeline.orchestrator import STAGES_OF, Stage, should_skip_stage
from app.services.pipeline.playback_outcome import record_end
from app.services.pipeline.queue import Interrupted
from app.services.pipeline.run_context import RunContext, WorkerResources, ownership_lost
from app.services.pipeline.run_events import record_run_end
from app.services.pipeline.run_mapper import to_columns, to_state
from app.services.pipeline.run_recovery import RunRecovery
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.pipeline.status_publisher import ThrottledStatusPublisher
from app.services.pipeline.work_dir import work_dir

logger = logging.getLogger(__name__)

RETRY_DELAY_SECONDS = 1.0
"""Delay before the second attempt of a stage; four times as long before each further one."""
RENEWALS_PER_TTL = 3
"""Renewals of the lock within its lifetime."""


class _ClaimedRun(NamedTuple):
    """A run that this worker owns, with the columns that are not part of its state."""

    state: RunState
    fetch_url: str | None
    http_request_id: str | None


class Runner:
    """Processes runs to their end. A worker has one; it keeps no state of a run."""

    def __init__(
        self, resources: WorkerResources, status_store: RunStatusStore, recovery: RunRecovery
    ) -> None:
        self._resources = resources
        self._status_store = status_store
        self._recovery = recovery

    async def __call__(self, request_id: str, interrupted: Interrupted) -> None:
        """Process one run from its current stage. Errors are recorded in its state, not raised."""
        with log_context(run_id=request_id):
            token = uuid4().hex
            claimed = await retry_database(lambda: self._claim(request_id, token))
            if claimed is None:
                await self._recovery.finish_cancelled(request_id)
                return
            with log_context(video_id=claimed.state.video_id, request_id=claimed.http_request_id):
                await self._process(claimed.state, token, claimed.fetch_url, interrupted)

    async def _process(
        self, state: RunState, token: str, fetch_url: str | None, interrupted: Interrupted
    ) -> None:
        await self._status_store.acquire(state.video_id, token, state.kind)
        logger.info("Run started")
        try:
            async with (
                ThrottledStatusPublisher(self._status_store, state, token) as publish,
                work_dir(self._resources.settings, f"{state.request_id}-{token[:8]}") as folder,
            ):
                run = RunContext(self._resources, state, token, folder, publish, fetch_url)
                async with self._lock_renewal(run):
                    for stage in STAGES_OF[state.kind]:
                        await self._run_stage(stage, run)
        except RunOwnershipLostError as error:
            logger.warning("%s", error.cause)
            return
        except asyncio.CancelledError:
            await shielded(self._cancelled(state, token, interrupted=interrupted()))
            raise
        except Exception as error:  # noqa: BLE001 - every error of a run ends here
            await self._failed(state, token, as_domain_error(error))
        else:
            await self._end(state, token, "completed")

    async def _claim(self, request_id: str, token: str) -> _ClaimedRun | None:
        async with transaction() as session:
            row = await runs.claim(session, request_id, token)
            if row is None:
                return None
            return _ClaimedRun(await to_state(session, row), row.fetch_url, row.http_request_id)

    # Stages

    async def _run_stage(self, stage: Stage, run: RunContext) -> None:
        run.state.current_stage = stage.name
        state = run.state.stages[stage.name]

        async def skip_or_attempt() -> None:
            reason = await should_skip_stage(stage, run)
            if reason is not None:
                await self._skipped(run, state, reason)
            else:
                await self._attempt(stage, run, state)

        def on_retry(error: BaseException, _failures: int) -> None:
            assert isinstance(error, VideoMomentsError)  # noqa: S101 - the condition for a retry
            state.error, state.reason = RunError.from_exception(error), f"retrying: {error.cause}"
            logger.info("Attempt failed: %s", error.cause, extra={"stage": stage.name})
            STAGE_RETRIES.labels(stage.name).inc()
            run.publish()

        policy = RetryPolicy(stage.attempts, base_delay=RETRY_DELAY_SECONDS, factor=4.0, jitter=(0.8, 1.2))
        await policy.async_retrying(_is_retryable, on_retry=on_retry)(skip_or_attempt)

    async def _attempt(self, stage: Stage, run: RunContext, state: StageState) -> None:
        row = await run.video()
        if row is not None:  # an earlier stage may have registered the video, or a user renamed it
            run.state.title = row.title or title_from(run.video_id)
        timeout = stage.timeout.of(row.duration_seconds if row else None)
        limits = run.resources.limits
        if stage.resource is not None and limits.is_exhausted(stage.resource):
            _start_stage(state, "waiting", f"waiting for {stage.resource.value}")
            run.publish()
        async with limits.acquire(stage.resource):
            _start_stage(state, "processing", None)
            run.notice = None
            state.attempts += 1
            await self._record(run)
            started = asyncio.get_running_loop().time()
            deadline = asyncio.timeout(timeout)
            try:
                async with deadline:
                    reason = await stage.execute(run)
            except TimeoutError as error:
                if deadline.expired():
                    raise StageTimeoutError(stage.name, timeout) from error
                raise
            finally:
                elapsed = asyncio.get_running_loop().time() - started
                state.seconds = round((state.seconds or 0) + elapsed, 3)
                STAGE_SECONDS.labels(stage.name).observe(elapsed)
        if reason is not None:
            await self._skipped(run, state, reason)
            return
        state.status, state.reason, state.error = "completed", run.notice, None
        state.percent, state.completed_at = 100.0, utc_now()
        await self._record(run)
        FINISHED_STAGES.labels(stage.name, "completed").inc()

    async def _skipped(self, run: RunContext, state: StageState, reason: str) -> None:
        """Record that a stage was skipped, unless an earlier worker completed it in this run."""
        state.error = None
        if state.status == "completed":
            return
        state.status, state.reason, state.completed_at = "skipped", reason, utc_now()
        state.started_at = state.started_at or state.completed_at
        await self._record(run)
        FINISHED_STAGES.labels(run.state.current_stage, "skipped").inc()

    # Recording

    async def _record(self, run: RunContext) -> None:
        """Save the run's state to its row, and publish it.

        Raises:
            RunOwnershipLostError: another worker owns the run.
            CancelledError: the user cancelled the run, and the notification was lost.
        """
        columns: dict[str, str | None] = {"fetch_url": run.fetch_url}
        if run.moments_key is not None:
            columns["moments_key"] = run.moments_key
        is_cancelled = await retry_database(lambda: self._save(run.state, run.token, **columns))
        run.publish()
        if is_cancelled:
            raise asyncio.CancelledError

    async def _save(self, state: RunState, token: str, **columns: str | None) -> bool:
        """Save the row, and return whether cancellation is requested."""
        async with transaction() as session:
            is_cancelled = await runs.save(session, state.request_id, token, **to_columns(state), **columns)
            if is_cancelled is not None:
                await record_end(session, kind=state.kind, video_id=state.video_id, status=state.status)
                await record_run_end(session, state)
        if is_cancelled is None:
            raise ownership_lost(state)
        return is_cancelled

    async def _end(self, state: RunState, token: str, status: RunStatus) -> None:
        """Save the final state, then publish it."""
        state.status, state.finished_at = status, utc_now()
        if status == "completed":
            state.current_stage = None
        try:
            await retry_database(lambda: self._save(state, token))
        except RunOwnershipLostError:
            return
        await self._status_store.publish(state, token)
        await self._status_store.append_history(state)
        await self._status_store.release(state.video_id, token, state.kind)
        FINISHED_RUNS.labels(status).inc()
        logger.info("Run %s", status)

    async def _failed(self, state: RunState, token: str, error: VideoMomentsError) -> None:
        state.error = RunError.from_exception(error)
        _stop_stage(state, "failed")
        if state.current_stage is not None:
            state.stages[state.current_stage].error = state.error
        logger.warning("%s", error.cause, extra={"stage": state.current_stage})
        await self._end(state, token, "failed")

    async def _cancelled(self, state: RunState, token: str, *, interrupted: bool) -> None:
        """End a run that its user cancelled; release one whose worker shuts down."""
        if not interrupted:
            _stop_stage(state, "cancelled")
            await self._end(state, token, "cancelled")
        elif await self._recovery.release(state, token):
            await self._status_store.release(state.video_id, token, state.kind)

    @asynccontextmanager
    async def _lock_renewal(self, run: RunContext) -> AsyncIterator[None]:
        """Renew the lock during the block, and end the block if another worker holds it."""

        async def renew() -> RunOwnershipLostError:
            interval = self._resources.settings.job_lock_ttl / RENEWALS_PER_TTL
            while True:
                await asyncio.sleep(interval)
                if not await self._status_store.renew(run.video_id, run.token, run.state.kind):
                    return ownership_lost(run.state)

        async with ended_by(renew):
            yield


def _is_retryable(error: BaseException) -> bool:
    is_lost = isinstance(error, RunOwnershipLostError)
    return isinstance(error, VideoMomentsError) and error.retryable and not is_lost


def _start_stage(state: StageState, status: StageStatus, reason: str | None) -> None:
    state.status, state.reason = status, reason
    state.started_at = state.started_at or utc_now()
    state.completed_at, state.percent = None, 0.0


def _stop_stage(state: RunState, status: StageStatus) -> None:
    if state.current_stage is not None:
        FINISHED_STAGES.labels(state.current_stage, status).inc()
        stage = state.stages[state.current_stage]
        stage.status, stage.reason, stage.completed_at = status, None, utc_now()
