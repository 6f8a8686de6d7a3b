"""The worker: processes queued runs and recovers those of stalled workers; survives a database restart."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from app.ai.moments.factory import create_engine
from app.ai.transcription.factory import create_transcriber
from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.config import Settings
from app.core.exceptions import VideoMomentsError
from app.core.redis import create_redis
from app.database.session import close_db, init_db
from app.services.moments.documents import VideoDocumentStores
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.resource_limits import ResourceLimits
from app.services.pipeline.run_context import WorkerResources
from app.services.pipeline.run_recovery import RunRecovery
from app.services.pipeline.run_status_store import RunStatusStore
from app.services.pipeline.runner import Runner
from app.services.pipeline.work_dir import remove_stale
from app.services.storage.gcs_uploader import GCSUploader

logger = logging.getLogger(__name__)

RECOVERY_SECONDS = 3.0
"""Interval of the check for stalled workers."""
RECONNECT_SECONDS = 2.0
"""Delay before a worker connects to the queue again."""


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Process runs until `stop` is set; active runs are then queued again."""
    await run_in_thread(remove_stale, settings)
    name = f"{socket.gethostname()}:{os.getpid()}"
    stopping = asyncio.create_task(stop.wait())
    try:
        async with _resources(settings) as (resources, status_store):
            while not stop.is_set():
                working = asyncio.create_task(_work(settings, resources, status_store, name, stop))
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
                working.cancel()
                await _log_error(working)
                if not stop.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), RECONNECT_SECONDS)
    finally:
        stopping.cancel()


async def _work(
    settings: Settings,
    resources: WorkerResources,
    status_store: RunStatusStore,
    name: str,
    stop: asyncio.Event,
) -> None:
    async with RunQueue(settings) as queue:
        if stop.is_set():  # before Python 3.12, a cancellation that arrives with the connection is lost
            return
        recovery = RunRecovery(queue, status_store)
        recovering = asyncio.create_task(_recover_stalled(recovery))
        try:
            logger.info("Worker ready", extra={"worker": name})
            await queue.run_worker(Runner(resources, status_store, recovery), name=name)
        finally:
            await cancel_and_wait(recovering)


async def _log_error(working: "asyncio.Task[None]") -> None:
    try:
        await working
    except asyncio.CancelledError:
        pass
    except Exception as error:  # noqa: BLE001 - the worker reconnects after any error
        logger.warning("Queue unavailable: %s", error)


async def _recover_stalled(recovery: RunRecovery) -> None:
    while True:
        try:
            await recovery.recover_stalled()
        except VideoMomentsError as error:
            logger.warning("Stalled-worker check failed: %s", error.cause)
        await asyncio.sleep(RECOVERY_SECONDS)


@asynccontextmanager
async def _resources(settings: Settings) -> AsyncIterator[tuple[WorkerResources, RunStatusStore]]:
    async with AsyncExitStack() as closing:
        await init_db(settings)
        closing.push_async_callback(close_db)
        redis = create_redis(settings)
        closing.push_async_callback(redis.aclose)
        uploader = GCSUploader(settings)
        closing.push_async_callback(uploader.close)
        transcriber = create_transcriber(settings)
        closing.push_async_callback(transcriber.close)
        engine = create_engine(settings)
        closing.push_async_callback(engine.close)
        documents = VideoDocumentStores.of(settings, uploader)
        limits = ResourceLimits(settings)
        resources = WorkerResources(settings, uploader, documents, transcriber, engine, limits)
        yield resources, RunStatusStore(redis, settings)
