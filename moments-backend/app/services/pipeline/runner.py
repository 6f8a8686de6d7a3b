"""The one loop over the stages: status, tries, time limits, cancellation, and what errors become."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar
from uuid import uuid4

from app.core.concurrency import cancel_and_wait
from app.core.exceptions import (
    DatabaseError,
    InternalError,
    RunOwnershipLostError,
    StageTimeoutError,
    VideoMomentsError,
)
from app.database.session import transaction
from app.models.pipeline import RunState, RunStatus, StageState, StageStatus
from app.repositories import pipeline_run_repository as runs
from app.services.library.titles import title_from
from app.services.pipeline.orchestrator import STAGES, Stage, should_skip_stage
from app.services.pipeline.queue import Interrupted
from app.services.pipeline.run_context import RunContext, WorkerResources
from app.services.pipeline.run_mapper import to_columns, to_error, to_state, utc_now
from app.services.pipeline.run_recovery import RunRecovery
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.pipeline.status_publisher import ThrottledStatusPublisher
from app.services.pipeline.work_dir import work_dir

logger = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE_SECONDS = 1.0
"""Before the second try; four times as long before each further one."""
RECORD_SECONDS = 120.0
"""How long a worker waits for a database that went away, before it lets go of the run."""
KEEP_SHARE = 3
"""The lock is renewed so many times in its life."""


class Runner:
    """Takes runs from the queue to their end. One for a worker; it holds no state of a run."""

    def __init__(self, tools: WorkerResources, live: RunStatusStore, handover: RunRecovery) -> None:
        self._tools = tools
        self._live = live
        self._handover = handover

    async def __call__(self, request_id: str, interrupted: Interrupted) -> None:
        """Work on one run, from the stage it is at. Errors end in its state, not here."""
        token = uuid4().hex
        begun = await _retry_database(lambda: self._begin(request_id, token))
        if begun is None:
            await self._handover.finish_cancelled(request_id)
            return
        state, fetch_url = begun
        await self._live.acquire(state.video_id, token)
        logger.info("run begins", extra={"video": state.video_id, "request": request_id})
        try:
            async with (
                ThrottledStatusPublisher(self._live, state, token) as show,
                work_dir(self._tools.settings, f"{request_id}-{token[:8]}") as folder,
            ):
                run = RunContext(self._tools, state, token, folder, show, fetch_url)
                async with self._lock_renewal(run):
                    await self._work(run)
        except RunOwnershipLostError as error:
            logger.warning("%s", error.cause, extra={"video": state.video_id})
            return
        except asyncio.CancelledError:
            ending = self._cancelled(state, token, interrupted=interrupted())
            await _shielded(ending)
            raise
        except Exception as error:  # noqa: BLE001 - this is where every error of a run ends
            await self._failed(state, token, _named(error, state))
        else:
            await self._end(state, token, "completed")

    async def _begin(self, request_id: str, token: str) -> tuple[RunState, str | None] | None:
        async with transaction() as session:
            row = await runs.claim(session, request_id, token)
            return None if row is None else (await to_state(session, row), row.fetch_url)

    # The loop

    async def _work(self, run: RunContext) -> None:
        for stage in STAGES:
            await self._run_stage(stage, run)

    async def _run_stage(self, stage: Stage, run: RunContext) -> None:
        """One stage, with its tries."""
        run.state.current_stage = stage.name
        state = run.state.stages[stage.name]
        for tries_left in reversed(range(stage.tries)):
            try:
                reason = await should_skip_stage(stage, run)
                if reason is not None:
                    await self._skipped(run, state, reason)
                    return
                await self._attempt(stage, run, state)
                return  # noqa: TRY300 - the way out of the loop
            except VideoMomentsError as error:
                if isinstance(error, RunOwnershipLostError):
                    raise
                state.error = to_error(error)
                if not error.retryable or not tries_left:
                    raise
                logger.info(
                    "a try failed: %s", error.cause, extra={"video": run.video_id, "stage": stage.name}
                )
                state.reason = f"trying again: {error.cause}"
                run.show()
            await asyncio.sleep(_pause(stage.tries - tries_left))

    async def _attempt(self, stage: Stage, run: RunContext, state: StageState) -> None:
        row = await run.video()
        if row is not None:  # it came with an earlier stage, or has been renamed
            run.state.title = row.title or title_from(run.video_id)
        limit = stage.timeout.of(row.duration_seconds if row else None)
        if stage.limit is not None and run.tools.limits.is_taken(stage.limit):
            _begin_stage(state, "waiting", f"waits for {stage.limit.value}")
            run.show()
        async with run.tools.limits.acquire(stage.limit):
            _begin_stage(state, "processing", None)
            state.attempts += 1
            await self._record(run)
            began = asyncio.get_running_loop().time()
            watch = asyncio.timeout(limit)
            try:
                async with watch:
                    reason = await stage.work(run)
            except TimeoutError as error:
                if watch.expired():
                    raise StageTimeoutError(stage.name, limit) from error
                raise
            finally:
                worked = asyncio.get_running_loop().time() - began
                state.seconds = round((state.seconds or 0) + worked, 3)
        if reason is not None:
            await self._skipped(run, state, reason)
            return
        state.status, state.reason, state.error = "completed", None, None
        state.percent, state.completed_at = 100.0, utc_now()
        await self._record(run)

    async def _skipped(self, run: RunContext, state: StageState, reason: str) -> None:
        """Nothing to do; unless it is because this very run, in other hands, did it before."""
        state.error = None
        if state.status == "completed":
            return
        state.status, state.reason, state.completed_at = "skipped", reason, utc_now()
        state.started_at = state.started_at or state.completed_at
        await self._record(run)

    # What is written

    async def _record(self, run: RunContext) -> None:
        """Raises:
        RunOwnershipLostError: another worker has the run.
        CancelledError: its user has cancelled it, and the word of that did not come through.
        """
        columns: dict[str, str | None] = {"fetch_url": run.fetch_url}
        if run.moments_key is not None:
            columns["moments_key"] = run.moments_key
        is_cancelled = await _retry_database(lambda: self._write(run.state, run.token, **columns))
        run.show()
        if is_cancelled:
            raise asyncio.CancelledError

    async def _write(self, state: RunState, token: str, **columns: str | None) -> bool:
        """Whether the run is to be cancelled."""
        async with transaction() as session:
            is_cancelled = await runs.save(session, state.request_id, token, **to_columns(state), **columns)
        if is_cancelled is None:
            raise RunOwnershipLostError(
                f"run {state.request_id} of {state.video_id!r} is another worker's now"
            )
        return is_cancelled

    async def _end(self, state: RunState, token: str, status: RunStatus) -> None:
        """The run's last state: first where it lasts, then where it is looked at."""
        state.status, state.finished_at = status, utc_now()
        if status == "completed":
            state.current_stage = None
        try:
            await _retry_database(lambda: self._write(state, token))
        except RunOwnershipLostError:
            return
        await self._live.publish(state, token)
        await self._live.append_history(state)
        await self._live.release(state.video_id, token)
        logger.info("run %s", status, extra={"video": state.video_id, "request": state.request_id})

    async def _failed(self, state: RunState, token: str, error: VideoMomentsError) -> None:
        state.error = to_error(error)
        _stop_stage(state, "failed")
        if state.current_stage is not None:
            state.stages[state.current_stage].error = state.error
        logger.warning("%s", error.cause, extra={"video": state.video_id, "stage": state.current_stage})
        await self._end(state, token, "failed")

    async def _cancelled(self, state: RunState, token: str, *, interrupted: bool) -> None:
        """By its user; or because this worker stops, and then others go on with it."""
        if not interrupted:
            _stop_stage(state, "cancelled")
            await self._end(state, token, "cancelled")
        elif await self._handover.release(state, token):
            await self._live.release(state.video_id, token)

    @asynccontextmanager
    async def _lock_renewal(self, run: RunContext) -> AsyncIterator[None]:
        """Renews the lock during the block, and ends the block when somebody else has it.

        Raises:
            RunOwnershipLostError.
        """
        work = asyncio.current_task()
        assert work is not None  # noqa: S101 - there is one inside a coroutine
        lost = False

        async def renew() -> None:
            nonlocal lost
            while True:
                await asyncio.sleep(self._tools.settings.job_lock_ttl / KEEP_SHARE)
                if not await self._live.renew(run.video_id, run.token):
                    lost = True
                    work.cancel()

        renewing = asyncio.create_task(renew())
        try:
            yield
        except asyncio.CancelledError:
            if not lost:
                raise
            work.uncancel()
            raise RunOwnershipLostError(f"the lock of {run.video_id!r} is another worker's now") from None
        finally:
            await cancel_and_wait(renewing)


def _named(error: Exception, state: RunState) -> VideoMomentsError:
    if isinstance(error, VideoMomentsError):
        return error
    logger.error("unexpected error", extra={"video": state.video_id}, exc_info=error)
    return InternalError(f"unexpected {type(error).__name__}; see the worker's log", remedy="retry the run")


def _begin_stage(state: StageState, status: StageStatus, reason: str | None) -> None:
    state.status, state.reason = status, reason
    state.started_at = state.started_at or utc_now()
    state.completed_at, state.percent = None, 0.0


def _stop_stage(state: RunState, status: StageStatus) -> None:
    if state.current_stage is not None:
        stage = state.stages[state.current_stage]
        stage.status, stage.reason, stage.completed_at = status, None, utc_now()


def _pause(failures: int) -> float:
    return float(FIRST_PAUSE_SECONDS * 4 ** (failures - 1) * random.uniform(0.8, 1.2))  # noqa: S311 - no secret


async def _retry_database(write: Callable[[], Awaitable[T]]) -> T:
    """Do what needs the database, also when that is away for a while.

    Raises:
        DatabaseError: it is still away after `RECORD_SECONDS`. The run stays as it was written last, and is
            taken up again from there.
    """
    deadline = asyncio.get_running_loop().time() + RECORD_SECONDS
    while True:
        try:
            return await write()
        except DatabaseError as error:
            if not error.retryable or asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(1.0)


async def _shielded(ending: Awaitable[None]) -> None:
    """See it through, also when we are cancelled again."""
    task = asyncio.ensure_future(ending)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()
