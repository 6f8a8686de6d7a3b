"""A worker: takes runs from the queue, looks after those of other workers, and heals by itself."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from app.ai.moments.factory import create_engine
from app.ai.transcription.factory import create_transcriber
from app.core.concurrency import cancel_and_wait
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

LOOK_SECONDS = 3.0
"""How often a worker looks for runs whose worker is silent."""
AGAIN_SECONDS = 2.0
"""How long it waits before it comes back to a database that went away."""


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Work on runs until `stop` is set; runs that are under way then go back into the queue."""
    await asyncio.to_thread(remove_stale, settings)
    name = f"{socket.gethostname()}:{os.getpid()}"
    stopping = asyncio.create_task(stop.wait())
    try:
        async with _tools(settings) as (tools, live):
            while not stop.is_set():
                working = asyncio.create_task(_work(settings, tools, live, name, stop))
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
                working.cancel()
                await _ended(working)
                if not stop.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), AGAIN_SECONDS)
    finally:
        stopping.cancel()


async def _work(
    settings: Settings, tools: WorkerResources, live: RunStatusStore, name: str, stop: asyncio.Event
) -> None:
    async with RunQueue(settings) as queue:
        if stop.is_set():  # before Python 3.12 a cancellation that comes together with the connection is lost
            return
        handover = RunRecovery(queue, live)
        looking = asyncio.create_task(_look_after(handover))
        try:
            logger.info("worker ready", extra={"worker": name})
            await queue.run_worker(Runner(tools, live, handover), name=name)
        finally:
            await cancel_and_wait(looking)


async def _ended(working: "asyncio.Task[None]") -> None:
    try:
        await working
    except asyncio.CancelledError:
        pass
    except Exception as error:  # noqa: BLE001 - whatever it was, a worker comes back
        logger.warning("the queue cannot be worked on: %s", error)


async def _look_after(handover: RunRecovery) -> None:
    while True:
        try:
            await handover.recover_stalled()
        except VideoMomentsError as error:
            logger.warning("silent workers cannot be looked for: %s", error.cause)
        await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def _tools(settings: Settings) -> AsyncIterator[tuple[WorkerResources, RunStatusStore]]:
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
        tools = WorkerResources(settings, uploader, documents, transcriber, engine, ResourceLimits(settings))
        yield tools, RunStatusStore(redis, settings)
