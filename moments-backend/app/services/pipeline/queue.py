"""The queue of runs, on Procrastinate and the same PostgreSQL; the only module that uses its library.

A job holds only the id of its run; everything else is in the run's row. Jobs are added and cancelled in the
transaction that changes the row, so that both always agree.

Every worker processes four queues. Runs that a user waits for have `WORKER_CONCURRENCY` slots; background
runs, exports and actions on many videos have slots of their own, so that a long copy never delays a run that
arrives later.

See `docs/decisions/0012-job-queue.md` and `docs/decisions/0022-run-kinds-and-playback-copies.md`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, LiteralString, Self

from procrastinate import App, Blueprint, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.concurrency import await_uncancellable
from app.core.config import Settings
from app.core.exceptions import DatabaseUnavailableError
from app.database.errors import UNAVAILABLE_REMEDY, map_error
from app.database.session import CONNECTION_OPTIONS
from app.models.pipeline import RunKind

QUEUE, BACKGROUND_QUEUE, EXPORT_QUEUE, BULK_QUEUE = "pipeline", "background", "exports", "bulk"
BACKGROUND_SLOTS = 1
"""Concurrent background jobs per worker."""
EXPORT_SLOTS = 1
"""Concurrent exports per worker; each encodes with all cores."""
BULK_SLOTS = 2
"""Concurrent actions on many videos per worker: a deletion does not wait for a long queue of downloads."""
TASK, EXPORT_TASK, BULK_TASK = "pipeline:run", "pipeline:export", "pipeline:bulk"
SHUTDOWN_SECONDS = 2.0
"""Time a stopped worker gives its runs, enough for one that is about to end."""
POLL_SECONDS = 2.0
"""Polling interval of a worker, in case a notification is lost."""

# Tables of the library, which has no method to read its workers.
_COUNT_WORKERS: LiteralString = """
SELECT count(*) AS workers FROM procrastinate_workers
WHERE last_heartbeat >= NOW() - make_interval(secs => %(seconds)s)
"""

# The library reads one job at a time, and thousands may be queued.
_FILTER_ALIVE: LiteralString = """
SELECT id FROM procrastinate_jobs WHERE id = ANY(%(ids)s) AND status IN ('todo', 'doing')
"""


@dataclass(frozen=True)
class _JobClass:
    """Queue, lock and priority of the jobs of one kind; higher priorities come first within a queue."""

    queue: str
    lock: str
    priority: int


_JOB_CLASSES: dict[RunKind, _JobClass] = {
    "moments": _JobClass(QUEUE, "video", 0),
    "playback": _JobClass(BACKGROUND_QUEUE, "playback", -20),
}
REQUESTED_PRIORITY = 10
"""Added to the priority of background jobs that a user requested, ahead of those queued automatically."""

Interrupted = Callable[[], bool]
"""Returns whether a cancelled task was cancelled by the worker's shutdown rather than by the user."""
Handler = Callable[[str, Interrupted], Awaitable[None]]
"""Processes the run with this request id, or the export or operation with this id."""


class _OneRegistration(JobManager):
    """Registers all loops of a worker under one id, so that a worker counts once and stalls as a whole."""

    _loops = 0
    _registration: "asyncio.Future[int]"

    async def register_worker(self) -> int:
        self._loops += 1
        if self._loops == 1:
            self._registration = asyncio.ensure_future(super().register_worker())
        try:
            return await asyncio.shield(self._registration)
        except BaseException:
            self._loops -= 1
            raise

    async def unregister_worker(self, worker_id: int) -> None:
        self._loops -= 1
        if not self._loops:
            await super().unregister_worker(worker_id)


def _tasks() -> Blueprint:
    tasks = Blueprint()

    @tasks.task(name="run", queue=QUEUE, pass_context=True)
    async def run(context: JobContext, request_id: str) -> None:
        await handle(context, request_id)

    @tasks.task(name="export", queue=EXPORT_QUEUE, pass_context=True)
    async def export(context: JobContext, request_id: str) -> None:
        await handle(context, request_id)

    @tasks.task(name="bulk", queue=BULK_QUEUE, pass_context=True)
    async def bulk(context: JobContext, request_id: str) -> None:
        await handle(context, request_id)

    async def handle(context: JobContext, request_id: str) -> None:
        handler: Handler = context.additional_context["handler"]
        try:
            await handler(request_id, lambda: context.abort_reason() is AbortReason.SHUTDOWN)
        except asyncio.CancelledError:
            raise JobAborted from None

    return tasks


@dataclass(frozen=True)
class StalledJob:
    """A job whose worker sends no heartbeats; `request_id` is the id of its run, export or operation."""

    job_id: int
    request_id: str


class RunQueue:
    """Queues and cancels runs; while open (`async with`), it also processes and inspects them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        conninfo = make_url(settings.database_url).set(drivername="postgresql")
        self._app = App(
            connector=PsycopgConnector(
                conninfo=conninfo.render_as_string(hide_password=False),
                kwargs=CONNECTION_OPTIONS | {"application_name": "videomoments-worker"},
                min_size=1,
                max_size=8,  # each of the four loops holds one to receive notifications
                timeout=10,
                # Applies to a worker that starts before its database, and to one that loses it.
                reconnect_timeout=60,
            )
        )
        self._app.job_manager = _OneRegistration(self._app.connector)
        self._app.add_tasks_from(_tasks(), namespace="pipeline")

    async def __aenter__(self) -> Self:
        try:
            await self._app.open_async()
        except BaseException:
            await self._app.close_async()  # an open pool keeps the process alive
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._app.close_async()

    # Methods in the caller's transaction

    async def enqueue(
        self,
        session: AsyncSession,
        *,
        request_id: str,
        video_identifier: str,
        kind: RunKind = "moments",
        is_requested: bool = False,
    ) -> int:
        """Add a job for the run and return its id; workers see it once the session commits.

        The lock allows one worker per video and kind. A unique index of the table allows one active run.

        Args:
            is_requested: a user asked for this background job, which comes before automatic ones.
        """
        job = _JOB_CLASSES[kind]
        is_preferred = is_requested and job.queue == BACKGROUND_QUEUE
        deferrer = self._app.configure_task(
            TASK,
            queue=job.queue,
            lock=f"{job.lock}:{video_identifier}",
            priority=job.priority + (REQUESTED_PRIORITY if is_preferred else 0),
            connection=await _connection(session),
        )
        with _mapped_errors():
            return await deferrer.defer_async(request_id=request_id)

    async def enqueue_exports(self, session: AsyncSession, export_ids: Sequence[str]) -> list[int]:
        """Add a job for each export and return their ids; workers see them once the session commits.

        The lock makes a new job of an export wait until the worker of its cancelled one has stopped.
        """
        jobs = [
            self._app.configure_task(
                EXPORT_TASK, queue=EXPORT_QUEUE, lock=f"export:{export_id}"
            ).make_new_job(request_id=export_id)
            for export_id in export_ids
        ]
        connection = await _connection(session)
        with _mapped_errors():
            added = await self._app.job_manager.batch_defer_jobs_async(jobs, connection=connection)
        return [job.id for job in added if job.id is not None]

    async def enqueue_bulk(self, session: AsyncSession, operation_id: str) -> int:
        """Add the job of an action on many videos and return its id."""
        deferrer = self._app.configure_task(
            BULK_TASK,
            queue=BULK_QUEUE,
            lock=f"bulk:{operation_id}",
            connection=await _connection(session),
        )
        with _mapped_errors():
            return await deferrer.defer_async(request_id=operation_id)

    async def cancel(self, session: AsyncSession, job_id: int) -> bool:
        """Cancel a queued job, or ask the worker of a running one to stop.

        Returns:
            True if no worker will process the job: it was queued, or no longer exists.
        """
        manager, connection = self._app.job_manager, await _connection(session)
        with _mapped_errors():
            if not await manager.cancel_job_by_id_async(job_id, abort=True, connection=connection):
                return True
            return await manager.get_job_status_async(job_id, connection=connection) is Status.CANCELLED

    async def withdraw(self, session: AsyncSession, job_id: int) -> bool:
        """Cancel a job that no worker has started; return whether it was one."""
        manager, connection = self._app.job_manager, await _connection(session)
        with _mapped_errors():
            return await manager.cancel_job_by_id_async(job_id, connection=connection)

    async def count_workers(self, session: AsyncSession) -> int:
        """Return how many workers sent a heartbeat within `WORKER_STALLED_AFTER_SECONDS`."""
        with _mapped_errors():
            row = await self._app.connector.execute_query_one_async_with_connection(
                await _connection(session),
                _COUNT_WORKERS,
                seconds=self._settings.worker_stalled_after_seconds,
            )
        return int(row["workers"])

    # Methods of an open queue

    async def run_worker(
        self, handler: Handler, export_handler: Handler, bulk_handler: Handler | None = None, *, name: str
    ) -> None:
        """Process runs, exports and operations until the caller is cancelled, which cancels them too."""
        slots: tuple[tuple[Handler, str, int], ...] = (
            (handler, QUEUE, self._settings.worker_concurrency),
            (handler, BACKGROUND_QUEUE, BACKGROUND_SLOTS),
            (export_handler, EXPORT_QUEUE, EXPORT_SLOTS),
        )
        if bulk_handler is not None:
            slots += ((bulk_handler, BULK_QUEUE, BULK_SLOTS),)
        loops = [
            asyncio.create_task(self._run_loop(process, name, queue, concurrency))
            for process, queue, concurrency in slots
        ]
        try:
            await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for loop in loops:
                loop.cancel()  # once: a second time would cut the library's own shutdown short
            await await_uncancellable(asyncio.gather(*loops, return_exceptions=True))
        for loop in loops:
            if not loop.cancelled():
                loop.result()

    async def _run_loop(self, handler: Handler, name: str, queue: str, concurrency: int) -> None:
        await self._app.run_worker_async(
            queues=[queue],
            name=name,
            concurrency=concurrency,
            update_heartbeat_interval=self._settings.worker_heartbeat_seconds,
            stalled_worker_timeout=self._settings.worker_stalled_after_seconds,
            fetch_job_polling_interval=POLL_SECONDS,
            abort_job_polling_interval=POLL_SECONDS,
            shutdown_graceful_timeout=SHUTDOWN_SECONDS,
            install_signal_handlers=False,
            delete_jobs="always",
            additional_context={"handler": handler},
        )

    async def list_stalled(self, task: str = TASK) -> list[StalledJob]:
        """Return the jobs of workers without a heartbeat for `WORKER_STALLED_AFTER_SECONDS`."""
        with _mapped_errors():
            jobs = await self._app.job_manager.get_stalled_jobs(
                task_name=task, seconds_since_heartbeat=self._settings.worker_stalled_after_seconds
            )
        return [StalledJob(job.id, str(job.task_kwargs["request_id"])) for job in jobs if job.id is not None]

    async def list_stalled_bulk(self) -> list[StalledJob]:
        """Do the same as `list_stalled` for actions on many videos."""
        return await self.list_stalled(BULK_TASK)

    async def filter_alive(self, job_ids: Collection[int]) -> set[int]:
        """Return the ids of jobs that are queued or running."""
        with _mapped_errors():
            rows = await self._app.connector.execute_query_all_async(_FILTER_ALIVE, ids=list(job_ids))
        return {row["id"] for row in rows}

    async def discard(self, job_id: int) -> None:
        """Delete a job and release its lock; a missing job is ignored."""
        with suppress(ConnectorException):
            await self._app.job_manager.finish_job_by_id_async(job_id, Status.FAILED, delete_job=True)


@contextmanager
def _mapped_errors() -> Iterator[None]:
    """Map errors of the library and its driver to database errors."""
    try:
        yield
    except ConnectorException as error:
        raise map_error(error.__cause__ or error) or DatabaseUnavailableError(
            "queue unavailable", remedy=UNAVAILABLE_REMEDY
        ) from error


async def _connection(session: AsyncSession) -> Any:
    """Return the session's driver connection, inside its transaction."""
    raw = await (await session.connection()).get_raw_connection()
    return raw.driver_connection
