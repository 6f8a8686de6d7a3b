"""`videomoments worker`: works on the runs of the pipeline."""

import asyncio
import signal
from typing import TYPE_CHECKING

from cli.output import print_stderr

if TYPE_CHECKING:
    from app.core.config import Settings

EPILOG = """
Any number of workers, on any number of machines, share the runs. They need the same PostgreSQL, Redis and
bucket, and nothing else: what one of them fetched or made, the others find in the bucket. WORKER_CONCURRENCY
and its kin say how much one worker does at once. A worker that vanishes loses its runs to the others within a
minute.

**Exit codes**

    0    stopped by Ctrl-C or SIGTERM; what it was at goes back into the queue
    2    the command was called wrongly
    3    it could not start
"""


def worker() -> None:
    """Work on the runs of the pipeline, until Ctrl-C. `make run` starts one of these by itself."""
    # Help and usage errors need none of this.
    from app.core.config import get_settings  # noqa: PLC0415
    from app.core.logging import configure_logging  # noqa: PLC0415
    from app.media.binaries import find_ffmpeg, find_ffprobe  # noqa: PLC0415

    configure_logging()
    settings = get_settings()
    find_ffmpeg(settings)
    find_ffprobe(settings)
    asyncio.run(_work(settings))


async def _work(settings: "Settings") -> None:
    from app.services.pipeline.worker import run_worker  # noqa: PLC0415

    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def interrupt() -> None:
        if not stop.is_set():
            print_stderr("Stopping; what is under way goes back into the queue …")
        stop.set()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await run_worker(settings, stop)
