"""`videomoments worker`: process the runs of the pipeline."""

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

from cli.output import print_stderr

if TYPE_CHECKING:
    from app.core.config import Settings

logger = logging.getLogger("app.worker")  # below the root of the application's records

EPILOG = """
Any number of workers on any number of machines share the runs. They need the same PostgreSQL, Redis and
bucket; files are exchanged through the bucket. WORKER_CONCURRENCY and related settings limit the load of one
worker. If a worker dies, another one takes its runs over.

**Example**

    WORKER_CONCURRENCY=4 videomoments worker

**Exit codes**

    0    stopped by Ctrl-C or SIGTERM; active runs are queued again
    2    usage error
    3    could not start
"""


def worker() -> None:
    """Process pipeline runs until Ctrl-C. `make run` starts a worker itself."""
    # Not needed for help and usage errors.
    from app.core.config import get_settings  # noqa: PLC0415
    from app.core.logging import configure_logging  # noqa: PLC0415
    from app.media.binaries import find_ffmpeg, find_ffprobe  # noqa: PLC0415

    settings = get_settings()
    configure_logging(settings)
    find_ffmpeg(settings)
    find_ffprobe(settings)
    asyncio.run(_work(settings))


async def _work(settings: "Settings") -> None:
    from app.services.container import WorkerContainer  # noqa: PLC0415
    from app.services.pipeline.worker import run_worker  # noqa: PLC0415

    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def interrupt() -> None:
        if not stop.is_set():
            if settings.log_format == "json":
                logger.info("Stopping; active runs are queued again")
            else:
                print_stderr("Stopping; active runs are queued again …")
        stop.set()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with WorkerContainer(settings) as container:
        await run_worker(container.resources, container.run_status_store, stop, container.bulk_runner)
