"""The queue of runs: Procrastinate, on the same PostgreSQL. The only module that knows it.

A job says nothing but which run is meant; everything else is in the run's row. Jobs are put in and taken out
in the transaction that changes the row, so neither is ever without the other.

Why this engine: `docs/decisions/0012-job-queue.md`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, LiteralString, Self

from procrastinate import App, Blueprint, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Status
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.exceptions import DatabaseUnavailableError
from app.database.errors import UNAVAILABLE_REMEDY, map_error
from app.database.session import CONNECTION_OPTIONS

QUEUE = "pipeline"
TASK = "pipeline:run"
SHUTDOWN_SECONDS = 2.0
"""How long a worker that is stopped lets a run go on: enough for one that is about to end."""
POLL_SECONDS = 2.0
"""How often a worker looks by itself, for when a notification was lost."""

# The library's own tables. It has no method that only reads its workers.
_COUNT_WORKERS: LiteralString = """
SELECT count(*) AS workers FROM procrastinate_workers
WHERE last_heartbeat >= NOW() - make_interval(secs => %(seconds)s)
"""

# Nor one for many jobs at once; and the runs that wait may be thousands.
_ALIVE: LiteralString = """
SELECT id FROM procrastinate_jobs WHERE id = ANY(%(ids)s) AND status IN ('todo', 'doing')
"""

Interrupted = Callable[[], bool]
"""Whether a cancelled task was cancelled because the worker stops; otherwise the user asked for it."""
Handler = Callable[[str, Interrupted], Awaitable[None]]
"""Works on the run with this request id."""


def _tasks() -> Blueprint:
    tasks = Blueprint()

    @tasks.task(name="run", queue=QUEUE, pass_context=True)
    async def run(context: JobContext, request_id: str) -> None:
        handler: Handler = context.additional_context["handler"]
        try:
            await handler(request_id, lambda: context.abort_reason() is AbortReason.SHUTDOWN)
        except asyncio.CancelledError:
            raise JobAborted from None

    return tasks


@dataclass(frozen=True)
class StalledJob:
    """A job whose worker has been silent for too long."""

    job_id: int
    request_id: str


class RunQueue:
    """Puts runs in and takes them out. Opened (`async with`) it can also work on them and look after them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        conninfo = make_url(settings.database_url).set(drivername="postgresql")
        self._app = App(
            connector=PsycopgConnector(
                conninfo=conninfo.render_as_string(hide_password=False),
                kwargs=CONNECTION_OPTIONS | {"application_name": "videomoments-worker"},
                min_size=1,
                max_size=4,
                timeout=10,
                # A worker that starts before its database keeps trying; so does one that lost it.
                reconnect_timeout=60,
            )
        )
        self._app.add_tasks_from(_tasks(), namespace="pipeline")

    async def __aenter__(self) -> Self:
        try:
            await self._app.open_async()
        except BaseException:
            await self._app.close_async()  # its pool would keep the process from ending
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._app.close_async()

    # In the caller's transaction

    async def enqueue(self, session: AsyncSession, *, request_id: str, video_identifier: str) -> int:
        """Add a job for this run, unseen before the session commits; the job's id.

        The lock lets one worker at a time near a video. That a video has only one run is the table's to say.
        """
        deferrer = self._app.configure_task(
            TASK,
            lock=f"video:{video_identifier}",
            connection=await _connection(session),
        )
        with _translated():
            return await deferrer.defer_async(request_id=request_id)

    async def cancel(self, session: AsyncSession, job_id: int) -> bool:
        """Take a waiting job out, or ask the worker of a running one to stop.

        Returns:
            Whether nobody will ever work on it: it was waiting, or is gone.
        """
        manager, connection = self._app.job_manager, await _connection(session)
        with _translated():
            if not await manager.cancel_job_by_id_async(job_id, abort=True, connection=connection):
                return True
            return await manager.get_job_status_async(job_id, connection=connection) is Status.CANCELLED

    async def count_workers(self, session: AsyncSession) -> int:
        """How many workers were heard of within `worker_stalled_after_seconds`."""
        with _translated():
            row = await self._app.connector.execute_query_one_async_with_connection(
                await _connection(session),
                _COUNT_WORKERS,
                seconds=self._settings.worker_stalled_after_seconds,
            )
        return int(row["workers"])

    # Opened

    async def run_worker(self, handler: Handler, *, name: str) -> None:
        """Work on runs until the caller is cancelled. Runs that are under way then are cancelled too."""
        await self._app.run_worker_async(
            queues=[QUEUE],
            name=name,
            concurrency=self._settings.worker_concurrency,
            update_heartbeat_interval=self._settings.worker_heartbeat_seconds,
            stalled_worker_timeout=self._settings.worker_stalled_after_seconds,
            fetch_job_polling_interval=POLL_SECONDS,
            abort_job_polling_interval=POLL_SECONDS,
            shutdown_graceful_timeout=SHUTDOWN_SECONDS,
            install_signal_handlers=False,
            delete_jobs="always",
            additional_context={"handler": handler},
        )

    async def list_stalled(self) -> list[StalledJob]:
        """The jobs of workers that have been silent for `worker_stalled_after_seconds`."""
        with _translated():
            jobs = await self._app.job_manager.get_stalled_jobs(
                queue=QUEUE, seconds_since_heartbeat=self._settings.worker_stalled_after_seconds
            )
        return [StalledJob(job.id, str(job.task_kwargs["request_id"])) for job in jobs if job.id is not None]

    async def filter_alive(self, job_ids: Collection[int]) -> set[int]:
        """Those of the jobs that wait or are somebody's."""
        with _translated():
            rows = await self._app.connector.execute_query_all_async(_ALIVE, ids=list(job_ids))
        return {row["id"] for row in rows}

    async def discard(self, job_id: int) -> None:
        """Let go of a job, and of the lock that it holds. One that is gone is no error."""
        with suppress(ConnectorException):
            await self._app.job_manager.finish_job_by_id_async(job_id, Status.FAILED, delete_job=True)


@contextmanager
def _translated() -> Iterator[None]:
    """The library's errors as ours. A worker that loses its database raises the library's own."""
    try:
        yield
    except ConnectorException as error:
        raise map_error(error.__cause__ or error) or DatabaseUnavailableError(
            "the queue cannot be reached", remedy=UNAVAILABLE_REMEDY
        ) from error


async def _connection(session: AsyncSession) -> Any:
    """The driver's connection below the session, inside its transaction."""
    raw = await (await session.connection()).get_raw_connection()
    return raw.driver_connection
