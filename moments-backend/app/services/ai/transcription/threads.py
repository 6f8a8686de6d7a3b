"""Work in a thread that outlives nobody."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def run_in_thread(work: Callable[[], T], *, stop: Callable[[], None] | None = None) -> T:
    """Run `work` in a thread. A cancelled caller asks it to `stop`, and waits until it has.

    `work` has to be short, or to look soon whether it was stopped.
    """
    future = asyncio.get_running_loop().run_in_executor(None, work)
    cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            cancelled = True
            if stop is not None:
                stop()
    if cancelled:
        future.exception()  # seen, and of no interest any more
        raise asyncio.CancelledError
    return future.result()
