"""The worker: processes queued runs and exports, and recovers those of stalled workers.

It survives a restart of the database.
"""

import asyncio
import logging
import os
import socket
from contextlib import suppress
from typing import Protocol

from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.exceptions import VideoMomentsError
from app.services.pipeline.export_recovery import ExportRecovery
from app.services.pipeline.export_runner import ExportRunner
from app.services.pipeline.playback_runs import PlaybackRuns
from app.services.pipeline.queue import Interrupted, RunQueue
from app.services.pipeline.run_context import WorkerResources
from app.services.pipeline.run_reader import RunReader
from app.services.pipeline.run_recovery import RunRecovery
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.pipeline.runner import Runner
from app.services.pipeline.work_dir import remove_stale

logger = logging.getLogger(__name__)

RECOVERY_SECONDS = 3.0
"""Interval of the check for stalled workers."""
SEARCH_SECONDS = 3.0
"""Interval of the search for videos that need a playback copy; one query on a partial index if none does."""
RECONNECT_SECONDS = 2.0
"""Delay before a worker connects to the queue again."""


class BulkJobs(Protocol):
    """Carries out actions on many videos; see `app.services.bulk.runner`."""

    async def __call__(self, operation_id: str, interrupted: Interrupted) -> None: ...

    async def recover_stalled(self, queue: RunQueue) -> int: ...


async def run_worker(
    resources: WorkerResources,
    status_store: RunStatusStore,
    stop: asyncio.Event,
    bulk: BulkJobs | None = None,
) -> None:
    """Process runs until `stop` is set; active runs are then queued again."""
    await run_in_thread(remove_stale, resources.settings)
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            working = asyncio.create_task(_work(resources, status_store, stop, bulk))
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            working.cancel()
            await _log_error(working)
            if not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), RECONNECT_SECONDS)
    finally:
        stopping.cancel()


async def _work(
    resources: WorkerResources,
    status_store: RunStatusStore,
    stop: asyncio.Event,
    bulk: BulkJobs | None,
) -> None:
    name = f"{socket.gethostname()}:{os.getpid()}"
    async with RunQueue(resources.settings) as queue:
        if stop.is_set():  # before Python 3.12, a cancellation that arrives with the connection is lost
            return
        recovery, export_recovery = RunRecovery(queue, status_store), ExportRecovery(queue)
        export_runner = ExportRunner(
            resources.settings, resources.uploader, resources.transcripts, export_recovery
        )
        copies = PlaybackRuns(
            resources.settings, queue, status_store, RunReader(resources.settings, status_store)
        )
        recovering = asyncio.create_task(_recover_stalled(queue, recovery, export_recovery, bulk))
        searching = asyncio.create_task(_queue_missing_copies(copies))
        try:
            logger.info("Worker ready", extra={"worker": name})
            runner = Runner(resources, status_store, recovery)
            await queue.run_worker(runner, export_runner, bulk, name=name)
        finally:
            await cancel_and_wait(recovering, searching)
            await export_runner.close()


async def _log_error(working: "asyncio.Task[None]") -> None:
    try:
        await working
    except asyncio.CancelledError:
        pass
    except Exception as error:  # noqa: BLE001 - the worker reconnects after any error
        logger.warning("Queue unavailable: %s", error)


async def _recover_stalled(
    queue: RunQueue, recovery: RunRecovery, export_recovery: ExportRecovery, bulk: BulkJobs | None
) -> None:
    while True:
        try:
            await recovery.recover_stalled()
            await export_recovery.recover_stalled()
            if bulk is not None:
                await bulk.recover_stalled(queue)
        except VideoMomentsError as error:
            logger.warning("Stalled-worker check failed: %s", error.cause)
        await asyncio.sleep(RECOVERY_SECONDS)


async def _queue_missing_copies(copies: PlaybackRuns) -> None:
    while True:
        try:
            while await copies.queue_missing():
                pass
        except VideoMomentsError as error:
            logger.warning("Search for missing playback copies failed: %s", error.cause)
        await asyncio.sleep(SEARCH_SECONDS)
